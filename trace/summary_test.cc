#include "trace/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "trace/axis.h"
#include "trace/testing.h"

namespace ringside::trace {
namespace {

using ::testing::HasSubstr;

void AddPeak(v1::RankTrace* rank, v1::MemoryCategory category, int64_t bytes) {
  v1::CategoryBytes* peak = rank->add_peak_bytes();
  peak->set_category(category);
  peak->set_bytes(bytes);
}

void AddSent(v1::RankTrace* rank, const std::string& collective, const std::string& axis, int64_t bytes) {
  v1::CollectiveBytes* sent = rank->add_sent_bytes();
  sent->set_collective(collective);
  sent->set_axis(axis);
  sent->set_sent_bytes(bytes);
}

// Step 0 is warm-up; steps 1..3 are step 0 again, 200, 400 and 700 ns later.
v1::Trace FourSteps() {
  v1::Trace trace = TwoReplicas();
  trace.mutable_scenario()->set_name("dp2");
  for (int rank = 0; rank < 2; ++rank) {
    RankWriter writer(&trace, rank);
    int step = 0;
    for (const int64_t shift : {200, 400, 700}) {
      writer.Repeat(++step, shift);
      writer.Mark(step, shift, shift + 200);
    }
    writer.program().mutable_run()->set_warmup(1);
    writer.program().set_tokens_per_step(64);
    writer.program().mutable_ops(0)->set_flops(1000);
    v1::RankTrace& recorded = writer.recorded();
    AddPeak(&recorded, v1::CATEGORY_WEIGHTS, 640);
    AddPeak(&recorded, v1::CATEGORY_ACTIVATIONS, 128 * (rank + 1));
    recorded.set_peak_total_bytes(700 + rank);
    AddSent(&recorded, "all_reduce", "dp", 4096);
    AddSent(&recorded, "recv", "pp", 0);
    recorded.set_clock_residual_ns(10 * rank);
  }
  trace.mutable_ranks(1)->mutable_steps(2)->set_has_loss(true);
  trace.mutable_ranks(1)->mutable_steps(2)->set_loss(2.5);
  return trace;
}

TEST(Summarize, FiguresOfTheRanksAreAddedUpWherePartial) {
  v1::Trace trace = FourSteps();
  for (int rank = 0; rank < 2; ++rank) {
    v1::MetricDef* whole = trace.mutable_programs(rank)->add_metrics();
    whole->set_name("loss_scale");
    v1::MetricDef* part = trace.mutable_programs(rank)->add_metrics();
    part->set_name("grad_square_sum.layer.0");
    part->set_partial(true);
    for (v1::StepMark& mark : *trace.mutable_ranks(rank)->mutable_steps()) {
      mark.add_metrics(1024);
      mark.add_metrics(1.5 * (rank + 1) + mark.step());
    }
  }
  const auto summary = Summarize(trace);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_THAT(summary->metrics.at("loss_scale"), ::testing::Each(::testing::Optional(1024.0)));
  EXPECT_THAT(summary->metrics.at("grad_square_sum.layer.0"),
              ::testing::ElementsAre(::testing::Optional(4.5), ::testing::Optional(6.5),
                                     ::testing::Optional(8.5), ::testing::Optional(10.5)));
  EXPECT_EQ(ToJson(*summary)["metrics"]["grad_square_sum.layer.0"][3], 10.5);
}

TEST(Axis, GroupsBelongToFamilies) {
  for (const auto& [axis, family] :
       std::initializer_list<std::pair<const char*, const char*>>{{"dp", "dp"},
                                                                  {"dp_tp", "dp"},
                                                                  {"dp_ep", "dp"},
                                                                  {"dp_outer", "dp"},
                                                                  {"world", "dp"},
                                                                  {"tp", "tp"},
                                                                  {"embedding", "pp"},
                                                                  {"pp", "pp"},
                                                                  {"cp", "cp"},
                                                                  {"ep", "ep"},
                                                                  {"other", "other"}}) {
    EXPECT_EQ(FamilyOf(axis), family) << axis;
  }
}

TEST(Summarize, TimesStepsFromEndToEnd) {
  const auto summary = Summarize(FourSteps());
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->name, "dp2");
  EXPECT_EQ(summary->origin, "measured");
  EXPECT_EQ(summary->world_size, 2);
  EXPECT_EQ(summary->measured_steps, 3);
  EXPECT_EQ(summary->attributed_steps, 3);
  ASSERT_EQ(summary->step_s.size(), 3u);
  EXPECT_DOUBLE_EQ(summary->step_s[0], 200e-9);
  EXPECT_DOUBLE_EQ(summary->step_s[1], 200e-9);
  EXPECT_DOUBLE_EQ(summary->step_s[2], 300e-9);  // 100 between the marks count for the step that they delay
  EXPECT_DOUBLE_EQ(summary->step_s_median, 200e-9);
  EXPECT_DOUBLE_EQ(summary->step_s_min, 200e-9);
  EXPECT_DOUBLE_EQ(summary->step_s_max, 300e-9);
  EXPECT_DOUBLE_EQ(summary->step_s_p10, 200e-9);
  EXPECT_LE(summary->step_s_min, summary->step_s_median_low);
  EXPECT_LE(summary->step_s_median_low, summary->step_s_median);
  EXPECT_GE(summary->step_s_median_high, summary->step_s_median);
  EXPECT_LE(summary->step_s_median_high, summary->step_s_max);
  EXPECT_DOUBLE_EQ(summary->step_s_p90, 300e-9);
  EXPECT_DOUBLE_EQ(summary->tokens_per_s, 64 / 200e-9);
  EXPECT_EQ(summary->flops_per_step, 2000);
  EXPECT_DOUBLE_EQ(summary->gflops_per_s, 2000 / 200e-9 * 1e-9);
  EXPECT_DOUBLE_EQ(summary->clock_residual_s, 10e-9);
}

TEST(Summarize, AveragesTheSplitOfEachRank) {
  const auto summary = Summarize(FourSteps());
  ASSERT_TRUE(summary.ok());
  const RankSummary& r0 = summary->ranks[0];
  EXPECT_DOUBLE_EQ(r0.compute_s, 180e-9);
  EXPECT_DOUBLE_EQ(r0.exposed_comm_s, 20e-9);
  EXPECT_DOUBLE_EQ(r0.exposed_comm_by_axis_s.at("dp"), 20e-9);
  EXPECT_DOUBLE_EQ(r0.bubble_s, 0);
  EXPECT_DOUBLE_EQ(r0.step_s, 200e-9);
  EXPECT_DOUBLE_EQ(summary->ranks[1].other_s, 10e-9);
  EXPECT_DOUBLE_EQ(*summary->overlap, 30.0 / 100);
}

TEST(Summarize, SharesAddUpToOne) {
  const auto dp = Summarize(FourSteps());
  ASSERT_TRUE(dp.ok());
  EXPECT_DOUBLE_EQ(dp->shares.at("compute"), 320.0 / 400);
  EXPECT_DOUBLE_EQ(dp->shares.at("dp_communication"), 70.0 / 400);
  EXPECT_DOUBLE_EQ(dp->shares.at("other"), 10.0 / 400);
  EXPECT_EQ(dp->bottleneck, "compute");
  v1::Trace stages = TwoStages();
  const auto pp = Summarize(stages);
  ASSERT_TRUE(pp.ok()) << pp.status();
  EXPECT_DOUBLE_EQ(pp->shares.at("pipeline_bubble"), 270.0 / 700);
  EXPECT_DOUBLE_EQ(pp->shares.at("pp_communication"), 90.0 / 700);
  double sum = 0;
  for (const auto& [name, share] : pp->shares) sum += share;
  EXPECT_NEAR(sum, 1, 1e-12);
}

TEST(Summarize, NothingSentMeansNoOverlap) {
  v1::Trace trace;
  RankWriter writer(&trace, 0);
  writer.Compute(0, 10);
  writer.Mark(0, 0, 10);
  const auto summary = Summarize(trace);
  ASSERT_TRUE(summary.ok());
  EXPECT_FALSE(summary->overlap.has_value());
  EXPECT_TRUE(ToJson(*summary)["overlap"].is_null());
}

TEST(Summarize, RefusesATraceThatSaysNothing) {
  v1::Trace trace = TwoReplicas();
  trace.mutable_programs(0)->mutable_run()->set_warmup(1);
  const auto warm = Summarize(trace);
  EXPECT_EQ(warm.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(warm.status().message()),
              HasSubstr("1 ended on every rank and the first 1 are warm-up"));
  v1::Trace bare = TwoReplicas();
  bare.mutable_ranks(0)->clear_spans();
  EXPECT_THAT(std::string(Summarize(bare).status().message()),
              HasSubstr("no measured step has all of its ops"));
  EXPECT_EQ(Summarize(v1::Trace()).status().code(), absl::StatusCode::kInvalidArgument);
}

// What goes on from a checkpoint begins cold, too, however many steps were done before.
TEST(Summarize, AResumedRunWarmsUpAgain) {
  v1::Trace trace;
  RankWriter writer(&trace, 0);
  writer.program().mutable_run()->set_warmup(1);
  writer.Compute(0, 100);
  writer.recorded().mutable_spans(0)->set_step(6);
  writer.Repeat(7, 900), writer.Repeat(8, 1000);
  writer.Mark(6, 0, 900), writer.Mark(7, 900, 1000), writer.Mark(8, 1000, 1100);
  const auto summary = Summarize(trace);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->measured_steps, 2);
  EXPECT_DOUBLE_EQ(summary->step_s_max, 100e-9);
  // If there is no other step, the cold one is all there is.
  trace.mutable_programs(0)->mutable_run()->set_warmup(5);
  EXPECT_EQ(Summarize(trace)->measured_steps, 1);
}

TEST(ToJson, KeepsTheContractsNames) {
  v1::Trace trace = FourSteps();
  trace.mutable_ranks(1)->mutable_steps(3)->set_has_loss(true);
  trace.mutable_ranks(1)->mutable_steps(3)->set_loss(std::nan(""));
  const nlohmann::json json = ToJson(*Summarize(trace));
  EXPECT_DOUBLE_EQ(json["step_s_median"], 200e-9);
  EXPECT_DOUBLE_EQ(json["tokens_per_s"], 64 / 200e-9);
  EXPECT_EQ(json["loss"], (nlohmann::json{nullptr, nullptr, 2.5, nullptr}));
  EXPECT_EQ(json["first_non_finite_loss_step"], 3);
  EXPECT_TRUE(ToJson(*Summarize(FourSteps()))["first_non_finite_loss_step"].is_null());
  const nlohmann::json& rank = json["ranks"][1];
  EXPECT_EQ(rank["rank"], 1);
  EXPECT_EQ(rank["peak_bytes"], (nlohmann::json{{"weights", 640}, {"activations", 256}, {"total", 701}}));
  EXPECT_EQ(rank["sent_bytes"], (nlohmann::json{{"all_reduce/dp", 4096}}));
  EXPECT_DOUBLE_EQ(rank["exposed_comm_s"], 50e-9);
  EXPECT_DOUBLE_EQ(rank["bubble_s"], 0.0);
  EXPECT_EQ(nlohmann::json::parse(json.dump()), json);
}

}  // namespace
}  // namespace ringside::trace
