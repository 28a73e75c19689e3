#include "evaluator/design/areas.h"

#include <cmath>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kMiB = 1 << 20;

Measurement SomeMeasurement() {
  Measurement m;
  m.basis = v1::ORIGIN_MEASURED;
  m.tokens_per_s = 1000;
  m.tokens_where = "t, rank 0, step 5";
  m.peak_bytes = 40 * kMiB;
  m.peak_where = "t, rank 1, step 2, op 7 forward gemm";
  m.limit_bytes = 64 * kMiB;
  m.time = {{v1::BOTTLENECK_COMPUTE, 0.60, "t, rank 0, op 3"},
            {v1::BOTTLENECK_DP_COMMUNICATION, 0.30, "t, rank 0, op 9"},
            {v1::BOTTLENECK_PIPELINE_BUBBLE, 0.10, "t, rank 0, op 4"},
            {v1::BOTTLENECK_TP_COMMUNICATION, 0.0, ""}};
  return m;
}

BestPlan SomeBest(double tokens_per_s) {
  BestPlan best;
  best.basis = v1::ORIGIN_MEASURED;
  best.tokens_per_s = tokens_per_s;
  best.peak_bytes = 20 * kMiB;
  best.source = "made up";
  best.where = "b";
  return best;
}

v1::DesignQuestion Asking(v1::Objective objective) {
  v1::DesignQuestion question;
  question.set_objective(objective);
  return question;
}

v1::DesignPrediction Named(v1::Bottleneck bottleneck) {
  v1::DesignPrediction predicted;
  predicted.set_bottleneck(bottleneck);
  return predicted;
}

TEST(LogScoreTest, FollowsItsFormulaAndIsSymmetric) {
  EXPECT_DOUBLE_EQ(LogScore(5, 5), 1);
  EXPECT_DOUBLE_EQ(LogScore(10, 5), 0);
  EXPECT_DOUBLE_EQ(LogScore(2.5, 5), 0);
  EXPECT_DOUBLE_EQ(LogScore(50, 5), 0);
  EXPECT_NEAR(LogScore(1.5, 1), 0.41504, 1e-5);
  EXPECT_NEAR(LogScore(std::sqrt(2), 1), 0.5, 1e-12);
}

TEST(LogScoreTest, CloserNeverScoresLower) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(-3, 3);
  for (int i = 0; i < 10000; ++i) {
    const double actual = std::exp2(10 * exponent(random));
    const double a = exponent(random), b = exponent(random);
    const double closer = std::fabs(a) < std::fabs(b) ? a : b;
    const double farther = std::fabs(a) < std::fabs(b) ? b : a;
    EXPECT_GE(LogScore(actual * std::exp2(closer), actual) + 1e-12,
              LogScore(actual * std::exp2(farther), actual));
  }
}

TEST(EfficiencyTest, IsTheShareOfTheBestAndNeverOverOne) {
  const auto score = [](double tokens_per_s) {
    Measurement m = SomeMeasurement();
    m.tokens_per_s = tokens_per_s;
    return ScoreEfficiency(Asking(v1::OBJECTIVE_TOKENS_PER_S), m, SomeBest(2000))->score();
  };
  EXPECT_DOUBLE_EQ(score(500), 0.25);
  EXPECT_DOUBLE_EQ(score(2000), 1);
  EXPECT_DOUBLE_EQ(score(3000), 1);
  double last = 0;
  for (double tokens_per_s = 1; tokens_per_s < 4000; tokens_per_s *= 1.07) {
    EXPECT_GE(score(tokens_per_s), last);
    last = score(tokens_per_s);
  }
}

TEST(EfficiencyTest, ADifferenceWithinTheSpreadOfTheStepsCostsNothing) {
  BestPlan best = SomeBest(2000);
  best.slower = 0.1;  // its slow steps: 1800 tokens/s
  const auto area = [&](double tokens_per_s) {
    Measurement m = SomeMeasurement();
    m.tokens_per_s = tokens_per_s;
    m.faster = 0.25;
    return *ScoreEfficiency(Asking(v1::OBJECTIVE_TOKENS_PER_S), m, best);
  };
  // The answer's fast steps reach 1800, too: the ranges touch.
  EXPECT_DOUBLE_EQ(area(1440).score(), 1);
  EXPECT_THAT(area(1440).reason(), HasSubstr("within the spread of the steps: as good"));
  EXPECT_EQ(area(1440).evidence(2).quantity(), "band_from");
  EXPECT_DOUBLE_EQ(area(1440).evidence(2).value(), 0.72);
  EXPECT_THAT(area(1440).evidence(2).where(),
              HasSubstr("10.0 % below its tokens/s, the answer's 25.0 % above"));
  // Beyond, the ratio to the edge: 1800 - 0.25 * 1000.
  EXPECT_DOUBLE_EQ(area(1000).score(), 1000.0 / 1550);
  EXPECT_THAT(area(1000).reason(), HasSubstr("64.5 % of what would be within the spread"));
  EXPECT_NEAR(area(1439.9).score(), 1, 1e-3);  // no jump
}

TEST(EfficiencyTest, ADifferenceThatSimulationCannotTellCostsNothing) {
  BestPlan best = SomeBest(2000);
  best.basis = v1::ORIGIN_SIMULATED;
  const auto area = [&](double tokens_per_s, double between) {
    Measurement m = SomeMeasurement();
    m.basis = v1::ORIGIN_SIMULATED;
    m.tokens_per_s = tokens_per_s;
    return *ScoreEfficiency(Asking(v1::OBJECTIVE_TOKENS_PER_S), m, best, between);
  };
  EXPECT_DOUBLE_EQ(area(1850, 0.1).score(), 1);
  EXPECT_THAT(area(1850, 0.1).reason(), HasSubstr("within the error between two simulated plans: as good"));
  EXPECT_DOUBLE_EQ(area(1000, 0.1).score(), 0.5 / std::exp(-0.1));
  EXPECT_NEAR(area(2000 * std::exp(-0.1) - 0.01, 0.1).score(), 1, 1e-4);  // no jump
  EXPECT_DOUBLE_EQ(area(1850, 0).score(), 0.925);
}

TEST(EfficiencyTest, CostCountsDevicesAndPrice) {
  v1::DesignQuestion question = Asking(v1::OBJECTIVE_COST);
  question.set_price_per_device_hour(3.6);
  Measurement m = SomeMeasurement();
  m.ranks = 2;
  BestPlan best = SomeBest(3000);
  best.measurement.ranks = 4;
  const v1::AreaScore area = *ScoreEfficiency(question, m, best);
  EXPECT_DOUBLE_EQ(area.score(), 2.0 / 3);  // 500 tokens/s a device against 750
  EXPECT_THAT(area.reason(), HasSubstr("2 USD/M tokens"));
}

TEST(EfficiencyTest, TheMemoryObjectiveComparesPeaks) {
  const auto area = ScoreEfficiency(Asking(v1::OBJECTIVE_MEMORY), SomeMeasurement(), SomeBest(2000));
  ASSERT_TRUE(area.ok());
  EXPECT_DOUBLE_EQ(area->score(), 0.5);
  EXPECT_EQ(area->evidence(0).quantity(), "peak_bytes");
}

TEST(EfficiencyTest, MeasuredAndSimulatedAreNotCompared) {
  BestPlan best = SomeBest(2000);
  best.basis = v1::ORIGIN_SIMULATED;
  const auto area = ScoreEfficiency(Asking(v1::OBJECTIVE_TOKENS_PER_S), SomeMeasurement(), best);
  EXPECT_EQ(area.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(area.status().message()), HasSubstr("measured and the best plan simulated"));
}

TEST(PredictionTest, MissingPredictionsScoreZeroAndStillShowTheTruth) {
  const v1::AreaScore tokens = ScoreThroughputPrediction({}, SomeMeasurement());
  EXPECT_EQ(tokens.score(), 0);
  EXPECT_THAT(tokens.reason(), HasSubstr("no prediction was given; measured 1000 tokens/s"));
  ASSERT_EQ(tokens.evidence_size(), 1);
  EXPECT_EQ(tokens.evidence(0).value(), 1000);
  EXPECT_EQ(tokens.evidence(0).where(), "t, rank 0, step 5");
  const v1::AreaScore memory = ScoreMemoryPrediction({}, 40 * kMiB, v1::ORIGIN_MEASURED, "w");
  EXPECT_EQ(memory.score(), 0);
  EXPECT_EQ(memory.evidence(0).value(), 40.0 * kMiB);
}

TEST(PredictionTest, ReasonsHoldTheFigures) {
  v1::DesignPrediction predicted;
  predicted.set_tokens_per_s(1250);
  predicted.set_peak_memory_mib(32);
  EXPECT_THAT(ScoreThroughputPrediction(predicted, SomeMeasurement()).reason(),
              HasSubstr("predicted 1250 tokens/s, measured 1000: 1.25 times too high"));
  EXPECT_THAT(ScoreMemoryPrediction(predicted, 40 * kMiB, v1::ORIGIN_MEASURED, "w").reason(),
              HasSubstr("1.25 times too low"));
}

TEST(PredictionTest, FarOffPredictionsArePrintedShort) {
  v1::DesignPrediction predicted;
  predicted.set_tokens_per_s(1e15);
  predicted.set_peak_memory_mib(1e-6);
  EXPECT_THAT(ScoreThroughputPrediction(predicted, SomeMeasurement()).reason(),
              HasSubstr("predicted 1e+15 tokens/s, measured 1000: 1e+12 times too high"));
  EXPECT_THAT(ScoreMemoryPrediction(predicted, 40 * kMiB, v1::ORIGIN_EXACT, "w").reason(),
              HasSubstr("predicted 1e-06 MiB on the fullest rank, exact 40.00: 4e+07 times too low"));
}

TEST(BottleneckTest, TheLargestShareIsRightOthersAreNot) {
  EXPECT_EQ(ScoreBottleneck(Named(v1::BOTTLENECK_COMPUTE), SomeMeasurement()).score(), 1);
  for (const v1::Bottleneck wrong :
       {v1::BOTTLENECK_DP_COMMUNICATION, v1::BOTTLENECK_PIPELINE_BUBBLE, v1::BOTTLENECK_TP_COMMUNICATION,
        v1::BOTTLENECK_PP_COMMUNICATION, v1::BOTTLENECK_MEMORY, v1::BOTTLENECK_UNSPECIFIED}) {
    const v1::AreaScore area = ScoreBottleneck(Named(wrong), SomeMeasurement());
    EXPECT_EQ(area.score(), 0) << Name(wrong);
    EXPECT_THAT(area.reason(), HasSubstr("compute takes 60.0 % of the step"));
  }
}

TEST(BottleneckTest, NearlyTheLargestEarnsPart) {
  Measurement m = SomeMeasurement();
  m.time[0].share = 0.47;
  m.time[1].share = 0.43;
  EXPECT_EQ(ScoreBottleneck(Named(v1::BOTTLENECK_DP_COMMUNICATION), m).score(), kTieScore);
  m.time[1].share = 0.47;
  EXPECT_EQ(ScoreBottleneck(Named(v1::BOTTLENECK_DP_COMMUNICATION), m).score(), 1);
}

TEST(BottleneckTest, MemoryIsRightWhereNothingIsLeft) {
  Measurement m = SomeMeasurement();
  m.limit_bytes = m.peak_bytes;
  EXPECT_EQ(ScoreBottleneck(Named(v1::BOTTLENECK_MEMORY), m).score(), 1);
  m.limit_bytes = 0;  // no limit at all
  EXPECT_EQ(ScoreBottleneck(Named(v1::BOTTLENECK_MEMORY), m).score(), 0);
}

TEST(BottleneckTest, EvidenceHoldsEveryShare) {
  const v1::AreaScore area = ScoreBottleneck(Named(v1::BOTTLENECK_COMPUTE), SomeMeasurement());
  ASSERT_EQ(area.evidence_size(), 3);  // those above zero
  EXPECT_EQ(area.evidence(1).quantity(), "share_of_step/dp_communication");
  EXPECT_EQ(area.evidence(1).value(), 0.30);
  EXPECT_EQ(area.evidence(1).where(), "t, rank 0, op 9");
}

}  // namespace
}  // namespace ringside::evaluator
