#include "evaluator/text/vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "evaluator/text/analyze.h"

namespace ringside::text {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Content(std::string_view text) {
  std::vector<std::string> keys;
  for (const Term& term : Analyze(text).terms)
    if (!term.function_word) keys.push_back(term.key);
  return keys;
}

TEST(Vocabulary, GivesAllNamesOfATermOneKey) {
  for (std::string_view name : {"all-reduce", "allreduce", "All reduce", "all-reduces"})
    EXPECT_THAT(Content(name), ElementsAre("#all-reduce")) << name;
  for (std::string_view name : {"DP", "data parallel", "Data-parallelism", "DDP"})
    EXPECT_THAT(Content(name), ElementsAre("#data parallelism")) << name;
  for (std::string_view name : {"ZeRO-2", "zero 2", "ZeRO stage 2"})
    EXPECT_THAT(Content(name), ElementsAre("#zero stage 2")) << name;
  EXPECT_THAT(Content("lr"), Content("learning rate"));
  EXPECT_THAT(Content("√d"), Content("square root of d"));
  EXPECT_THAT(Content("BN"), Content("batch norm"));
  EXPECT_THAT(Content("A/B test"), Content("split test"));
}

TEST(Vocabulary, MindsTheCaseOfShortNames) {
  EXPECT_THAT(Content("LN normalizes"), ElementsAre("#layer normalization", "#normalization"));
  EXPECT_THAT(Content("ln 2"), ElementsAre("ln", "=2"));
}

TEST(Vocabulary, TakesTheLongestNameWithinAClause) {
  EXPECT_THAT(Content("learning rate warmup"), ElementsAre("#warmup"));
  EXPECT_THAT(Content("learning, rate"), ElementsAre("learn", "rate"));
}

TEST(Vocabulary, RefusesANameOfTwoTerms) {
  const auto twice = Vocabulary::Parse("alpha: first\nbeta: first\n");
  ASSERT_FALSE(twice.ok());
  EXPECT_THAT(std::string(twice.status().message()), HasSubstr("line 2"));
  EXPECT_FALSE(Vocabulary::Parse("alpha: one, !\n").ok());
}

TEST(Vocabulary, HasAFewHundredTerms) {
  EXPECT_GT(Vocabulary::BuiltIn().size(), 300);
}

}  // namespace
}  // namespace ringside::text
