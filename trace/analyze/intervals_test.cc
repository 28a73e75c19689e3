#include "trace/analyze/intervals.h"

#include <algorithm>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace ringside::trace {
namespace {

TEST(IntervalUnion, MergesWhatTouches) {
  IntervalUnion set;
  for (const auto& [begin, end] : std::vector<std::pair<int, int>>{{0, 10}, {2, 5}, {10, 12}, {13, 14}}) {
    set.Add(begin, end);
  }
  ASSERT_EQ(set.merged().size(), 2);
  EXPECT_EQ(set.length_ns(), 13);
}

TEST(IntervalUnion, CountsAnIntervalThatEndsBeforeItBegins) {
  IntervalUnion set;
  set.Add(0, 5);
  set.Add(10, 9);
  EXPECT_EQ(set.length_ns(), 4);
  set.Add(10, 15);
  EXPECT_EQ(set.length_ns(), 9);
}

// Against counting every unit of time.
TEST(CoverLengths, AgreesWithCounting) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::array<IntervalUnion, 3> sets;
    std::array<std::array<bool, 100>, 3> covered{};
    for (int s = 0; s < 3; ++s) {
      std::vector<Interval> intervals;
      for (int i = 0; i < 5; ++i) {
        const int64_t begin = random() % 90;
        intervals.push_back({begin, begin + static_cast<int64_t>(random() % 10)});
      }
      std::sort(intervals.begin(), intervals.end(),
                [](const Interval& a, const Interval& b) { return a.begin_ns < b.begin_ns; });
      for (const Interval& i : intervals) {
        sets[s].Add(i.begin_ns, i.end_ns);
        for (int64_t t = i.begin_ns; t < i.end_ns; ++t) covered[s][t] = true;
      }
    }
    std::array<int64_t, 8> expected{};
    for (int t = 0; t < 100; ++t) ++expected[covered[0][t] | covered[1][t] << 1 | covered[2][t] << 2];
    expected[0] = 0;
    EXPECT_EQ(CoverLengths({&sets[0].merged(), &sets[1].merged(), &sets[2].merged()}), expected);
    EXPECT_EQ(IntersectionLength(sets[0].merged(), sets[1].merged()), expected[3] + expected[7]);
  }
}

}  // namespace
}  // namespace ringside::trace
