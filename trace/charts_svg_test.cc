#include "trace/charts_svg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "trace/svg_testing.h"
#include "trace/testing.h"

namespace ringside::trace {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

RunSummary WithMemory(RunSummary summary) {
  for (RankSummary& rank : summary.ranks) {
    rank.peak_bytes = {{"weights", 4 << 20}, {"activations", 2 << 20}, {"workspace", 0}};
    rank.peak_total_bytes = 5 << 20;
  }
  return summary;
}

TEST(TimeSplitChartSvg, StacksTheMeansOfMeasuredAndPredicted) {
  const RunSummary dp = *Summarize(TwoReplicas()), pp = *Summarize(TwoStages());
  const std::string svg = TimeSplitChartSvg({{"dp2", &dp, &dp}, {"pp2 <1f1b>", &pp, nullptr}});
  EXPECT_EQ(XmlFault(svg), "");
  EXPECT_THAT(svg, HasSubstr("dp2, measured: exposed dp 35.0 ns"));  // of 20 and 50
  EXPECT_THAT(svg, HasSubstr("dp2, predicted: exposed dp 35.0 ns"));
  EXPECT_THAT(svg, HasSubstr("pp2 &lt;1f1b&gt;, measured: pipeline bubble 135 ns"));
  EXPECT_EQ(CountOf(svg, ">predicted<"), 1);
  EXPECT_THAT(svg, Not(HasSubstr("exposed tp")));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(MemoryChartSvg, StacksCategoriesAndMarksThePeakOfTheSum) {
  const RunSummary dp = WithMemory(*Summarize(TwoReplicas()));
  const std::string svg = MemoryChartSvg({{"dp2", nullptr, &dp}}, {.limit_bytes = 8 << 20});
  EXPECT_EQ(XmlFault(svg), "");
  EXPECT_EQ(CountOf(svg, "weights 4.00 MiB"), 2);
  EXPECT_EQ(CountOf(svg, ">5.00 MiB<"), 2);
  EXPECT_THAT(svg, HasSubstr("limit 8.00 MiB"));
  EXPECT_THAT(svg, Not(HasSubstr("workspace")));
}

TEST(Charts, NothingToShowIsStillAPicture) {
  const RunSummary empty;
  EXPECT_EQ(XmlFault(TimeSplitChartSvg({})), "");
  EXPECT_EQ(XmlFault(MemoryChartSvg({{"x", &empty, nullptr}})), "");
  EXPECT_THAT(TimeSplitChartSvg({{"x", &empty, nullptr}}), Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace ringside::trace
