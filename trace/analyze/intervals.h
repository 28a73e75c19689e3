// Unions of time intervals.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace ringside::trace {

struct Interval {
  int64_t begin_ns;
  int64_t end_ns;
};

// Adds intervals in the order of their begin, merging those that touch. As in HolisticTraceAnalysis, whose
// rounding can make an interval end before it begins, such a one counts with its negative length where it
// stands alone.
class IntervalUnion {
 public:
  void Add(int64_t begin_ns, int64_t end_ns);
  const std::vector<Interval>& merged() const { return merged_; }
  int64_t length_ns() const;

 private:
  std::vector<Interval> merged_;
};

int64_t IntersectionLength(const std::vector<Interval>& a, const std::vector<Interval>& b);

// How long exactly the sets of a mask (bit i: sets[i], merged) cover the time, by mask; [0] is 0.
std::array<int64_t, 8> CoverLengths(const std::array<const std::vector<Interval>*, 3>& sets);

}  // namespace ringside::trace
