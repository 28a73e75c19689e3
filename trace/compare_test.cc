#include "trace/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "trace/testing.h"

namespace ringside::trace {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

v1::Trace Recorded(int64_t sent_by_rank_1) {
  v1::Trace trace = TwoReplicas();
  for (v1::RankTrace& rank : *trace.mutable_ranks()) {
    v1::CategoryBytes* peak = rank.add_peak_bytes();
    peak->set_category(v1::CATEGORY_WEIGHTS);
    peak->set_bytes(640);
    rank.set_peak_total_bytes(640);
    v1::CollectiveBytes* sent = rank.add_sent_bytes();
    sent->set_collective("all_reduce");
    sent->set_axis("dp");
    sent->set_sent_bytes(rank.rank() == 1 ? sent_by_rank_1 : 4096);
  }
  return trace;
}

// All compute on the last op of rank 0 takes 15 longer.
v1::Trace Slower(v1::Trace trace) {
  trace.set_origin(v1::ORIGIN_SIMULATED);
  trace.mutable_ranks(0)->mutable_spans(3)->set_end_ns(215);
  trace.mutable_ranks(0)->mutable_steps(0)->set_end_ns(220);
  return trace;
}

const Quantity& Find(const Comparison& comparison, const std::string& name) {
  for (const Quantity& quantity : comparison.quantities) {
    if (quantity.name == name) return quantity;
  }
  ADD_FAILURE() << name;
  return comparison.quantities.front();
}

TEST(Compare, LaysPredictedOverMeasured) {
  const auto comparison = Compare(Recorded(4096), Slower(Recorded(4096)));
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  EXPECT_NEAR(Find(*comparison, "step_s").error(), 0.1, 1e-12);
  EXPECT_DOUBLE_EQ(Find(*comparison, "exposed_comm_s").measured, 35e-9);
  EXPECT_DOUBLE_EQ(Find(*comparison, "exposed_comm_s").error(), 0);
  EXPECT_DOUBLE_EQ(Find(*comparison, "bubble_s").error(), 0);  // 0 and 0
  EXPECT_TRUE(comparison->peak_bytes_equal());
  EXPECT_TRUE(comparison->sent_bytes_equal());
  EXPECT_EQ(comparison->peak_bytes.size(), 4u);  // weights and total of two ranks
}

TEST(Compare, ComparesOpsByKind) {
  const auto comparison = Compare(Recorded(4096), Slower(Recorded(4096)));
  ASSERT_TRUE(comparison.ok());
  ASSERT_EQ(comparison->kinds.size(), 3u);  // a join is nothing
  EXPECT_EQ(comparison->kinds[0].kind, "gemm");
  EXPECT_EQ(comparison->kinds[0].ops, 3);
  EXPECT_DOUBLE_EQ(comparison->kinds[0].measured_s, 270e-9);
  EXPECT_EQ(comparison->kinds[1].kind, "all_reduce/dp");
  EXPECT_DOUBLE_EQ(comparison->kinds[1].measured_s, 100e-9);  // on the wire 120..170, on both
  EXPECT_EQ(comparison->kinds[2].kind, "adamw");
  EXPECT_DOUBLE_EQ(comparison->kinds[2].predicted_s, 65e-9);
  EXPECT_DOUBLE_EQ(comparison->kinds[2].median_op_error, 0);  // of 0 and 50 %
}

TEST(Compare, OneByteOffIsSaid) {
  const auto comparison = Compare(Recorded(4096), Recorded(4097));
  ASSERT_TRUE(comparison.ok());
  EXPECT_TRUE(comparison->peak_bytes_equal());
  EXPECT_FALSE(comparison->sent_bytes_equal());
  const std::string text = ToText(*comparison);
  EXPECT_THAT(text, HasSubstr("peak memory: all 4 counts equal to the byte"));
  EXPECT_THAT(text, HasSubstr("bytes sent: NOT EQUAL"));
  EXPECT_THAT(text, HasSubstr("1  all_reduce/dp        4096         4097      +1"));
  const nlohmann::json json = ToJson(*comparison);
  EXPECT_EQ(json["sent_bytes_equal"], false);
  EXPECT_EQ(json["sent_bytes"][1]["predicted"], 4097);
}

TEST(Compare, ACollectiveThatOnlyOneKnowsDiffers) {
  v1::Trace without = Recorded(4096);
  without.mutable_ranks(1)->clear_sent_bytes();
  const auto comparison = Compare(Recorded(4096), without);
  ASSERT_TRUE(comparison.ok());
  EXPECT_FALSE(comparison->sent_bytes_equal());
}

TEST(Compare, RefusesDifferentPrograms) {
  const auto other_ranks = Compare(Recorded(1), [] {
    v1::Trace trace;
    RankWriter writer(&trace, 0);
    writer.Compute(0, 10);
    writer.Mark(0, 0, 10);
    return trace;
  }());
  EXPECT_THAT(std::string(other_ranks.status().message()),
              HasSubstr("2 ranks were measured but 1 predicted"));
  v1::Trace other = Recorded(1);
  other.mutable_programs(0)->mutable_ops(0)->set_kind("attention");
  EXPECT_THAT(std::string(Compare(Recorded(1), other).status().message()),
              HasSubstr("rank 0 op 0 is gemm in the one trace and attention in the other"));
}

TEST(ToText, ShowsUnitsAndErrors) {
  const std::string text = ToText(*Compare(Recorded(4096), Slower(Recorded(4096))));
  EXPECT_THAT(text, HasSubstr("step_s            200 ns     220 ns  +10.0 %"));
  EXPECT_THAT(text, Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace ringside::trace
