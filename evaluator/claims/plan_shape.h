// The numbers of a resolved scenario that closed forms need, and what they become under a plan that differs
// from it: plain values, so that "with tp 8 it would be ..." costs a microsecond.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plan/compile.h"

namespace ringside::claims {

struct PlanShape {
  int layers = 0, hidden = 0, heads = 0, kv_heads = 0, ffn = 0, vocab = 0, seq_len = 0;
  int experts = 0, experts_per_token = 0;
  bool llama = false, tied = false;
  int dp = 1, tp = 1, pp = 1, cp = 1, ep = 1;
  int zero = 0, zero_group = 1;
  int micro_batch = 1, micro_batches = 1, chunks = 1;
  v1::PipelineSchedule schedule = v1::SCHEDULE_1F1B;
  v1::Recompute recompute = v1::RECOMPUTE_NONE;
  bool sequence_parallel = false;
  int real_bytes = 4;    // of weights, gradients and activations
  int master_bytes = 0;  // of fp32 master weights, where real is narrower
  int moment_bytes = 8;  // of both of Adam's
  int nodes = 1, devices_per_node = 1;

  int ranks() const { return dp * tp * pp * cp; }
  int replicas() const { return dp * cp; }
  int64_t global_batch() const { return int64_t{dp} * micro_batch * micro_batches; }
  int64_t tokens_per_step() const { return global_batch() * seq_len; }
  bool operator==(const PlanShape&) const = default;
};

// nullopt: a model whose closed forms are not known (resnet).
std::optional<PlanShape> ShapeOf(const plan::Resolved& resolved);

enum class Variable : uint8_t {
  kNone,
  kDp,
  kTp,
  kPp,
  kCp,
  kEp,
  kZero,
  kMicroBatch,
  kMicroBatches,
  kChunks,
  kSchedule,   // v1::PipelineSchedule
  kRecompute,  // v1::Recompute
  kPrecision,  // bytes of a number
  kSeqLen,
  kSequenceParallel,
  kRanks,
  kHidden,
  kLayers,
  kVocab,
  kGlobalBatch,
  // what no closed form depends on
  kLinkRate,
  kParameters,
  kOverlap,
  kBucket,
  kPlacement,  // 1: tensor parallelism across nodes
};
std::string_view Name(Variable variable);

struct Change {
  Variable variable = Variable::kNone;
  double value = 0;
};
std::string Describe(const Change& change);  // "tp=8"

// The plan's value of a variable; nullopt: it is not one of a shape.
std::optional<double> ValueOf(const PlanShape& shape, Variable variable);

// The shapes that a change can mean: everything else as it was, and, where the number of ranks changes by it,
// also as many replicas as keep the ranks. Empty: there is no such plan.
std::vector<PlanShape> Under(const PlanShape& shape, const std::vector<Change>& changes);

}  // namespace ringside::claims
