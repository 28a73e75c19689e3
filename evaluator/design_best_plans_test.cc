// The best plan that each question names is the best that the search finds: after a change of the simulator
// or of a question, `design_best_plans FILE` prints the new one.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "evaluator/design/catalogue_run.h"
#include "evaluator/design/catalogue_search.h"
#include "evaluator/design/objective.h"
#include "evaluator/design/plan_defaults.h"
#include "evaluator/design/question.h"
#include "evaluator/design/scenario_of.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

constexpr double kLeastGain = 1.005;  // plans this near are the same

TEST(DesignBestPlansTest, NoPlanIsBetterThanTheOneThatTheQuestionNames) {
  const std::filesystem::path bank = std::filesystem::path(RINGSIDE_SOURCE_DIR) / "evaluator/bank/design";
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(bank)) {
    if (entry.is_regular_file()) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  int searched = 0;
  for (const std::string& file : files) {
    const v1::DesignQuestion question = *LoadQuestion(file);
    if (!IsOnCatalogue(question.cluster())) continue;
    const auto worth = [&](const v1::ParallelPlan& plan) {
      const absl::StatusOr<v1::Scenario> scenario = ScenarioOf(question, plan);
      EXPECT_TRUE(scenario.ok()) << scenario.status();
      const absl::StatusOr<Outcome> outcome = RunOnCatalogue(*scenario);
      EXPECT_TRUE(outcome.ok()) << outcome.status();
      EXPECT_FALSE(outcome->infeasible.has_value()) << outcome->infeasible->reason;
      return *WorthOf(question, outcome->measurement);
    };
    const absl::StatusOr<CatalogueSearch> found = SearchQuestion(question, {});
    ASSERT_TRUE(found.ok()) << question.id() << ": " << found.status();
    EXPECT_LE(worth(found->plan).Over(worth(question.best_plan())), kLeastGain)
        << question.id() << ": " << PlanName(found->plan);
    ++searched;
  }
  EXPECT_GE(searched, 24);
}

}  // namespace
}  // namespace ringside::evaluator
