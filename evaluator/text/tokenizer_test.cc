#include "evaluator/text/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::text {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Words(std::string_view text) {
  Document document;
  Tokenize(text, &document);
  std::vector<std::string> words;
  for (const Token& token : document.tokens) words.push_back(token.lower);
  return words;
}

// "a b / c . d e": clauses by '/', sentences by '.'
std::string Shape(std::string_view text) {
  Document document;
  Tokenize(text, &document);
  std::string shape;
  for (size_t i = 0; i < document.tokens.size(); ++i) {
    const Token& token = document.tokens[i];
    if (i > 0) {
      const Token& before = document.tokens[i - 1];
      shape += token.sentence != before.sentence ? " . " : token.clause != before.clause ? " / " : " ";
    }
    shape += token.lower;
  }
  return shape;
}

TEST(Tokenizer, SplitsWordsAndJoinsPrefixes) {
  EXPECT_THAT(Words("All-reduce, NON-linear max_norm"),
              ElementsAre("all", "reduce", "nonlinear", "max", "norm"));
  EXPECT_THAT(Words("don’t e.g. x"), ElementsAre("don't", "e.g", "x"));
  EXPECT_THAT(Words("√d α×β"), ElementsAre("sqrt", "d", "alpha", "x", "beta"));
}

TEST(Tokenizer, ReadsNumbers) {
  EXPECT_THAT(Words("1,000 0,5 3.14 1e-4 is -2 80GB 3x3 50%"),
              ElementsAre("1000", "0.5", "3.14", "1e-4", "is", "-2", "80", "gb", "3", "x3", "50", "%"));
  Document document;
  Tokenize("takes 2.5e3 s", &document);
  EXPECT_EQ(document.tokens[1].number, 2500);
}

TEST(Tokenizer, EndsSentences) {
  EXPECT_EQ(Shape("It is 0.5 here. The rest, e.g. this, is not"),
            "it is 0.5 here . the rest / e.g this / is not");
  EXPECT_EQ(Shape("First line\nSecond line\nand more"), "first line . second line and more");
  EXPECT_EQ(Shape("- one\n- two"), "one . two");
  EXPECT_EQ(Shape("one || two"), "one . two");
}

TEST(Tokenizer, EndsClauses) {
  EXPECT_EQ(Shape("it works but not here (never there) at all"),
            "it works / but not here / never there / at all");
  EXPECT_EQ(Shape("f(x) is O(n) here"), "f x is o n here");
  EXPECT_EQ(Shape("fast - not slow"), "fast / not slow");
}

TEST(Tokenizer, KnowsEnumerators) {
  Document document;
  Tokenize("1. use one 2) use two b) use three", &document);
  ASSERT_EQ(document.sentences.size(), 3u);
  for (const Range& sentence : document.sentences) EXPECT_TRUE(document.tokens[sentence.begin].enumerator);
  Document plain;
  Tokenize("The layer has 2. The rest", &plain);
  EXPECT_FALSE(plain.tokens[3].enumerator);
}

TEST(Tokenizer, GivesTheBytesOfEveryToken) {
  const std::string text = "Größe \xFF ist λ=0.5";
  Document document;
  Tokenize(text, &document);
  std::vector<std::string> pieces;
  for (const Token& token : document.tokens)
    pieces.push_back(text.substr(token.begin, token.end - token.begin));
  EXPECT_THAT(pieces, ElementsAre("Größe", "ist", "λ", "=", "0.5"));
  EXPECT_EQ(document.invalid_bytes, 1u);
}

}  // namespace
}  // namespace ringside::text
