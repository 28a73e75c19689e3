#include "trace/analyze/cross_rank.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "trace/analyze/late_starters.h"
#include "trace/analyze/matching.h"

namespace ringside::trace {
namespace {

// Beyond this a difference of clocks is corrected; below, it is taken for a difference in when kernels end.
constexpr int64_t kTrustedNs = 100000;

int64_t Median(std::vector<int64_t>* values) {
  const auto middle = values->begin() + static_cast<std::ptrdiff_t>(values->size() / 2);
  std::nth_element(values->begin(), middle, values->end());
  return *middle;
}

// By how much each rank's ends of collectives lie before the first rank's that it shares collectives with:
// the median, which a few wrong matches do not move. 0 where nothing is shared.
std::vector<int64_t> Offsets(const Matches& matches, size_t ranks) {
  std::vector<std::vector<int64_t>> differences(ranks);
  for (const std::vector<Member>& members : matches.collectives) {
    if (members.front().timeline != 0) continue;
    for (const Member& m : members) differences[m.timeline].push_back(members.front().end_ns - m.end_ns);
  }
  std::vector<int64_t> offsets;
  for (std::vector<int64_t>& d : differences) offsets.push_back(d.empty() ? 0 : Median(&d));
  return offsets;
}

void Align(Matches* matches, CrossRank* result) {
  const std::vector<int64_t> offsets = Offsets(*matches, result->ranks.size());
  result->clocks_aligned =
      std::any_of(offsets.begin(), offsets.end(), [](int64_t ns) { return std::abs(ns) > kTrustedNs; });
  if (!result->clocks_aligned) return;
  for (size_t i = 0; i < offsets.size(); ++i) result->ranks[i].clock_offset_ns = offsets[i];
  for (std::vector<Member>& members : matches->collectives) {
    for (Member& m : members) {
      m.begin_ns += offsets[m.timeline];
      m.end_ns += offsets[m.timeline];
    }
  }
}

// False: they did not run at one time.
bool AddCollective(const std::vector<Member>& members, CrossRank* result, std::vector<int64_t>* spreads) {
  const auto by_begin = [](const Member& a, const Member& b) { return a.begin_ns < b.begin_ns; };
  const auto by_end = [](const Member& a, const Member& b) { return a.end_ns < b.end_ns; };
  const Member& last = *std::max_element(members.begin(), members.end(), by_begin);
  const int64_t first_end_ns = std::min_element(members.begin(), members.end(), by_end)->end_ns;
  if (last.begin_ns > first_end_ns) return false;
  spreads->push_back(std::max_element(members.begin(), members.end(), by_end)->end_ns - first_end_ns);
  std::vector<int64_t> begins;
  for (const Member& m : members) {
    RankDelay& rank = result->ranks[m.timeline];
    rank.wait_ns += last.begin_ns - m.begin_ns;
    rank.transfer_ns += m.end_ns - last.begin_ns;
    begins.push_back(m.begin_ns);
  }
  RankDelay& latest = result->ranks[last.timeline];
  ++latest.times_last;
  latest.late_ns += last.begin_ns - Median(&begins);
  return true;
}

Efficiency EfficiencyOf(const std::vector<const Breakdown*>& breakdowns, int64_t elapsed_ns) {
  double sum = 0;
  int64_t useful_ns = 0;
  int64_t active_ns = 0;
  for (const Breakdown* b : breakdowns) {
    sum += static_cast<double>(b->compute_ns);
    useful_ns = std::max(useful_ns, b->compute_ns);
    active_ns = std::max(active_ns, b->busy_ns);
  }
  if (useful_ns <= 0 || elapsed_ns <= 0) return {};
  return {.load_balance = sum / static_cast<double>(breakdowns.size()) / static_cast<double>(useful_ns),
          .communication = static_cast<double>(useful_ns) / static_cast<double>(active_ns),
          .orchestration = static_cast<double>(active_ns) / static_cast<double>(elapsed_ns)};
}

}  // namespace

std::optional<CrossRank> CompareRanks(const std::vector<const GpuTimeline*>& timelines,
                                      const std::vector<const Breakdown*>& breakdowns) {
  std::set<int> ranks;
  for (const GpuTimeline* t : timelines) ranks.insert(t->rank);
  if (timelines.size() < 2 || ranks.size() != timelines.size()) return std::nullopt;
  CrossRank result;
  for (const GpuTimeline* t : timelines) result.ranks.push_back({.rank = t->rank});
  Matches matches = MatchCollectives(timelines);
  Align(&matches, &result);
  result.unmatched = matches.unmatched;
  std::vector<int64_t> spreads;
  for (const std::vector<Member>& members : matches.collectives) {
    if (AddCollective(members, &result, &spreads)) {
      ++result.matched;
    } else {
      result.unmatched += static_cast<int64_t>(members.size());
    }
  }
  if (!spreads.empty()) result.end_spread_ns = Median(&spreads);

  int64_t first_ns = std::numeric_limits<int64_t>::max();
  int64_t end_ns = std::numeric_limits<int64_t>::min();
  for (size_t i = 0; i < timelines.size(); ++i) {
    const int64_t base_ns = timelines[i]->file.metadata.base_time_ns + result.ranks[i].clock_offset_ns;
    for (const GpuOp& op : timelines[i]->ops) {
      first_ns = std::min(first_ns, base_ns + op.begin_ns);
      end_ns = std::max(end_ns, base_ns + op.end_ns);
    }
  }
  if (end_ns > first_ns) result.elapsed_ns = end_ns - first_ns;
  result.efficiency = EfficiencyOf(breakdowns, result.elapsed_ns);
  result.late_starters = LateStarters(timelines, result);
  return result;
}

}  // namespace ringside::trace
