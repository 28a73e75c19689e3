// What the words of a sentence speak of: topics ("optimizer states", "tp all-reduce", "bubble") and settings
// of a plan ("with tp 8", "ZeRO-3", "without recomputation"), by a table of phrases that are matched by
// stems.
#pragma once

#include <cstdint>
#include <vector>

#include "evaluator/claims/lexemes.h"
#include "evaluator/claims/plan_shape.h"
#include "evaluator/claims/quantity.h"

namespace ringside::claims {

enum class Topic : uint8_t {
  kNone,
  kWeights,
  kParameters,
  kGradients,
  kOptimizer,
  kMaster,
  kMoments,
  kModelStates,
  kActivations,
  kMemory,  // in general
  kLimit,
  kCheckpoint,
  kEmbedding,
  kBubble,
  kCompute,
  kComm,  // traffic, communication, volume: of `axis`
  kOp,    // a collective: `op`, of `axis`
  kAxis,  // "tensor parallelism" alone
  kStep,
  kThroughput,
  kMfu,
  kLayer,
  kStage,
  kMicroBatch,
  kMicroBatchSize,
  kSequence,
  kBatch,
  kRank,
  kNode,
  kToken,
  kSeqLen,
  kHidden,
  kHead,
  kVocab,
  kExpert,
  kChunk,
  kLink,  // axis kIntra or kInter, or kNone
  kMemoryRate,
  kPeakFlops,
  kFlops,
  kInFlight,
  kScores,
  kCost,
  kTraining,
  kPass,  // axis kNone; scope forward or backward
};

struct Mention {
  uint32_t first = 0, last = 0;  // lexemes
  Topic topic = Topic::kNone;
  Axis axis = Axis::kNone;
  OpName op = OpName::kNone;
};

// A phrase that fixes a variable of the plan.
struct Setting {
  uint32_t first = 0, last = 0;
  Change change;
  bool named = false;  // by name ("ZeRO-3", "GPipe"), not by a number beside a variable
};

struct TopicTable;
const TopicTable& Topics();

// Longest phrases first, from left to right, none overlaps another.
std::vector<Mention> MentionsOf(const TopicTable& table, const std::vector<Lexeme>& lexemes);

// Settings by name: ZeRO stages, schedules, recomputation, precision, placement; "without X" is what there is
// without it.
std::vector<Setting> NamedSettings(const std::vector<Lexeme>& lexemes);

// "a100s", "h200": devices, counted as ranks.
bool IsDeviceName(std::string_view lower);

}  // namespace ringside::claims
