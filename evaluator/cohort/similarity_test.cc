#include "evaluator/cohort/similarity.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace ringside::cohort {
namespace {

// Words drawn at random, so that two texts share nothing by themselves.
std::string Words(int seed, int count) {
  std::mt19937 random(seed);
  std::string text;
  for (int i = 0; i < count; ++i) text += "w" + std::to_string(random() % 5000) + " ";
  return text;
}

TEST(SimilarAnswers, FindsTheCopyAndNothingElse) {
  SimilarAnswers answers("q", {});
  for (int i = 0; i < 200; ++i) {
    answers.Add("a" + std::to_string(i), "c" + std::to_string(i), Words(i, 80));
  }
  answers.Add("copy", "cheat", Words(17, 80));
  answers.Add("part", "cheat2", Words(18, 80) + Words(999, 20));
  const auto pairs = answers.Pairs(0.5);
  ASSERT_EQ(pairs.size(), 2);
  EXPECT_EQ(pairs[0].first, "a17");
  EXPECT_EQ(pairs[0].second, "copy");
  EXPECT_EQ(pairs[0].similarity, 1);
  EXPECT_EQ(pairs[1].first, "a18");
  EXPECT_NEAR(pairs[1].similarity, 0.8, 0.15);
}

TEST(SimilarAnswers, WhatEverybodyHasDoesNotCount) {
  const std::string prompt = Words(1, 100);
  SimilarAnswers answers("q", {prompt});
  std::string everybody = Words(2, 60);
  for (int i = 0; i < 30; ++i) {
    answers.Add("a" + std::to_string(i), "c" + std::to_string(i), prompt + everybody + Words(100 + i, 40));
  }
  EXPECT_TRUE(answers.Pairs(0.3).empty());
}

TEST(SimilarAnswers, ACandidateMayRepeatThemselves) {
  SimilarAnswers answers("q", {});
  answers.Add("a", "ann", Words(1, 50));
  answers.Add("b", "ann", Words(1, 50));
  EXPECT_TRUE(answers.Pairs(0.5).empty());
  answers.Add("c", "bob", "too short");
  answers.Add("d", "eve", "too short");
  EXPECT_TRUE(answers.Pairs(0.5).empty());
}

TEST(SimilarAnswers, CaseAndPunctuationDoNotHide) {
  SimilarAnswers answers("q", {});
  answers.Add("a", "ann",
              "One two three four five six seven eight nine ten eleven twelve thirteen fourteen.");
  answers.Add("b", "bob",
              "one, two; three - four five: six SEVEN eight nine ten eleven twelve thirteen fourteen");
  ASSERT_EQ(answers.Pairs(0.9).size(), 1);
}

}  // namespace
}  // namespace ringside::cohort
