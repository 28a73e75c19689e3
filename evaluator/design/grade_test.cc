#include "evaluator/design/grade.h"

#include <cmath>
#include <map>
#include <random>
#include <string>

#include "evaluator/design/areas.h"
#include "evaluator/design/band.h"
#include "evaluator/design/question.h"
#include "evaluator/design/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::HasSubstr;
using testing::SomeAnswer;
using testing::SomeBest;
using testing::SomeInfeasibleOutcome;
using testing::SomeOutcome;

v1::DesignQuestion Question() {
  return *ResolveQuestion(testing::SomeQuestion());
}

std::map<std::string, double> Scores(const v1::Scorecard& card) {
  std::map<std::string, double> scores;
  for (const v1::AreaScore& area : card.areas()) scores[area.area()] = area.score();
  return scores;
}

TEST(GradeTest, TheTotalIsTheWeightedMean) {
  const v1::Scorecard card = GradeDesign(Question(), SomeAnswer(), SomeOutcome(), SomeBest());
  ASSERT_EQ(card.error(), "");
  EXPECT_EQ(Scores(card), (std::map<std::string, double>{{"feasibility", 1},
                                                         {"efficiency", 0.8},
                                                         {"throughput_prediction", 1},
                                                         {"memory_prediction", 1},
                                                         {"bottleneck", 1}}));
  EXPECT_NEAR(card.total(), 1 - 0.2 * DefaultWeights::kEfficiency, 1e-12);
  EXPECT_EQ(card.basis(), v1::ORIGIN_MEASURED);
  EXPECT_EQ(card.best_tokens_per_s(), 1250);
  EXPECT_THAT(card.notes(0), HasSubstr("rationale's free text was not scored"));
  EXPECT_THAT(card.notes(1), HasSubstr("Measured once: the median step is known to 12 %"));
}

TEST(GradeTest, WeightsAreRespectedWhateverTheirSum) {
  v1::DesignQuestion question = testing::SomeQuestion();
  question.mutable_rubric()->set_feasibility(0);
  question.mutable_rubric()->set_efficiency(30);
  question.mutable_rubric()->set_throughput_prediction(10);
  question.mutable_rubric()->set_memory_prediction(0);
  question.mutable_rubric()->set_bottleneck(0);
  v1::DesignAnswer answer = SomeAnswer();
  answer.mutable_predictions()->set_tokens_per_s(5000);  // scores 0
  const v1::Scorecard card = GradeDesign(*ResolveQuestion(question), answer, SomeOutcome(), SomeBest());
  EXPECT_NEAR(card.total(), 0.8 * 30 / 40, 1e-12);
}

TEST(GradeTest, EveryAreaOfAGradedPlanHasLocatedEvidence) {
  for (const Outcome& outcome : {SomeOutcome(), SomeInfeasibleOutcome()}) {
    const v1::Scorecard card = GradeDesign(Question(), SomeAnswer(), outcome, SomeBest());
    ASSERT_EQ(card.areas_size(), 5);
    for (const v1::AreaScore& area : card.areas()) {
      EXPECT_NE(area.reason(), "") << area.area();
      const bool no_run =
          outcome.infeasible && (area.area() == "efficiency" || area.area() == "throughput_prediction");
      EXPECT_EQ(area.evidence_size() == 0, no_run) << area.area();
      for (const v1::Evidence& evidence : area.evidence()) {
        EXPECT_NE(evidence.where(), "") << area.area();
        EXPECT_NE(evidence.origin(), v1::ORIGIN_UNSPECIFIED) << area.area();
        EXPECT_NE(evidence.unit(), "") << area.area();
      }
    }
  }
}

TEST(GradeTest, AWrongBottleneckLosesExactlyThatArea) {
  v1::DesignAnswer wrong = SomeAnswer();
  wrong.mutable_predictions()->set_bottleneck(v1::BOTTLENECK_TP_COMMUNICATION);
  const v1::Scorecard good = GradeDesign(Question(), SomeAnswer(), SomeOutcome(), SomeBest());
  const v1::Scorecard bad = GradeDesign(Question(), wrong, SomeOutcome(), SomeBest());
  std::map<std::string, double> expected = Scores(good);
  expected["bottleneck"] = 0;
  EXPECT_EQ(Scores(bad), expected);
  EXPECT_NEAR(good.total() - bad.total(), DefaultWeights::kBottleneck, 1e-12);
}

TEST(GradeTest, AnInfeasiblePlanKeepsWhatItsProgramProves) {
  v1::DesignAnswer answer = SomeAnswer();
  answer.mutable_predictions()->set_peak_memory_mib(80);
  answer.mutable_predictions()->set_bottleneck(v1::BOTTLENECK_MEMORY);
  const v1::Scorecard card = GradeDesign(Question(), answer, SomeInfeasibleOutcome(), SomeBest());
  EXPECT_EQ(Scores(card), (std::map<std::string, double>{{"feasibility", 0},
                                                         {"efficiency", 0},
                                                         {"throughput_prediction", 0},
                                                         {"memory_prediction", 1},
                                                         {"bottleneck", 1}}));
}

TEST(GradeTest, IncomparableBasesAreAnErrorNotAScore) {
  BestPlan best = SomeBest();
  best.basis = v1::ORIGIN_SIMULATED;
  const v1::Scorecard card = GradeDesign(Question(), SomeAnswer(), SomeOutcome(), best);
  EXPECT_THAT(card.error(), HasSubstr("not comparable"));
  EXPECT_EQ(card.areas_size(), 0);
  EXPECT_EQ(card.total(), 0);
}

TEST(GradeTest, ASimulatedScorecardSaysSo) {
  Outcome outcome = SomeOutcome();
  outcome.basis = outcome.measurement.basis = v1::ORIGIN_SIMULATED;
  outcome.band = ProfileBand(true);
  BestPlan best = SomeBest();
  best.basis = v1::ORIGIN_SIMULATED;
  const v1::Scorecard card = GradeDesign(Question(), SomeAnswer(), outcome, best);
  EXPECT_EQ(card.basis(), v1::ORIGIN_SIMULATED);
  ASSERT_EQ(card.notes_size(), 2);
  EXPECT_THAT(card.notes(1), HasSubstr("simulator's"));
  EXPECT_EQ(card.band().between_plans(), 0.1);
}

// Draws of measurements and predictions; the properties hold for all of them.
struct Drawn {
  Outcome outcome = SomeOutcome();
  v1::DesignAnswer answer = SomeAnswer();
};

Drawn Draw(std::mt19937_64& random) {
  std::uniform_real_distribution<double> exponent(-12, 12);
  std::uniform_int_distribution<int> bottleneck(v1::BOTTLENECK_UNSPECIFIED, v1::BOTTLENECK_MEMORY);
  Drawn drawn;
  Measurement& m = drawn.outcome.measurement;
  m.tokens_per_s = std::exp2(exponent(random));
  m.peak_bytes = 1 + static_cast<int64_t>(std::exp2(20 + exponent(random)));
  m.time[0].share = 0.34 + 0.6 * std::generate_canonical<double, 32>(random);
  m.time[1].share = (1 - m.time[0].share) * 0.6;
  m.time[2].share = (1 - m.time[0].share) * 0.4;
  v1::DesignPrediction& predicted = *drawn.answer.mutable_predictions();
  predicted.set_tokens_per_s(std::exp2(exponent(random)));
  predicted.set_peak_memory_mib(std::exp2(exponent(random)));
  predicted.set_bottleneck(static_cast<v1::Bottleneck>(bottleneck(random)));
  if (random() % 8 == 0) predicted.clear_tokens_per_s();
  return drawn;
}

TEST(GradePropertyTest, ScoresStayInRangeAndRepeatToTheByte) {
  std::mt19937_64 random(7);
  const v1::DesignQuestion question = Question();
  for (int i = 0; i < 2000; ++i) {
    const Drawn drawn = Draw(random);
    const v1::Scorecard card = GradeDesign(question, drawn.answer, drawn.outcome, SomeBest());
    ASSERT_EQ(card.error(), "");
    EXPECT_GE(card.total(), 0);
    EXPECT_LE(card.total(), 1);
    for (const v1::AreaScore& area : card.areas()) {
      EXPECT_GE(area.score(), 0);
      EXPECT_LE(area.score(), 1);
    }
    const v1::Scorecard again = GradeDesign(question, drawn.answer, drawn.outcome, SomeBest());
    EXPECT_EQ(card.SerializeAsString(), again.SerializeAsString());
  }
}

// Prediction areas weigh 0 here: a faster run moves the truth that predictions are compared with.
TEST(GradePropertyTest, BetterThroughputNeverLowersTheScore) {
  std::mt19937_64 random(8);
  v1::DesignQuestion question = testing::SomeQuestion();
  question.mutable_rubric()->set_throughput_prediction(0);
  question = *ResolveQuestion(question);
  for (int i = 0; i < 2000; ++i) {
    Drawn drawn = Draw(random);
    const double slow = GradeDesign(question, drawn.answer, drawn.outcome, SomeBest()).total();
    drawn.outcome.measurement.tokens_per_s *= 1 + std::generate_canonical<double, 32>(random);
    EXPECT_GE(GradeDesign(question, drawn.answer, drawn.outcome, SomeBest()).total(), slow);
  }
}

TEST(GradePropertyTest, ACloserPredictionNeverScoresLower) {
  std::mt19937_64 random(9);
  const v1::DesignQuestion question = Question();
  for (int i = 0; i < 2000; ++i) {
    Drawn drawn = Draw(random);
    const double truth = drawn.outcome.measurement.tokens_per_s;
    const double off = 4 * (std::generate_canonical<double, 32>(random) - 0.5);
    drawn.answer.mutable_predictions()->set_tokens_per_s(truth * std::exp2(off));
    const double farther = GradeDesign(question, drawn.answer, drawn.outcome, SomeBest()).total();
    const double sign = random() % 2 ? 1 : -1;
    drawn.answer.mutable_predictions()->set_tokens_per_s(truth * std::exp2(sign * 0.9 * off));
    EXPECT_GE(GradeDesign(question, drawn.answer, drawn.outcome, SomeBest()).total(), farther - 1e-12);
  }
}

TEST(GradePropertyTest, WhatDoesNotFitScoresBelowWhatFits) {
  std::mt19937_64 random(10);
  const v1::DesignQuestion question = Question();
  double worst_fitting = 1, best_infeasible = 0;
  for (int i = 0; i < 2000; ++i) {
    const Drawn drawn = Draw(random);
    worst_fitting =
        std::min(worst_fitting, GradeDesign(question, drawn.answer, drawn.outcome, SomeBest()).total());
    v1::DesignAnswer answer = drawn.answer;
    answer.mutable_predictions()->set_peak_memory_mib(80);
    answer.mutable_predictions()->set_bottleneck(v1::BOTTLENECK_MEMORY);
    best_infeasible =
        std::max(best_infeasible, GradeDesign(question, answer, SomeInfeasibleOutcome(), SomeBest()).total());
  }
  EXPECT_LT(best_infeasible, worst_fitting);
}

}  // namespace
}  // namespace ringside::evaluator
