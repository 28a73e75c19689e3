// Scenario -> one Program per rank. The only place that knows what data, tensor and pipeline
// parallelism are.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "plan/program.h"
#include "plan/schedule.h"
#include "ringside/v1/scenario.pb.h"

namespace ringside::plan {

// Dimensions with every default applied and every division checked.
struct Resolved {
  v1::Scenario scenario;  // every field set; presets expanded
  v1::Architecture architecture;
  int layers, hidden, heads, kv_heads, ffn_hidden, vocab, seq_len;
  int experts, experts_per_token;  // 0 experts: one MLP and no router
  int64_t expert_capacity;  // places of an expert for one sequence (of one cp rank's part, where dropless)
  bool tied;                // embedding and output share their weights
  int dp, tp, pp, cp, ep, micro_batch, micro_batches;
  int chunks;      // of layers a stage (interleaving); 1: one
  int zero_group;  // replicas that ZeRO shards over
  bool sequence_parallel, overlap_grad_reduce, overlap_param_gather;
  v1::PipelineSchedule schedule;
  v1::Recompute recompute;
  DType real;
  bool llama() const { return architecture == v1::ARCHITECTURE_LLAMA; }
  bool resnet() const { return architecture == v1::ARCHITECTURE_RESNET; }
  int head_dim() const { return hidden / heads; }
  int world_size() const { return dp * tp * pp * cp; }
  int replicas() const { return dp * cp; }
  int local_seq_len() const { return seq_len / cp; }  // positions of a sequence that a rank has
  int64_t global_batch() const { return int64_t{dp} * micro_batch * micro_batches; }
  int64_t tokens_per_step() const { return global_batch() * (resnet() ? 1 : seq_len); }  // resnet: images
  bool HasDefect(v1::DefectKind kind) const;
};

// Applies defaults and presets and checks that the plan divides the model and the ranks.
// INVALID_ARGUMENT: "plan.tp: 3 does not divide model.heads = 4; ...": field path, reason, what to do.
absl::StatusOr<Resolved> Resolve(const v1::Scenario& scenario);

// Parameters of the whole model (tied embedding counted once).
int64_t NumParameters(const Resolved& resolved);

// Model FLOPs of a step (no recomputation counted), by the ops' own convention.
double ModelFlopsPerStep(const Resolved& resolved);

// About how many ops a rank's step has; an upper bound.
double OpsOfRank(const Resolved& resolved);

// Programs by rank; the whole set passed ValidatePrograms.
absl::StatusOr<std::vector<Program>> Compile(const v1::Scenario& scenario);

// The program of one rank only (large clusters).
Program CompileRank(const Resolved& resolved, int rank);

// What the pipeline schedule of the plan is, and the instructions of one of its stages.
PipelineShape ShapeOf(const Resolved& resolved);
InstructionList ScheduleOf(const Resolved& resolved, int stage);

// A rank's program under instructions of the caller's, and where each of them begins: its ops are those up to
// the next mark, those of the last up to `tail`, from which on the step is ended (what is left to reduce, the
// optimizer). REQUIRES: the instructions run every micro-batch and chunk as ValidateSchedule wants it; peers
// need not agree.
struct InstructionMark {
  Instruction instruction;
  int32_t first_op = 0;
};
struct MarkedProgram {
  Program program;
  std::vector<InstructionMark> marks;
  int32_t tail = 0;
};
MarkedProgram CompileInstructions(const Resolved& resolved, int rank, const InstructionList& instructions);

}  // namespace ringside::plan
