#include "evaluator/cohort/item_analysis.h"

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>

#include "evaluator/cohort/testing.h"

namespace ringside::cohort {
namespace {

class ItemAnalysisTest : public InFolder {
 protected:
  static constexpr double kNotGradable = 2;

  // scores[c][q]; below 0: not answered.
  ItemAnalysis Analyse(const std::vector<std::vector<double>>& scores) {
    auto store = CohortStore::Open(Path("a.sqlite"));
    EXPECT_TRUE(store.ok());
    std::vector<StoredAnswer> answers;
    std::vector<NumberedGrade> grades;
    for (size_t c = 0; c < scores.size(); ++c) {
      for (size_t q = 0; q < scores[c].size(); ++q) {
        if (scores[c][q] < 0) continue;
        const auto number = static_cast<int64_t>(answers.size());
        answers.push_back(Stored(number));
        v1::CohortGrade grade;
        grade.set_candidate(absl::StrCat("c", c));
        grade.set_question(absl::StrCat("q", q));
        grade.set_score(scores[c][q]);
        if (scores[c][q] == kNotGradable) {
          grade.set_score(0);
          grade.set_error("there is no such question");
        }
        grades.push_back({number, grade});
      }
    }
    EXPECT_TRUE(store->Add(answers).ok());
    EXPECT_TRUE(store->Put(grades).ok());
    auto analysis = AnalyseItems(*store);
    EXPECT_TRUE(analysis.ok()) << analysis.status();
    return *std::move(analysis);
  }
};

// By hand: item variances (n - 1) 1/3, 1/4, 1/4; sums 3, 2, 0, 1 with variance 5/3; alpha = 3/2 (1 - 0.5).
TEST_F(ItemAnalysisTest, GivesTheFiguresOfASmallTable) {
  const ItemAnalysis analysis = Analyse({{1, 1, 1}, {1, 1, 0}, {0, 0, 0}, {0, 1, 0}});
  ASSERT_EQ(analysis.items.size(), 3);
  EXPECT_EQ(analysis.candidates, 4);
  EXPECT_EQ(analysis.complete_candidates, 4);
  EXPECT_DOUBLE_EQ(analysis.items[0].facility, 0.5);
  EXPECT_DOUBLE_EQ(analysis.items[1].facility, 0.75);
  EXPECT_NEAR(analysis.items[0].spread, std::sqrt(1.0 / 3), 1e-12);
  EXPECT_NEAR(analysis.alpha, 1.5 * (1 - (1.0 / 3 + 0.25 + 0.25) / (5.0 / 3)), 1e-12);
  // Question 0 against the means of the others, 1, .5, 0, .5: r = 0.5 / sqrt(1 * 0.5).
  EXPECT_NEAR(analysis.items[0].discrimination, 1 / std::sqrt(2.0), 1e-12);
  // Without question 0: variances 1/4 + 1/4, sums 2, 1, 0, 1 with variance 2/3; alpha = 2 (1 - 3/4).
  EXPECT_NEAR(analysis.items[0].alpha_without, 0.5, 1e-12);
  EXPECT_THAT(analysis.items[0].flags, testing::ElementsAre("only 4 answers: these figures say little"));
}

TEST_F(ItemAnalysisTest, FlagsAQuestionThatStrongCandidatesGetWrong) {
  std::vector<std::vector<double>> scores;
  for (int c = 0; c < 40; ++c) {
    const double ability = c / 40.0;
    scores.push_back({ability, ability > 0.5 ? 1.0 : 0.2, 1 - ability, 1});
  }
  const ItemAnalysis analysis = Analyse(scores);
  EXPECT_GT(analysis.items[0].discrimination, 0.2);
  EXPECT_LT(analysis.items[2].discrimination, -0.5);
  EXPECT_THAT(analysis.items[2].flags, testing::Contains(testing::HasSubstr("look for a fault")));
  EXPECT_TRUE(std::isnan(analysis.items[3].discrimination));  // no spread
  EXPECT_THAT(analysis.items[3].flags, testing::Contains("nearly everybody gets it right"));
}

TEST_F(ItemAnalysisTest, AlphaIsOfTheCandidatesWhoAnsweredAll) {
  const ItemAnalysis analysis = Analyse({{1, 1}, {0, 0}, {0.5, 0.5}, {1, -1}, {-1, 0}});
  EXPECT_EQ(analysis.candidates, 5);
  EXPECT_EQ(analysis.complete_candidates, 3);
  EXPECT_NEAR(analysis.alpha, 1, 1e-12);
  EXPECT_EQ(analysis.items[0].answers, 4);
}

// One row with a misspelt question must not take away the figures of the others.
TEST_F(ItemAnalysisTest, AQuestionThatCannotBeGradedIsAnErrorAndNoPartOfAlpha) {
  const ItemAnalysis sound = Analyse({{1, 1, 0.5}, {0, 0.5, 0}, {0.5, 0.5, 1}});
  std::filesystem::remove(Path("a.sqlite"));
  const ItemAnalysis analysis = Analyse({{1, 1, 0.5}, {0, 0.5, 0, kNotGradable}, {0.5, 0.5, 1}});
  ASSERT_EQ(analysis.items.size(), 4);
  EXPECT_EQ(analysis.errors, 1);
  EXPECT_EQ(analysis.complete_candidates, 3);
  EXPECT_NEAR(analysis.alpha, sound.alpha, 1e-12);
  for (size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(analysis.items[i].alpha_without, sound.items[i].alpha_without, 1e-12);
  EXPECT_TRUE(std::isnan(analysis.items[3].alpha_without));
  EXPECT_LT(analysis.mean, sound.mean);  // it stays in the denominator
}

TEST_F(ItemAnalysisTest, OfNothingIsNothing) {
  const ItemAnalysis analysis = Analyse({});
  EXPECT_TRUE(analysis.items.empty());
  EXPECT_TRUE(std::isnan(analysis.alpha));
}

}  // namespace
}  // namespace ringside::cohort
