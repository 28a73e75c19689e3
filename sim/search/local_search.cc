#include "sim/search/local_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/status_macros.h"
#include "plan/compile.h"
#include "sim/simulate.h"

namespace ringside::sim {
namespace {

constexpr int kMaxRanks = 1024;          // every rank is compiled and simulated
constexpr int kMaxMicroBatch = 1 << 16;  // as plan/resolve.cc has it
constexpr size_t kMaxPlans = 1 << 17;    // before it is known which of them divide the model

v1::ParallelPlan MakePlan(const v1::ParallelPlan& base, int dp, int tp, int pp, int micro_batch,
                          int micro_batches, v1::PipelineSchedule schedule) {
  v1::ParallelPlan plan = base;
  plan.set_dp(dp);
  plan.set_tp(tp);
  plan.set_pp(pp);
  plan.set_zero(0);
  plan.set_recompute(v1::RECOMPUTE_NONE);
  plan.set_precision(v1::PRECISION_FP32);
  plan.set_micro_batch(micro_batch);
  plan.set_micro_batches(micro_batches);
  plan.set_schedule(schedule);
  return plan;
}

// Micro-batches a step and replica, for a micro-batch size; empty: the size does not divide the batch.
std::vector<int> MicroBatchCounts(const SearchConstraints& constraints, int dp, int pp, int micro_batch) {
  if (constraints.global_batch > 0) {
    const int64_t at_once = int64_t{dp} * micro_batch;
    if (constraints.global_batch % at_once != 0) return {};
    return {static_cast<int>(constraints.global_batch / at_once)};
  }
  std::vector<int> counts;
  for (int count = 1; count <= 2 * pp; count *= 2) counts.push_back(count);
  return counts;
}

std::vector<v1::ParallelPlan> Candidates(const v1::ParallelPlan& base, const SearchConstraints& constraints) {
  std::vector<v1::ParallelPlan> plans;
  for (int dp = 1; dp <= constraints.ranks; ++dp) {
    if (constraints.ranks % dp != 0) continue;
    for (int tp = 1; tp <= constraints.ranks / dp; ++tp) {
      if (constraints.ranks / dp % tp != 0) continue;
      const int pp = constraints.ranks / dp / tp;
      for (int micro_batch = 1; micro_batch <= constraints.max_micro_batch; ++micro_batch) {
        if (plans.size() > kMaxPlans) return plans;  // refused by whoever calls
        for (const int count : MicroBatchCounts(constraints, dp, pp, micro_batch)) {
          plans.push_back(MakePlan(base, dp, tp, pp, micro_batch, count, v1::SCHEDULE_1F1B));
          if (pp > 1) plans.push_back(MakePlan(base, dp, tp, pp, micro_batch, count, v1::SCHEDULE_GPIPE));
        }
      }
    }
  }
  return plans;
}

constexpr size_t kVaried = 4;  // plans

// What a plan can be beside its layout; those that do not divide the model are left out.
std::vector<v1::ParallelPlan> VariationsOf(const v1::ParallelPlan& plan, const v1::Scenario& base,
                                           bool memory) {
  std::vector<std::pair<v1::PipelineSchedule, int>> schedules = {{plan.schedule(), 1}};
  if (plan.pp() > 1)
    schedules.push_back({v1::SCHEDULE_ZERO_BUBBLE, 1}), schedules.push_back({v1::SCHEDULE_INTERLEAVED, 2});
  std::vector<v1::ParallelPlan> plans;
  for (const auto& [schedule, interleave] : schedules) {
    for (int zero = 0; zero <= (memory && plan.dp() > 1 ? 3 : 0); ++zero) {
      if (base.plan().has_zero() && base.plan().zero() != zero) continue;
      for (int recompute = v1::RECOMPUTE_NONE;
           recompute <= (memory ? v1::RECOMPUTE_FULL : v1::RECOMPUTE_NONE); ++recompute) {
        if (base.plan().has_recompute() && base.plan().recompute() != recompute) continue;
        for (int split = 0; split <= (plan.tp() > 1 ? 1 : 0); ++split) {
          v1::ParallelPlan& varied = plans.emplace_back(plan);
          varied.set_schedule(schedule), varied.set_zero(zero);
          if (interleave > 1) varied.set_interleave(interleave);
          varied.set_recompute(static_cast<v1::Recompute>(recompute));
          varied.set_sequence_parallel(split == 1);
          v1::Scenario scenario = base;
          *scenario.mutable_plan() = varied;
          const bool same =
              schedule == plan.schedule() && zero == 0 && recompute == v1::RECOMPUTE_NONE && split == 0;
          if (same || !plan::Resolve(scenario).ok()) plans.pop_back();
        }
      }
    }
  }
  return plans;
}

// Refuses a search that would go on for days, before its first plan is compiled.
absl::Status CheckSize(const v1::Scenario& base, const SearchConstraints& constraints,
                       const std::vector<v1::ParallelPlan>& plans) {
  int64_t possible = 0;
  for (const v1::ParallelPlan& plan : plans) {
    v1::Scenario scenario = base;
    *scenario.mutable_plan() = plan;
    if (plans.size() > kMaxPlans || plan::Resolve(scenario).ok()) ++possible;
  }
  if (possible * constraints.ranks <= kMaxSearchedPrograms && plans.size() <= kMaxPlans)
    return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("constraints.max_micro_batch: {} leaves {}{} plans of {} ranks each to search, over the "
                  "limit of {} ranks "
                  "in all; lower it, or the ranks or the global batch",
                  constraints.max_micro_batch, plans.size() > kMaxPlans ? "more than " : "", possible,
                  constraints.ranks, kMaxSearchedPrograms));
}

// Fills in the figures; returns why the plan is infeasible, or nothing.
std::string Assess(RankedPlan* ranked, const v1::Scenario& scenario, const v1::DeviceProfile& profile) {
  const auto programs = plan::Compile(scenario);
  if (!programs.ok()) return std::string(programs.status().message());
  for (const plan::Program& program : *programs) {
    const plan::PeakMemory peak = plan::PredictPeakMemory(program);
    if (peak.total <= ranked->peak_bytes) continue;
    ranked->peak_bytes = peak.total;
    ranked->peak_rank = program.rank;
    ranked->peak = peak;
  }
  SimulateRequest request{
      *programs, profile, scenario.cluster(), {scenario.faults().begin(), scenario.faults().end()}};
  request.steps = 3;
  const auto timeline = SimulateTimes(request);
  if (!timeline.ok()) return std::string(timeline.status().message());
  const int64_t step_ns = SteadyStepNs(*timeline, 1);
  ranked->step_s = static_cast<double>(step_ns) / 1e9;
  ranked->tokens_per_s = static_cast<double>(programs->front().tokens_per_step) / ranked->step_s;
  constexpr double kMiB = 1 << 20;
  const double granted_mib = scenario.cluster().memory_mib();
  const double needed_mib = static_cast<double>(ranked->peak_bytes) / kMiB;
  if (granted_mib > 0 && needed_mib > granted_mib) {
    return fmt::format("needs {:.1f} MiB on rank {}, the device grants {:.1f} MiB", needed_mib,
                       ranked->peak_rank, granted_mib);
  }
  return "";
}

bool Better(const RankedPlan& a, const RankedPlan& b, v1::Objective objective) {
  if (a.feasible != b.feasible) return a.feasible;
  if (!a.feasible) return false;  // as they were generated
  const auto simplicity = [](const RankedPlan& r) {
    return std::make_tuple(r.plan.pp(), r.plan.tp(), r.plan.micro_batches(),
                           r.plan.schedule() == v1::SCHEDULE_GPIPE);
  };
  if (objective == v1::OBJECTIVE_MEMORY) {
    return std::make_tuple(a.peak_bytes, -a.tokens_per_s, simplicity(a)) <
           std::make_tuple(b.peak_bytes, -b.tokens_per_s, simplicity(b));
  }
  return std::make_tuple(-a.tokens_per_s, a.peak_bytes, simplicity(a)) <
         std::make_tuple(-b.tokens_per_s, b.peak_bytes, simplicity(b));
}

}  // namespace

absl::StatusOr<std::vector<RankedPlan>> SearchPlans(const v1::Scenario& base,
                                                    const SearchConstraints& constraints,
                                                    const v1::DeviceProfile& profile, v1::Objective objective,
                                                    int top_k, const std::function<bool()>& cancelled) {
  if (constraints.ranks < 1 || constraints.ranks > kMaxRanks) {
    return absl::InvalidArgumentError(
        fmt::format("constraints.ranks: {} is outside of 1..{}", constraints.ranks, kMaxRanks));
  }
  if (constraints.max_micro_batch < 1 || constraints.max_micro_batch > kMaxMicroBatch ||
      constraints.global_batch < 0) {
    return absl::InvalidArgumentError(fmt::format(
        "constraints: max_micro_batch must be 1 to {} and global_batch not negative", kMaxMicroBatch));
  }
  const std::vector<v1::ParallelPlan> plans = Candidates(base.plan(), constraints);
  if (plans.empty()) {
    return absl::InvalidArgumentError(fmt::format(
        "constraints.global_batch: {} sequences cannot be cut for {} ranks with micro-batches of at most {}",
        constraints.global_batch, constraints.ranks, constraints.max_micro_batch));
  }
  RINGSIDE_RETURN_IF_ERROR(CheckSize(base, constraints, plans));
  std::vector<RankedPlan> ranked;
  size_t in_all = plans.size();
  const auto assess = [&](const v1::ParallelPlan& plan) -> absl::Status {
    if (cancelled && cancelled()) {
      return absl::CancelledError(
          fmt::format("the search for plans was stopped after {} of {}", ranked.size(), in_all));
    }
    v1::Scenario scenario = base;
    *scenario.mutable_plan() = plan;
    RankedPlan& out = ranked.emplace_back();
    out.plan = plan;
    out.reason = Assess(&out, scenario, profile);
    out.feasible = out.reason.empty();
    return absl::OkStatus();
  };
  for (const v1::ParallelPlan& plan : plans) RINGSIDE_RETURN_IF_ERROR(assess(plan));
  // The best few, and where none fits the leanest, are varied.
  std::vector<RankedPlan> best = ranked;
  std::erase_if(best, [](const RankedPlan& plan) { return plan.peak_bytes == 0 || plan.step_s == 0; });
  std::stable_sort(best.begin(), best.end(), [&](const RankedPlan& a, const RankedPlan& b) {
    if (!a.feasible && !b.feasible) return a.peak_bytes < b.peak_bytes;
    return Better(a, b, objective);
  });
  const bool memory = objective == v1::OBJECTIVE_MEMORY || base.cluster().memory_mib() > 0;
  std::vector<v1::ParallelPlan> varied;
  for (size_t i = 0; i < best.size() && i < kVaried; ++i) {
    for (v1::ParallelPlan& plan : VariationsOf(best[i].plan, base, memory)) {
      // GPipe and 1F1B of one layout have the same variations.
      const auto same = [&plan](const v1::ParallelPlan& other) {
        return other.SerializeAsString() == plan.SerializeAsString();
      };
      const bool seen =
          std::any_of(varied.begin(), varied.end(), same) ||
          std::any_of(ranked.begin(), ranked.end(), [&](const RankedPlan& r) { return same(r.plan); });
      if (!seen) varied.push_back(std::move(plan));
    }
  }
  in_all += varied.size();
  for (const v1::ParallelPlan& plan : varied) RINGSIDE_RETURN_IF_ERROR(assess(plan));
  std::stable_sort(ranked.begin(), ranked.end(),
                   [&](const RankedPlan& a, const RankedPlan& b) { return Better(a, b, objective); });
  if (top_k > 0) {
    const auto infeasible =
        std::find_if(ranked.begin(), ranked.end(), [](const RankedPlan& r) { return !r.feasible; });
    const auto surplus = ranked.begin() + std::min<std::ptrdiff_t>(top_k, infeasible - ranked.begin());
    ranked.erase(surplus, infeasible);
  }
  return ranked;
}

}  // namespace ringside::sim
