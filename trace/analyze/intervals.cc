#include "trace/analyze/intervals.h"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace ringside::trace {

void IntervalUnion::Add(int64_t begin_ns, int64_t end_ns) {
  if (merged_.empty() || begin_ns > merged_.back().end_ns) {
    merged_.push_back({begin_ns, end_ns});
  } else {
    merged_.back().end_ns = std::max(merged_.back().end_ns, end_ns);
  }
}

int64_t IntervalUnion::length_ns() const {
  int64_t length = 0;
  for (const Interval& i : merged_) length += i.end_ns - i.begin_ns;
  return length;
}

int64_t IntersectionLength(const std::vector<Interval>& a, const std::vector<Interval>& b) {
  int64_t length = 0;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const int64_t begin = std::max(a[i].begin_ns, b[j].begin_ns);
    const int64_t end = std::min(a[i].end_ns, b[j].end_ns);
    length += std::max<int64_t>(0, end - begin);
    if (a[i].end_ns < b[j].end_ns) {
      ++i;
    } else {
      ++j;
    }
  }
  return length;
}

std::array<int64_t, 8> CoverLengths(const std::array<const std::vector<Interval>*, 3>& sets) {
  constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  std::array<int64_t, 8> lengths{};
  std::array<size_t, 3> next{};  // boundary of each set: even a begin, odd an end
  const auto boundary = [&](size_t set) {
    const size_t i = next[set] / 2;
    if (i >= sets[set]->size()) return kNever;
    return next[set] % 2 == 0 ? (*sets[set])[i].begin_ns : (*sets[set])[i].end_ns;
  };
  size_t mask = 0;
  int64_t now = 0;
  for (;;) {
    size_t first = 0;
    for (size_t set = 1; set < sets.size(); ++set) {
      if (boundary(set) < boundary(first)) first = set;
    }
    const int64_t time = boundary(first);
    if (time == kNever) return lengths;
    if (mask != 0) lengths[mask] += time - now;
    now = time;
    mask ^= size_t{1} << first;
    ++next[first];
  }
}

}  // namespace ringside::trace
