// What claims are made about: quantities with the qualifiers that tell one figure of a kind from another.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ringside::claims {

// What a figure is a number of. Values are in SI base units: bytes, seconds, operations; a share or a factor
// is 1.
enum class Unit : uint8_t {
  kCount,  // of whatever the quantity counts: parameters, layers, calls, tokens, sequences
  kRatio,  // shares and factors
  kBytes,
  kSeconds,
  kTokensPerSecond,
  kFlops,
  kFlopsPerSecond,
  kBytesPerSecond,
  kUsd,
};
std::string_view Name(Unit unit);  // "bytes", "s", "tokens/s", ...

enum class Quantity : uint8_t {
  kNone,
  // -- memory; scope kTotal: of one copy of the model, kRank: what a rank keeps
  kWeights,
  kGradients,
  kOptimizer,  // master weights and moments
  kMaster,
  kMoments,
  kModelStates,  // weights, gradients and optimizer states
  kActivations,  // high-water mark of a rank
  kPeakMemory,
  kMemoryLimit,
  kCheckpoint,
  // -- sizes of model and plan
  kParameters,
  kEmbeddingParameters,
  kLayers,  // scope kStage: of a stage
  kHidden,
  kHeads,
  kSeqLen,
  kVocab,
  kExperts,
  kWays,               // of an axis: dp, tp, pp, cp, ep
  kModelParallelWays,  // tp * pp
  kRanks,
  kNodes,
  kDevicesPerNode,
  kMicroBatches,
  kMicroBatchSize,  // sequences
  kGlobalBatch,     // sequences
  kTokensPerStep,
  kTokensPerMicroBatch,
  kChunks,
  kInFlight,  // micro-batches whose activations the first stage keeps at most
  // -- computation
  kFlopsPerToken,
  kFlopsPerParameter,  // for a token
  kFlopsPerStep,
  kPeakFlops,
  kAchievedFlops,
  kComputeFactor,  // operations executed, relative to a step without recomputation
  kScores,         // elements of all attention scores of a micro-batch
  // -- communication
  kCommBytes,
  kCommCount,
  kCommVolume,  // of the replicas, relative to plain data parallelism, as published: one micro-batch
  kLinkRate,    // axis kIntra or kInter
  kMemoryRate,
  // -- time
  kBubble,  // share of the step, or of its ideal part
  kShare,   // of the step: axis says of what
  kStepTime,
  kTokenRate,
  kMfu,
  kPricePerHour,
  kUsdPerMillionTokens,
};
std::string_view Name(Quantity quantity);  // "memory.optimizer"

enum class Axis : uint8_t { kNone, kDp, kTp, kPp, kCp, kEp, kCompute, kBubble, kIntra, kInter };
std::string_view Name(Axis axis);

enum class OpName : uint8_t { kNone, kAllReduce, kReduceScatter, kAllGather, kAllToAll, kSend };
std::string_view Name(OpName op);

// Of what a figure is. kNone in a question: whichever is usual.
enum class Scope : uint8_t {
  kNone,
  kTotal,
  kNode,
  kRank,
  kStage,
  kLayer,
  kMicroBatch,
  kStep,
  kCall,  // of one collective
  kToken,
  kParameter,  // bytes a parameter
  kForward,    // of a layer and micro-batch, one pass
  kBackward,
  kIdeal,  // relative to what would be without it
};
std::string_view Name(Scope scope);

// "bytes.all_reduce on dp a step".
std::string Describe(Quantity quantity, Axis axis, OpName op, Scope scope);

}  // namespace ringside::claims
