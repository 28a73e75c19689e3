#include "sim/search/reasons.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "sim/search/gpu_search.h"

namespace ringside::sim {
namespace {

// The parts of a step on the stage that has the most to do, ns; they add up to the step.
std::map<std::string, double> PartsOf(const FoldedStep& step) {
  const FoldedStage* busiest = &step.stages.front();
  for (const FoldedStage& stage : step.stages) {
    if (stage.idle_ns < busiest->idle_ns) busiest = &stage;
  }
  std::map<std::string, double> parts;
  parts["compute"] = busiest->times.compute_ns;
  parts["host"] = busiest->times.host_ns;
  parts["pipeline bubble and waits"] = busiest->idle_ns;
  for (int s = 1; s < plan::kNumStreams; ++s) {
    const auto stream = static_cast<plan::Stream>(s);
    const bool replicas = stream == plan::Stream::kDp || stream == plan::Stream::kGather;
    const std::string name(replicas ? "dp" : plan::Name(stream));
    parts[name + " communication"] += busiest->times.exposed_ns[s];
  }
  parts["step overhead"] = step.step_ns - step.clock_ns;
  return parts;
}

std::string MemoryReason(const FoundPlan& plan, const FoundPlan& winner, double limit) {
  constexpr double kGib = 1 << 30;
  int most = 0;
  for (int c = 1; c < plan::kNumCategories; ++c) {
    if (plan.peak.by_category[c] > plan.peak.by_category[most]) most = c;
  }
  std::string text = fmt::format("does not fit: {:.1f} GiB of {:.1f}, {:.1f} of them {}",
                                 static_cast<double>(plan.peak_bytes) / kGib, limit / kGib,
                                 static_cast<double>(plan.peak.by_category[most]) / kGib,
                                 plan::Name(static_cast<plan::Category>(most)));
  if (plan.step_s < winner.step_s)
    text += fmt::format("; would be {:.1f} % faster", 100 * (winner.step_s / plan.step_s - 1));
  return text;
}

}  // namespace

std::string ReasonAgainst(const FoundPlan& plan, const FoundPlan& winner, long long memory_limit) {
  if (!plan.fits) return MemoryReason(plan, winner, static_cast<double>(memory_limit));
  const auto theirs = PartsOf(plan.step), best = PartsOf(winner.step);
  std::vector<std::pair<double, std::string>> differences;
  for (const auto& [name, ns] : theirs) {
    const double share = (ns - best.at(name)) / winner.step.step_ns;
    if (std::abs(share) >= 0.0005) differences.push_back({share, name});
  }
  std::sort(differences.begin(), differences.end(),
            [](const auto& a, const auto& b) { return std::abs(a.first) > std::abs(b.first); });
  std::string text;
  for (size_t i = 0; i < differences.size() && i < 3; ++i) {
    text +=
        fmt::format("{}{} {:+.1f} %", i > 0 ? ", " : "", differences[i].second, 100 * differences[i].first);
  }
  return text.empty() ? "as good; not as simple" : text;
}

}  // namespace ringside::sim
