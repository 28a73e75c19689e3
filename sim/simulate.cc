#include "sim/simulate.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/status_macros.h"
#include "sim/cost/profile_cost_model.h"
#include "sim/trace_builder.h"

namespace ringside::sim {
namespace {

struct Execution {
  std::vector<FlatProgram> flat;
  Timeline timeline;
};

absl::Status CheckFaults(const std::vector<v1::Fault>& faults) {
  for (size_t i = 0; i < faults.size(); ++i) {
    if (faults[i].has_kill_rank() || faults[i].has_hang_rank()) {
      return absl::InvalidArgumentError(
          fmt::format("faults[{}].{}: the run ends with this fault, there is no step time to predict; "
                      "simulate without it",
                      i, faults[i].has_kill_rank() ? "kill_rank" : "hang_rank"));
    }
  }
  return absl::OkStatus();
}

int StepsOf(const SimulateRequest& request) {
  if (request.steps > 0) return request.steps;
  const v1::RunSpec& run = request.programs.front().run;
  const int wanted = run.warmup() + 3;
  return run.steps() > 0 ? std::min(wanted, run.steps()) : wanted;
}

bool OneHost(const SimulateRequest& request) {
  switch (request.core_sharing) {
    case CoreSharing::kPerNode:
      return false;
    case CoreSharing::kOneHost:
      return true;
    case CoreSharing::kByDevice:
      break;
  }
  return request.cluster.device().empty() || request.cluster.device() == "local-cpu";
}

absl::StatusOr<Execution> Run(const SimulateRequest& request) {
  if (request.programs.empty()) return absl::InvalidArgumentError("nothing to simulate: no programs");
  for (size_t r = 0; r < request.programs.size(); ++r) {
    if (request.programs[r].rank != static_cast<int>(r)) {
      return absl::InvalidArgumentError(fmt::format("program {} is of rank {}", r, request.programs[r].rank));
    }
  }
  RINGSIDE_RETURN_IF_ERROR(CheckFaults(request.faults));
  MachineOptions options;
  options.steps = StepsOf(request);
  RINGSIDE_ASSIGN_OR_RETURN(options.topology,
                            MakeTopology(request.programs, request.cluster, request.faults,
                                         request.profile.cores_per_node(), OneHost(request)));
  RINGSIDE_ASSIGN_OR_RETURN(const ProfileCostModel costs,
                            ProfileCostModel::Create(request.profile, options.topology.MostRanksOnAHost()));
  Execution execution;
  for (const plan::Program& program : request.programs) execution.flat.push_back(Flatten(program, costs));
  RINGSIDE_ASSIGN_OR_RETURN(execution.timeline, Execute(request.programs, execution.flat, costs, options));
  return execution;
}

}  // namespace

absl::StatusOr<v1::Trace> Simulate(const SimulateRequest& request) {
  RINGSIDE_ASSIGN_OR_RETURN(const Execution execution, Run(request));
  v1::Trace trace = BuildTrace(request.programs, execution.flat, execution.timeline, request.profile);
  if (request.scenario.ByteSizeLong() > 0) *trace.mutable_scenario() = request.scenario;
  return trace;
}

absl::StatusOr<Timeline> SimulateTimes(const SimulateRequest& request) {
  RINGSIDE_ASSIGN_OR_RETURN(Execution execution, Run(request));
  return std::move(execution.timeline);
}

int64_t SteadyStepNs(const Timeline& timeline, int warmup) {
  std::vector<int64_t> ends;  // of each step, on the last rank
  for (const RankTimeline& rank : timeline.ranks) {
    ends.resize(std::max(ends.size(), rank.steps.size()), 0);
    for (size_t i = 0; i < rank.steps.size(); ++i) ends[i] = std::max(ends[i], rank.steps[i].end_ns);
  }
  std::vector<int64_t> durations;
  for (size_t i = std::max(warmup, 0); i < ends.size(); ++i)
    durations.push_back(ends[i] - (i > 0 ? ends[i - 1] : 0));
  if (durations.empty()) return 0;
  const auto middle = durations.begin() + static_cast<int64_t>(durations.size()) / 2;
  std::nth_element(durations.begin(), middle, durations.end());
  return *middle;
}

}  // namespace ringside::sim
