#include "coordinator/engine/work.h"

#include <algorithm>

#include "base/status_macros.h"
#include "coordinator/launch/machine_launcher.h"
#include "fmt/format.h"
#include "plan/compile.h"
#include "plan/program_proto.h"
#include "plan/validate.h"

namespace ringside::coordinator {
namespace {

absl::Status CheckRanks(int64_t ranks, int max_ranks, const char* where) {
  if (ranks >= 1 && ranks <= max_ranks) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("{}: {} ranks cannot be run here; this coordinator takes 1 to {} (--max-ranks)", where,
                  ranks, max_ranks));
}

absl::Status CheckDevice(const v1::ClusterSpec& cluster) {
  if (IsLocalDevice(cluster.device())) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format(
      "cluster.device: \"{}\" is not a device of this machine; use local-cpu to run for real, or simulate "
      "the scenario",
      cluster.device()));
}

int64_t Nanoseconds(double seconds, double fallback_s) {
  const double value = seconds > 0 ? seconds : fallback_s;
  return static_cast<int64_t>(std::min(value, 1e9) * kSecond);
}

constexpr int kMaxRestarts = 2;

void SetSpec(Work& work) {
  const v1::RunSpec& run = work.programs[0].run;
  work.spec.world_size = static_cast<int>(work.programs.size());
  work.spec.steps = run.steps();
  work.spec.reports_loss = std::any_of(work.programs.begin(), work.programs.end(),
                                       [](const plan::Program& program) { return program.loss_buffer >= 0; });
  work.spec.deadline_ns = Nanoseconds(run.deadline_s(), 600);
  work.spec.stall_ns = Nanoseconds(run.stall_s(), 30);
  work.spec.max_restarts = run.checkpoint_every() > 0 ? kMaxRestarts : 0;
}

absl::StatusOr<Work> FromScenario(const v1::Scenario& scenario, int max_ranks) {
  RINGSIDE_ASSIGN_OR_RETURN(const plan::Resolved resolved, plan::Resolve(scenario));
  RINGSIDE_RETURN_IF_ERROR(CheckRanks(int64_t{resolved.dp} * resolved.tp * resolved.pp, max_ranks, "plan"));
  RINGSIDE_RETURN_IF_ERROR(CheckDevice(resolved.scenario.cluster()));
  Work work;
  RINGSIDE_ASSIGN_OR_RETURN(work.programs, plan::Compile(scenario));
  work.name = resolved.scenario.name();
  work.scenario = resolved.scenario;
  work.has_scenario = true;
  work.cluster = resolved.scenario.cluster();
  work.faults.assign(resolved.scenario.faults().begin(), resolved.scenario.faults().end());
  SetSpec(work);
  return work;
}

absl::StatusOr<Work> FromPrograms(const v1::ProgramSet& set, int max_ranks) {
  RINGSIDE_RETURN_IF_ERROR(CheckRanks(set.programs_size(), max_ranks, "programs"));
  RINGSIDE_RETURN_IF_ERROR(CheckDevice(set.cluster()));
  Work work;
  const int nodes = std::max(1, set.cluster().nodes());
  for (int rank = 0; rank < set.programs_size(); ++rank) {
    RINGSIDE_ASSIGN_OR_RETURN(plan::Program program, plan::FromProto(set.programs(rank)));
    if (program.rank != rank || program.world_size != set.programs_size()) {
      return absl::InvalidArgumentError(
          fmt::format("programs[{}]: it is of rank {} of {}, not of rank {} of {}", rank, program.rank,
                      program.world_size, rank, set.programs_size()));
    }
    if (program.node < 0 || program.node >= nodes) {
      return absl::InvalidArgumentError(fmt::format(
          "programs[{}].node: {} is not a node of cluster.nodes = {}", rank, program.node, nodes));
    }
    work.programs.push_back(std::move(program));
  }
  RINGSIDE_RETURN_IF_ERROR(plan::ValidatePrograms(work.programs));
  work.name = set.name();
  work.cluster = set.cluster();
  work.cluster.set_nodes(nodes);
  work.faults.assign(set.faults().begin(), set.faults().end());
  SetSpec(work);
  return work;
}

}  // namespace

absl::StatusOr<Work> PrepareWork(const v1::SubmitRequest& request, int max_ranks) {
  switch (request.work_case()) {
    case v1::SubmitRequest::kScenario:
      return FromScenario(request.scenario(), max_ranks);
    case v1::SubmitRequest::kPrograms:
      return FromPrograms(request.programs(), max_ranks);
    case v1::SubmitRequest::WORK_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("work: neither a scenario nor programs were given");
}

}  // namespace ringside::coordinator
