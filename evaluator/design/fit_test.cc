#include "evaluator/design/fit.h"

#include <algorithm>
#include <vector>

#include "evaluator/design/question.h"
#include "evaluator/design/runner.h"
#include "evaluator/design/scenario_of.h"
#include "evaluator/design/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "plan/compile.h"
#include "plan/memory.h"

namespace ringside::evaluator {
namespace {

using ::testing::HasSubstr;

std::vector<plan::Program> ProgramsWithLimit(double memory_mib) {
  v1::DesignQuestion question = testing::SomeQuestion();
  if (memory_mib > 0) question.mutable_cluster()->set_memory_mib(memory_mib);
  return *plan::Compile(*ScenarioOf(*ResolveQuestion(question), testing::Plan(2, 1, 2, 4, 2)));
}

TEST(FitTest, FindsTheFullestRankOfThePrograms) {
  const std::vector<plan::Program> programs = ProgramsWithLimit(0);
  const Fit fit = CheckFit(programs);
  EXPECT_TRUE(fit.fits);
  EXPECT_EQ(fit.limit_bytes, 0);
  int64_t largest = 0;
  for (const plan::Program& program : programs) {
    largest = std::max(largest, plan::PredictPeakMemory(program).total);
  }
  EXPECT_EQ(fit.peak_bytes, largest);
  EXPECT_THAT(fit.op, HasSubstr("op "));
  EXPECT_THAT(fit.by_category, HasSubstr("optimizer"));
}

TEST(FitTest, ALimitOfExactlyThePeakFitsAndOneBlockLessDoesNot) {
  const int64_t peak = CheckFit(ProgramsWithLimit(0)).peak_bytes;
  const double mib = static_cast<double>(peak) / (1 << 20);
  EXPECT_TRUE(CheckFit(ProgramsWithLimit(mib)).fits);
  const Fit fit = CheckFit(ProgramsWithLimit(mib - 64.0 / (1 << 20)));
  EXPECT_FALSE(fit.fits);
  const Infeasible infeasible = DoesNotFit(fit);
  EXPECT_EQ(infeasible.needed_bytes, peak);
  ASSERT_EQ(infeasible.evidence.size(), 2u);
  EXPECT_EQ(infeasible.evidence[0].value(), static_cast<double>(peak));
  EXPECT_EQ(infeasible.evidence[1].value(), static_cast<double>(peak - 64));
  for (const v1::Evidence& evidence : infeasible.evidence) EXPECT_EQ(evidence.origin(), v1::ORIGIN_EXACT);
  EXPECT_THAT(infeasible.reason, HasSubstr("does not fit: rank"));
}

}  // namespace
}  // namespace ringside::evaluator
