#include "evaluator/text/polarity.h"

#include <gtest/gtest.h>

#include <string>

#include "evaluator/text/analyze.h"

namespace ringside::text {
namespace {

// The words in the scope of a negation, in order.
std::string Negated(std::string_view text) {
  std::string words;
  for (const Token& token : Analyze(text).tokens)
    if (token.negated) words += (words.empty() ? "" : " ") + token.lower;
  return words;
}

TEST(Polarity, ReachesToTheEndOfTheClause) {
  EXPECT_EQ(Negated("It is not slow, it is fast"), "slow");
  EXPECT_EQ(Negated("The gradient does not vanish because the path is short"), "vanish");
  EXPECT_EQ(Negated("It works without a bias"), "a bias");
  EXPECT_EQ(Negated("the loss never falls."), "falls");
  EXPECT_EQ(Negated("it fails to converge"), "to converge");
  EXPECT_EQ(Negated("It isn't normalized"), "normalized");
}

TEST(Polarity, UndoesADoubleNegation) {
  EXPECT_EQ(Negated("They are not not connected"), "not");
  EXPECT_EQ(Negated("it never fails to converge"), "fails");
}

TEST(Polarity, KnowsWhatOnlyLooksLikeOne) {
  EXPECT_EQ(Negated("It is not only fast but small"), "");
  EXPECT_EQ(Negated("no doubt it works"), "");
  EXPECT_EQ(Negated("whether or not it works"), "");
  EXPECT_EQ(Negated("I would rather go"), "");
}

TEST(Polarity, KnowsPhrases) {
  EXPECT_EQ(Negated("Use the mean instead of the sum"), "of the sum");
  EXPECT_EQ(Negated("the mean rather than the sum"), "than the sum");
  EXPECT_EQ(Negated("It is not true that the mean, or the sum, helps. It works."),
            "true that the mean or the sum helps");
}

}  // namespace
}  // namespace ringside::text
