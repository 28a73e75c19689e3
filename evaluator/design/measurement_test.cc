#include "evaluator/design/measurement.h"

#include <vector>

#include "evaluator/design/question.h"
#include "evaluator/design/scenario_of.h"
#include "evaluator/design/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "plan/compile.h"
#include "plan/memory.h"
#include "sim/profile.h"
#include "sim/simulate.h"
#include "trace/summary.h"

namespace ringside::evaluator {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class MeasurementTest : public ::testing::Test {
 protected:
  void Simulate(const v1::ParallelPlan& plan) {
    v1::DesignQuestion question = testing::SomeQuestion();
    question.mutable_cluster()->set_memory_mib(64);
    sim::SimulateRequest request;
    request.scenario = *ScenarioOf(*ResolveQuestion(question), plan);
    programs_ = *plan::Compile(request.scenario);
    request.programs = programs_;
    request.profile = sim::UncalibratedLocalCpu(4);
    request.cluster = request.scenario.cluster();
    trace_ = *sim::Simulate(request);
  }

  std::vector<plan::Program> programs_;
  v1::Trace trace_;
};

TEST_F(MeasurementTest, AgreesWithTheSummaryOfTheTrace) {
  Simulate(testing::Plan(2, 1, 2, 2, 4));
  const absl::StatusOr<Measurement> m = Measure(trace_, "t");
  ASSERT_TRUE(m.ok()) << m.status();
  const trace::RunSummary summary = *trace::Summarize(trace_);
  EXPECT_EQ(m->basis, v1::ORIGIN_SIMULATED);
  EXPECT_EQ(m->tokens_per_s, summary.tokens_per_s);
  EXPECT_EQ(m->peak_bytes, summary.peak_total_bytes());
  EXPECT_EQ(m->limit_bytes, 64 << 20);
  EXPECT_GE(m->step_spread, 0);
  EXPECT_DOUBLE_EQ(m->tokens_per_s * (1 - m->slower) * summary.step_s_median_high,
                   m->tokens_per_s * summary.step_s_median);
  EXPECT_DOUBLE_EQ(m->tokens_per_s * (1 + m->faster) * summary.step_s_median_low,
                   m->tokens_per_s * summary.step_s_median);
  double sum = m->unnamed_share;
  for (size_t i = 0; i < m->time.size(); ++i) {
    sum += m->time[i].share;
    EXPECT_THAT(m->time[i].where, StartsWith("t, "));
    if (i > 0) {
      EXPECT_GE(m->time[i - 1].share, m->time[i].share);
    }
  }
  EXPECT_NEAR(sum, 1, 1e-9);
  EXPECT_EQ(m->time.size(), 7u);
}

TEST_F(MeasurementTest, ThePeakStandsAtTheOpThatTheProgramPredicts) {
  Simulate(testing::Plan(4, 1, 1, 4, 1));
  const Measurement m = *Measure(trace_, "t");
  const plan::PeakMemory peak = plan::PredictPeakMemory(programs_[0]);
  EXPECT_EQ(m.peak_bytes, peak.total);
  EXPECT_THAT(m.peak_where, HasSubstr("rank 0, step "));
  EXPECT_THAT(m.peak_where, HasSubstr(", op " + std::to_string(peak.total_op) + " " +
                                      plan::Describe(programs_[0].ops[peak.total_op])));
}

TEST_F(MeasurementTest, TheLongestExposedCollectiveIsNamed) {
  Simulate(testing::Plan(1, 4, 1, 1, 16));  // many small all-reduces
  const Measurement m = *Measure(trace_, "t");
  for (const TimeShare& part : m.time) {
    if (part.bottleneck == v1::BOTTLENECK_TP_COMMUNICATION) {
      EXPECT_GT(part.share, 0);
      EXPECT_THAT(part.where, HasSubstr("all_reduce on tp"));
    }
    if (part.bottleneck == v1::BOTTLENECK_DP_COMMUNICATION) {
      EXPECT_EQ(part.share, 0);
    }
    if (part.bottleneck == v1::BOTTLENECK_PIPELINE_BUBBLE) {
      EXPECT_EQ(part.share, 0);
    }
  }
}

TEST_F(MeasurementTest, ATraceWithoutAMeasuredStepIsAnError) {
  EXPECT_FALSE(Measure({}, "t").ok());
  Simulate(testing::Plan(4, 1, 1, 4, 1));
  for (v1::RankTrace& rank : *trace_.mutable_ranks()) rank.clear_steps();
  EXPECT_FALSE(Measure(trace_, "t").ok());
}

}  // namespace
}  // namespace ringside::evaluator
