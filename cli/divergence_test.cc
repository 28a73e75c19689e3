// A loss that is not finite is said plainly, never averaged away.
#include <limits>

#include "cli/demo_findings.h"
#include "cli/summary_text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

PlanRun Plan(const std::string& title, const std::vector<std::optional<double>>& loss) {
  PlanRun plan;
  plan.title = title;
  plan.run.summary.loss = loss;
  return plan;
}

TEST(DivergenceTest, TheSummaryWarnsAndNamesTheStep) {
  trace::RunSummary summary;
  summary.loss = {7.0, std::nullopt, kInfinity, kNan};
  EXPECT_THAT(SummaryText(summary),
              HasSubstr("WARNING     the training diverged: the loss of step 3 of 4 is inf"));
  summary.loss = {7.0, std::nullopt, 6.5};
  EXPECT_THAT(SummaryText(summary), Not(HasSubstr("WARNING")));
}

TEST(DivergenceTest, PlansThatDivergedAreNotSaidToAgree) {
  for (const double bad : {kNan, kInfinity}) {
    DemoResult result;
    result.plans.push_back(Plan("dp4", {7.0, 6.0}));
    result.plans.push_back(Plan("tp4", {7.0, bad}));
    EXPECT_THAT(SameLossSentence(result),
                AllOf(HasSubstr("WARNING"), HasSubstr("with tp4 the loss of step 2 of 2"),
                      Not(HasSubstr("same training"))));
    std::swap(result.plans[0], result.plans[1]);
    EXPECT_THAT(SameLossSentence(result), Not(HasSubstr("same training")));
  }
}

TEST(DivergenceTest, PlansThatAgreeAreSaidToAgree) {
  DemoResult result;
  result.plans.push_back(Plan("dp4", {7.0, 6.0}));
  result.plans.push_back(Plan("tp4", {7.0, 6.0}));
  EXPECT_THAT(SameLossSentence(result), HasSubstr("All plans computed the same training"));
}

}  // namespace
}  // namespace ringside::cli
