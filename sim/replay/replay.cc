#include "sim/replay/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/status_macros.h"
#include "plan/program_proto.h"
#include "sim/model/machine.h"
#include "sim/replay/measured_costs.h"
#include "sim/simulate.h"

namespace ringside::sim {
namespace {

// Durations hold whatever sharing of cores did to them: nothing else may slow them down.
constexpr int kCoresEnough = 1 << 20;
constexpr int kSteps = 4;  // the first one starts with idle ranks and is left out

// What ranks are charged for messages that they receive.
class ReplayCosts : public CostModel {
 public:
  ReplayCosts(const MeasuredCosts& measured, size_t rank, double faster_between, double faster_inside)
      : measured_(measured), rank_(rank), faster_between_(faster_between), faster_inside_(faster_inside) {}

  ComputeCost Compute(const plan::Op&, plan::DType) const override { return {}; }  // by op, below
  MessageCost Message(plan::OpKind kind, int, bool same_node) const override {
    MessageCost cost = measured_.messages[rank_][static_cast<size_t>(kind)][same_node];
    const double faster = same_node ? faster_inside_ : faster_between_;
    cost.cpu_ns_per_byte /= faster;
    if (std::isinf(faster)) cost.latency_ns = 0;
    return cost;
  }
  double op_overhead_ns() const override { return measured_.op_overhead_ns; }
  double wakeup_ns() const override { return measured_.wakeup_ns; }

 private:
  const MeasuredCosts& measured_;
  const size_t rank_;  // that receives
  const double faster_between_, faster_inside_;
};

// Ranks whose ops do the same work, one by one: replicas, and the members of a tensor-parallel group. Where
// in the batch or the vocabulary a rank works does not count.
std::vector<std::vector<int>> RanksAlike(const std::vector<plan::Program>& programs) {
  std::map<std::vector<int64_t>, std::vector<int>> alike;
  for (size_t r = 0; r < programs.size(); ++r) {
    std::vector<int64_t> ops;
    for (const plan::Op& op : programs[r].ops) {
      ops.push_back(static_cast<int64_t>(op.kind));
      ops.push_back(op.flops);
      ops.push_back(op.bytes);
    }
    alike[std::move(ops)].push_back(static_cast<int>(r));
  }
  std::vector<std::vector<int>> groups;
  for (auto& [ops, ranks] : alike) groups.push_back(std::move(ranks));
  return groups;
}

void EvenOut(const std::vector<plan::Program>& programs, MeasuredCosts* costs) {
  for (const std::vector<int>& ranks : RanksAlike(programs)) {
    for (size_t op = 0; op < programs[ranks[0]].ops.size(); ++op) {
      std::vector<double> ns;
      for (const int rank : ranks) ns.push_back(costs->compute_ns[rank][op]);
      // The lower of the two in the middle: of two ranks, the faster one.
      std::sort(ns.begin(), ns.end());
      for (const int rank : ranks) costs->compute_ns[rank][op] = ns[(ns.size() - 1) / 2];
    }
  }
}

absl::StatusOr<double> StepSeconds(const std::vector<plan::Program>& programs, const MeasuredCosts& measured,
                                   double faster_between, double faster_inside) {
  MachineOptions options;
  options.steps = kSteps;
  RINGSIDE_ASSIGN_OR_RETURN(options.topology, MakeTopology(programs, {}, {}, kCoresEnough, false));
  std::vector<FlatProgram> flat;
  for (size_t r = 0; r < programs.size(); ++r) {
    flat.push_back(Flatten(programs[r], ReplayCosts(measured, r, faster_between, faster_inside)));
    for (size_t op = 0; op < flat.back().ops.size(); ++op)
      flat.back().ops[op].work_ns = measured.compute_ns[r][op];
  }
  RINGSIDE_ASSIGN_OR_RETURN(const Timeline timeline,
                            Execute(programs, flat, ReplayCosts(measured, 0, 1, 1), options));
  return 1e-9 * static_cast<double>(SteadyStepNs(timeline, 1));
}

double MeasuredStepSeconds(const v1::Trace& trace, int warmup) {
  Timeline timeline;
  for (const v1::RankTrace& rank : trace.ranks()) {
    RankTimeline& to = timeline.ranks.emplace_back();
    for (const v1::StepMark& step : rank.steps()) to.steps.push_back({step.start_ns(), step.end_ns()});
  }
  return 1e-9 * static_cast<double>(SteadyStepNs(timeline, warmup));
}

}  // namespace

absl::StatusOr<Replay> ReplayTrace(const v1::Trace& trace, const ReplayOptions& options) {
  if (!(options.link_factor > 0) || !std::isfinite(options.link_factor))
    return absl::InvalidArgumentError(
        fmt::format("the links' factor is {}; give one above 0", options.link_factor));
  std::vector<plan::Program> programs;
  std::set<int> nodes;
  for (const v1::Program& program : trace.programs()) {
    RINGSIDE_ASSIGN_OR_RETURN(programs.emplace_back(), plan::FromProto(program));
    programs.back().faults.clear();  // what they did is in the durations
    nodes.insert(programs.back().node);
  }
  RINGSIDE_ASSIGN_OR_RETURN(MeasuredCosts measured, MeasureCosts(trace, programs));
  Replay replay;
  replay.measured_step_s = MeasuredStepSeconds(trace, programs[0].run.warmup());
  if (!(replay.measured_step_s > 0))
    return absl::InvalidArgumentError("the trace has no complete step after the warm-up");
  const auto add = [&](std::string what, const MeasuredCosts& costs, double between,
                       double inside) -> absl::Status {
    RINGSIDE_ASSIGN_OR_RETURN(const double step_s, StepSeconds(programs, costs, between, inside));
    const double base_s = replay.steps.empty() ? step_s : replay.steps.front().step_s;
    replay.steps.push_back({std::move(what), step_s, base_s / step_s});
    return absl::OkStatus();
  };
  RINGSIDE_RETURN_IF_ERROR(add("as measured", measured, 1, 1));
  MeasuredCosts even = measured;
  EvenOut(programs, &even);
  RINGSIDE_RETURN_IF_ERROR(add("no straggler", even, 1, 1));
  const bool between = nodes.size() > 1;
  RINGSIDE_RETURN_IF_ERROR(add(
      fmt::format("links {} nodes {:g} times as fast", between ? "between" : "inside", options.link_factor),
      measured, between ? options.link_factor : 1, between ? 1 : options.link_factor));
  MeasuredCosts free = measured;
  free.wakeup_ns = 0;
  RINGSIDE_RETURN_IF_ERROR(add("communication for free", free, HUGE_VAL, HUGE_VAL));
  return replay;
}

}  // namespace ringside::sim
