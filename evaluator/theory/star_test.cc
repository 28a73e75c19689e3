#include "evaluator/theory/star.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evaluator/text/analyze.h"

namespace ringside::theory {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Star Check(std::string_view answer) {
  return CheckStar(text::Analyze(answer));
}

TEST(Star, FindsTheFourParts) {
  const Star star = Check(
      "Last year our team trained a ranking model that took too long. My task was to halve the time. I "
      "profiled the "
      "input pipeline. I moved decoding to the GPU. As a result training fell from 14 to 4.5 days, 68 % "
      "less.");
  EXPECT_EQ(star.Parts(), 4);
  EXPECT_TRUE(star.quantified);
  EXPECT_TRUE(star.wrong.empty());
  EXPECT_TRUE(NotesOf(star).empty());
}

TEST(Star, NamesWhatIsMissing) {
  const Star star = Check("As a result it improved.");
  EXPECT_FALSE(star.task);
  EXPECT_FALSE(star.quantified);
  EXPECT_THAT(NotesOf(star), testing::Contains(HasSubstr("Task")));
}

TEST(Star, ComputesTheFigures) {
  EXPECT_THAT(Check("We reduced it from 14 to 4.5 days, which is 80 %.").wrong,
              ElementsAre(HasSubstr("68 %")));
  EXPECT_TRUE(Check("We reduced it from 14 days to 4.5 days, 3.1 times faster.").wrong.empty());
  EXPECT_THAT(Check("It fell from 100 to 50 ms, 4x faster.").wrong, ElementsAre(HasSubstr("factor of 2")));
  EXPECT_TRUE(Check("Accuracy rose from 80 % to 90 %, with 5 % more data.").wrong.empty());
}

}  // namespace
}  // namespace ringside::theory
