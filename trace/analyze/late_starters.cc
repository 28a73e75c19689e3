#include "trace/analyze/late_starters.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace ringside::trace {
namespace {

constexpr double kLeastShare = 0.01;  // of a step
constexpr size_t kCandidates = 2;

struct Start {
  size_t timeline;
  int64_t begin_ns;
  int64_t duration_ns;
};
using Kernel = std::pair<int32_t, std::string>;  // stream, name

// Of the step that launched it; -1: none.
int64_t StepOf(const GpuTimeline& timeline, const GpuOp& op) {
  int64_t number = -1;
  for (const ProfilerStep& step : timeline.steps) {
    if (op.launch_ns >= step.begin_ns && op.launch_ns < step.end_ns) number = step.number;
  }
  return number;
}

// Of a sample; 0 for less than two.
double Deviation(const std::vector<Start>& starts) {
  if (starts.size() < 2) return 0;
  double mean = 0;
  for (const Start& s : starts) mean += static_cast<double>(s.duration_ns);
  mean /= static_cast<double>(starts.size());
  double sum = 0;
  for (const Start& s : starts) sum += std::pow(static_cast<double>(s.duration_ns) - mean, 2);
  return std::sqrt(sum / static_cast<double>(starts.size() - 1));
}

}  // namespace

std::vector<int> LateStarters(const std::vector<const GpuTimeline*>& timelines, const CrossRank& clocks) {
  int64_t first_ns = std::numeric_limits<int64_t>::max();
  int64_t end_ns = std::numeric_limits<int64_t>::min();
  std::set<int64_t> steps;
  for (size_t t = 0; t < timelines.size(); ++t) {
    const int64_t base_ns = timelines[t]->file.metadata.base_time_ns + clocks.ranks[t].clock_offset_ns;
    for (const ProfilerStep& step : timelines[t]->steps) {
      steps.insert(step.number);
      first_ns = std::min(first_ns, base_ns + step.begin_ns);
      end_ns = std::max(end_ns, base_ns + step.end_ns);
    }
  }
  if (steps.empty()) return {};
  const double mean_step_ns = static_cast<double>(end_ns - first_ns) / static_cast<double>(steps.size());

  // The last of each rank: ops are in the order of their begin.
  std::map<Kernel, std::map<int64_t, std::map<size_t, Start>>> by_kernel;
  for (size_t t = 0; t < timelines.size(); ++t) {
    const int64_t base_ns = timelines[t]->file.metadata.base_time_ns + clocks.ranks[t].clock_offset_ns;
    for (const GpuOp& op : timelines[t]->ops) {
      const int64_t duration_ns = op.end_ns - op.begin_ns;
      if (op.kernel_class != KernelClass::kCommunication ||
          static_cast<double>(duration_ns) < kLeastShare * mean_step_ns) {
        continue;
      }
      const int64_t step = StepOf(*timelines[t], op);
      if (step < 0) continue;
      by_kernel[{op.stream, timelines[t]->names.text(op.name)}][step][t] = {t, base_ns + op.begin_ns,
                                                                            duration_ns};
    }
  }

  double widest = -1;
  std::map<int, int> counts;  // steps in which a rank came late, by rank
  for (const auto& [kernel, by_step] : by_kernel) {
    double sum = 0;
    std::map<int, int> late;
    for (const auto& [step, by_rank] : by_step) {
      std::vector<Start> starts;
      for (const auto& [t, start] : by_rank) starts.push_back(start);
      sum += Deviation(starts);
      std::stable_sort(starts.begin(), starts.end(),
                       [](const Start& a, const Start& b) { return a.begin_ns > b.begin_ns; });
      for (size_t i = 0; i < std::min(kCandidates, starts.size()); ++i)
        ++late[timelines[starts[i].timeline]->rank];
    }
    const double mean = sum / static_cast<double>(by_step.size());
    if (mean > widest) {
      widest = mean;
      counts = std::move(late);
    }
  }
  std::vector<std::pair<int, int>> ranked;  // -count, rank
  for (const auto& [rank, count] : counts) ranked.emplace_back(-count, rank);
  std::sort(ranked.begin(), ranked.end());
  std::vector<int> ranks;
  for (size_t i = 0; i < std::min(kCandidates, ranked.size()); ++i) ranks.push_back(ranked[i].second);
  return ranks;
}

}  // namespace ringside::trace
