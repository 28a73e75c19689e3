#include "evaluator/text/utf8.h"

#include <gtest/gtest.h>

namespace ringside::text {
namespace {

TEST(Utf8, DecodesWhatIsValid) {
  const std::string text = "aé√😀";
  size_t at = 0;
  for (char32_t expected : {U'a', U'é', U'√', U'😀'}) {
    const CodePoint c = DecodeAt(text, at);
    EXPECT_TRUE(c.valid);
    EXPECT_EQ(c.value, expected);
    std::string again;
    AppendUtf8(c.value, &again);
    EXPECT_EQ(again, text.substr(at, c.bytes));
    at += c.bytes;
  }
  EXPECT_EQ(at, text.size());
}

TEST(Utf8, TakesEveryByteThatBeginsNothingAlone) {
  for (const std::string text :
       {"\x80", "\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE2\x88", "\xFF"}) {
    const CodePoint c = DecodeAt(text, 0);
    EXPECT_FALSE(c.valid) << text;
    EXPECT_EQ(c.bytes, 1u);
  }
}

TEST(Utf8, KnowsLettersFromSigns) {
  EXPECT_TRUE(IsLetter(U'ß'));
  EXPECT_TRUE(IsLetter(U'ж'));
  EXPECT_FALSE(IsLetter(U'×'));
  EXPECT_FALSE(IsLetter(U'→'));
  EXPECT_FALSE(IsLetter(U'😀'));
  EXPECT_EQ(Lower(U'Ä'), U'ä');
  EXPECT_EQ(WordForSign(U'λ'), "lambda");
  EXPECT_EQ(WordForSign(U'√'), "sqrt");
  EXPECT_EQ(WordForSign(U'a'), "");
}

}  // namespace
}  // namespace ringside::text
