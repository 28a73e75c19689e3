#include "trace/timeline_svg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "trace/svg_canvas.h"
#include "trace/svg_testing.h"
#include "trace/testing.h"

namespace ringside::trace {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(TimelineSvg, DrawsWhatTheAttributionSays) {
  const auto svg = TimelineSvg(TwoStages());
  ASSERT_TRUE(svg.ok()) << svg.status();
  EXPECT_EQ(XmlFault(*svg), "");
  EXPECT_THAT(*svg, HasSubstr("rank 0: pipeline bubble (recv), 170 ns from 100 ns"));
  EXPECT_THAT(*svg, HasSubstr("rank 0: waits for pp on the wire (recv), 30.0 ns from 270 ns"));
  EXPECT_THAT(*svg, HasSubstr("rank 1: pipeline bubble (recv), 100 ns from 0"));
  EXPECT_THAT(*svg, HasSubstr(">send forward<"));
  EXPECT_THAT(*svg, HasSubstr(">pipeline bubble<"));
  EXPECT_THAT(*svg, Not(HasSubstr("skew)<")));  // the legend names what is there
  EXPECT_THAT(*svg, Not(HasSubstr("nan")));
}

TEST(TimelineSvg, MergesNeighboursThatAreAlike) {
  v1::Trace trace;
  RankWriter writer(&trace, 0);
  for (int i = 0; i < 1000; ++i) {
    writer.Compute(10 * i, 10 * i + 10, {}, "gemm", i < 500 ? "forward" : "backward");
    writer.program().mutable_ops(i)->set_micro_batch(i / 250 % 2);
  }
  writer.Mark(0, 0, 10000);
  const auto svg = TimelineSvg(trace);
  ASSERT_TRUE(svg.ok());
  EXPECT_EQ(CountOf(*svg, "rank 0: "), 4);
  for (const char* label : {">F0<", ">F1<", ">B0<", ">B1<"}) EXPECT_EQ(CountOf(*svg, label), 1) << label;
  EXPECT_THAT(*svg, HasSubstr("forward F0, 250 ops from op 0 (gemm)"));
}

TEST(TimelineSvg, TakesTheStepOfMedianLengthUnlessTold) {
  v1::Trace trace = TwoReplicas();
  for (int rank = 0; rank < 2; ++rank) {
    RankWriter writer(&trace, rank);
    writer.Repeat(1, 200);
    writer.Mark(1, 200, 900);
    writer.Repeat(2, 900);
    writer.Mark(2, 900, 1150);
  }
  EXPECT_EQ(*TimelineSpanNs(trace), 250);
  EXPECT_EQ(*TimelineSpanNs(trace, 1), 700);
  EXPECT_THAT(*TimelineSvg(trace), HasSubstr("measured, step 2"));
  EXPECT_EQ(TimelineSvg(trace, {.step = 7}).status().code(), absl::StatusCode::kNotFound);
}

TEST(TimelineSvg, EscapesNamesAndSaysWhichRanksAreMissing) {
  v1::Trace trace = TwoReplicas();
  trace.mutable_scenario()->set_name("a<b & \"c\"");
  trace.mutable_ranks(0)->set_host("<node>");
  const auto svg = TimelineSvg(trace, {.max_ranks = 1});
  ASSERT_TRUE(svg.ok());
  EXPECT_EQ(XmlFault(*svg), "");
  EXPECT_THAT(*svg, HasSubstr("1 more ranks are not shown"));
  EXPECT_THAT(*svg, Not(HasSubstr("rank 1:")));
}

TEST(TimelineSvg, OneScaleForTwoPictures) {
  const auto own = TimelineSvg(TwoStages(), {.width_px = 170 + 400});
  const auto half = TimelineSvg(TwoStages(), {.width_px = 170 + 400, .scale_ns = 800});
  EXPECT_THAT(*own, HasSubstr(R"(width="170.00")"));  // the bubble of 170 ns, one pixel each
  EXPECT_THAT(*half, HasSubstr(R"(width="85.00")"));
}

TEST(NiceStep, CutsARangeIntoRoundParts) {
  EXPECT_DOUBLE_EQ(svg::NiceStep(100, 10), 10);
  EXPECT_DOUBLE_EQ(svg::NiceStep(101, 10), 20);
  EXPECT_DOUBLE_EQ(svg::NiceStep(0.034, 10), 0.005);
  EXPECT_DOUBLE_EQ(svg::NiceStep(7, 10), 1);
  EXPECT_DOUBLE_EQ(svg::NiceStep(0, 10), 1);
}

}  // namespace
}  // namespace ringside::trace
