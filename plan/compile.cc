#include "plan/compile.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/status_macros.h"
#include "plan/grad_buckets.h"
#include "plan/param_layout.h"
#include "plan/program_builder.h"
#include "plan/schedule.h"
#include "plan/transformer.h"
#include "plan/validate.h"

namespace ringside::plan {
namespace {

// Compile keeps whole programs of all ranks in memory; larger clusters go rank by rank.
constexpr int kMaxCompiledRanks = 4096;
constexpr double kMaxCompiledOps = 6e6;

InstructionList ScheduleOf(const Resolved& r, int stage) {
  return r.gpipe ? GpipeSchedule(r.pp, stage, r.micro_batches)
                 : OneFOneBSchedule(r.pp, stage, r.micro_batches);
}

Program Header(const Resolved& r, int rank) {
  Program program;
  program.rank = rank;
  program.world_size = r.world_size();
  program.node = rank / r.scenario.cluster().devices_per_node();
  program.tokens_per_step = r.tokens_per_step();
  program.run = r.scenario.run();
  program.real = r.real;
  if (r.scenario.cluster().has_memory_mib()) {
    program.memory_limit_bytes = static_cast<int64_t>(r.scenario.cluster().memory_mib() * 1024 * 1024);
  }
  for (const v1::Fault& fault : r.scenario.faults()) {
    const bool mine = (fault.has_kill_rank() && fault.kill_rank().rank() == rank) ||
                      (fault.has_hang_rank() && fault.hang_rank().rank() == rank);
    if (mine) program.faults.push_back(fault);
  }
  return program;
}

}  // namespace

Program CompileRank(const Resolved& r, int rank) {
  const Coordinates at = CoordinatesOf(r, rank);
  ProgramBuilder builder(Header(r, rank));
  const StageParams params = AddParameters(r, at, &builder);
  GradBuckets buckets(r, at, params.buckets, &builder);
  TransformerStage stage(r, at, params, &builder);

  stage.BeginStep();
  int backwards_left = r.micro_batches;
  for (const Instruction& instruction : ScheduleOf(r, at.pp)) {
    const int m = instruction.micro_batch;
    switch (instruction.kind) {
      case InstructionKind::kForward:
        stage.Forward(m);
        break;
      case InstructionKind::kBackward:
        stage.Backward(m, --backwards_left == 0, &buckets);
        break;
      case InstructionKind::kRecvForward:
        stage.RecvForward(m);
        break;
      case InstructionKind::kSendForward:
        stage.SendForward(m);
        break;
      case InstructionKind::kRecvBackward:
        stage.RecvBackward(m);
        break;
      case InstructionKind::kSendBackward:
        stage.SendBackward(m);
        break;
    }
  }
  buckets.Flush(params.wte);
  stage.ReduceLoss();
  EmitOptimizer(r, at, params, &builder);
  return builder.Finish();
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
  RINGSIDE_CHECK(ValidateSchedule(schedules, r.micro_batches).ok());  // ours are, by test
  std::vector<Program> programs;
  for (int rank = 0; rank < r.world_size(); ++rank) programs.push_back(CompileRank(r, rank));
  RINGSIDE_RETURN_IF_ERROR(ValidatePrograms(programs));
  return programs;
}

}  // namespace ringside::plan
