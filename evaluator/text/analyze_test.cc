#include "evaluator/text/analyze.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "evaluator/text/stemmer.h"

namespace ringside::text {
namespace {

TEST(Analyze, TakesNothingApart) {
  EXPECT_TRUE(Analyze("").tokens.empty());
  EXPECT_TRUE(Analyze(" \n\t ").sentences.empty());
  EXPECT_TRUE(Analyze("... !!! ---").terms.empty());
}

TEST(Analyze, StemsBritishAndAmericanAlike) {
  Stemmer stemmer;
  EXPECT_EQ(stemmer.Stem("normalisation"), stemmer.Stem("normalizations"));
  EXPECT_EQ(stemmer.Stem("modelling"), stemmer.Stem("modeling"));
  EXPECT_EQ(stemmer.Stem("behaviour"), stemmer.Stem("behaviors"));
  EXPECT_NE(stemmer.Stem("training"), stemmer.Stem("testing"));
}

TEST(Analyze, CutsWhatIsTooLongBetweenWords) {
  std::string text;
  while (text.size() < (size_t{10} << 20)) text += "averylongword ";
  const Document document = Analyze(text);
  EXPECT_TRUE(document.cut);
  EXPECT_LE(document.tokens.back().end, kMaxBytes);
  EXPECT_EQ(document.tokens.back().lower, "averylongword");
  EXPECT_TRUE(Analyze(std::string(size_t{10} << 20, 'a')).cut);
  EXPECT_LE(Analyze(std::string(kMaxBytes, '1')).tokens.size(), kMaxTokens);
  const Document marks = Analyze(std::string(kMaxBytes, '='));
  EXPECT_TRUE(marks.cut);
  EXPECT_EQ(marks.tokens.size(), kMaxTokens);
}

// Whatever the bytes: ranges tile the tokens, spans are in order and inside.
TEST(Analyze, HoldsItsPromisesForAnyBytes) {
  std::mt19937 random(301);
  const std::string alphabet = "aZ 1.,-()'|\n\xE2\x82\xAC\xFF\xC3%=n";
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (size_t i = random() % 200; i > 0; --i)
      text += random() % 4 == 0 ? static_cast<char>(random()) : alphabet[random() % alphabet.size()];
    const Document document = Analyze(text);
    uint32_t last = 0;
    for (const Token& token : document.tokens) {
      ASSERT_LE(last, token.begin);
      ASSERT_LT(token.begin, token.end);
      last = token.end;
      ASSERT_LT(token.sentence, document.sentences.size());
      ASSERT_LT(token.clause, document.clauses.size());
    }
    ASSERT_LE(last, text.size());
    for (const auto* ranges : {&document.sentences, &document.clauses}) {
      uint32_t at = 0;
      for (const Range& range : *ranges) {
        ASSERT_EQ(range.begin, at);
        ASSERT_LT(range.begin, range.end);
        at = range.end;
      }
      ASSERT_EQ(at, document.tokens.size());
    }
  }
}

}  // namespace
}  // namespace ringside::text
