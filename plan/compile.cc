#include "plan/compile.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/status_macros.h"
#include "plan/optimizer_step.h"
#include "plan/param_layout.h"
#include "plan/program_builder.h"
#include "plan/resnet/stage.h"
#include "plan/schedule.h"
#include "plan/stage.h"
#include "plan/validate.h"

namespace ringside::plan {
namespace {

// Compile keeps whole programs of all ranks in memory; larger clusters go rank by rank.
constexpr int kMaxCompiledRanks = 4096;
constexpr double kMaxCompiledOps = 6e6;

// The rank that a fault is played by; -1: none.
int RankOf(const v1::Fault& fault) {
  switch (fault.kind_case()) {
    case v1::Fault::kKillRank:
      return fault.kill_rank().rank();
    case v1::Fault::kHangRank:
      return fault.hang_rank().rank();
    case v1::Fault::kStraggler:
      return fault.straggler().rank();
    default:
      return -1;
  }
}

Program Header(const Resolved& r, int rank) {
  Program program;
  program.rank = rank;
  program.world_size = r.world_size();
  program.node = NodeOf(r, rank);
  program.tokens_per_step = r.tokens_per_step();
  program.run = r.scenario.run();
  program.real = r.real;
  if (r.scenario.cluster().has_memory_mib()) {
    program.memory_limit_bytes = static_cast<int64_t>(r.scenario.cluster().memory_mib() * 1024 * 1024);
  }
  for (const v1::Fault& fault : r.scenario.faults()) {
    const bool of_node = fault.has_jitter_link() && fault.jitter_link().node() == program.node;
    if (RankOf(fault) == rank || of_node) program.faults.push_back(fault);
  }
  return program;
}

void Execute(const Instruction& instruction, Stage* stage) {
  const auto& [kind, m, chunk] = instruction;
  switch (kind) {
    case InstructionKind::kForward:
      return stage->Forward(chunk, m);
    case InstructionKind::kBackward:
      return stage->Backward(chunk, m);
    case InstructionKind::kBackwardInput:
      return stage->BackwardInput(chunk, m);
    case InstructionKind::kBackwardWeight:
      return stage->BackwardWeight(chunk, m);
    case InstructionKind::kRecvForward:
      return stage->RecvForward(chunk, m);
    case InstructionKind::kSendForward:
      return stage->SendForward(chunk, m);
    case InstructionKind::kRecvBackward:
      return stage->RecvBackward(chunk, m);
    case InstructionKind::kSendBackward:
      return stage->SendBackward(chunk, m);
  }
}

}  // namespace

PipelineShape ShapeOf(const Resolved& r) {
  return {r.pp, r.micro_batches, r.chunks, r.scenario.run().eval_micro_batches()};
}

InstructionList ScheduleOf(const Resolved& r, int stage) {
  switch (r.schedule) {
    case v1::SCHEDULE_GPIPE:
      return GpipeSchedule(ShapeOf(r), stage);
    case v1::SCHEDULE_INTERLEAVED:
      return InterleavedSchedule(ShapeOf(r), stage);
    case v1::SCHEDULE_ZERO_BUBBLE:
      return ZeroBubbleSchedule(ShapeOf(r), stage);
    default:
      return OneFOneBSchedule(ShapeOf(r), stage);
  }
}

MarkedProgram CompileInstructions(const Resolved& r, int rank, const InstructionList& instructions) {
  MarkedProgram out;
  const Coordinates at = CoordinatesOf(r, rank);
  ProgramBuilder builder(Header(r, rank), r.scenario.plan().algorithm());
  const ParamLayout layout = AddParameters(r, at, &builder);
  Emitter emitter(&builder);
  WeightStore weights(r, layout, &emitter);
  GradStore grads(r, at, layout, &emitter);
  OptimizerStep optimizer(r, at, layout, &emitter);
  const StageParts parts{r, at, layout, &emitter, &weights, &grads, optimizer.loss_scale()};
  const std::unique_ptr<Stage> stage = r.resnet() ? MakeResnetStage(parts) : MakeTransformerStage(parts);

  stage->BeginStep();
  for (const Instruction& instruction : instructions) {
    out.marks.push_back({instruction, builder.last_op() + 1});
    Execute(instruction, stage.get());
  }
  out.tail = builder.last_op() + 1;
  grads.Flush();
  stage->EndStep();
  optimizer.Emit();
  out.program = builder.Finish();
  return out;
}

Program CompileRank(const Resolved& r, int rank) {
  return CompileInstructions(r, rank, ScheduleOf(r, CoordinatesOf(r, rank).pp)).program;
}

absl::StatusOr<std::vector<Program>> Compile(const v1::Scenario& scenario) {
  RINGSIDE_ASSIGN_OR_RETURN(const Resolved r, Resolve(scenario));
  if (r.world_size() > kMaxCompiledRanks) {
    return absl::InvalidArgumentError(
        fmt::format("plan: {} ranks are more than the {} that are run or simulated rank by rank",
                    r.world_size(), kMaxCompiledRanks));
  }
  if (OpsOfRank(r) * r.world_size() > kMaxCompiledOps) {
    return absl::InvalidArgumentError(fmt::format(
        "plan: {} ranks of about {:.2g} ops a step are more than is compiled at once ({:.2g} ops)",
        r.world_size(), OpsOfRank(r), kMaxCompiledOps));
  }
  std::vector<InstructionList> schedules;
  for (int s = 0; s < r.pp; ++s) schedules.push_back(ScheduleOf(r, s));
  RINGSIDE_CHECK(ValidateSchedule(schedules, ShapeOf(r)).ok());  // ours are, by test
  std::vector<Program> programs;
  for (int rank = 0; rank < r.world_size(); ++rank) programs.push_back(CompileRank(r, rank));
  RINGSIDE_RETURN_IF_ERROR(ValidatePrograms(programs));
  return programs;
}

}  // namespace ringside::plan
