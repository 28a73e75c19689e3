#include "evaluator/design/text.h"

#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

TEST(PrintableTest, LeavesOrdinaryTextAlone) {
  EXPECT_EQ(Printable("Zo\u00eb \u5f20", 50), "Zo\u00eb \u5f20");
  EXPECT_EQ(Printable("", 50), "");
}

TEST(PrintableTest, TerminalCommandsAndBidiOverridesDoNotPass) {
  EXPECT_EQ(Printable("\x1b[2Jx\r\n\ty\x7f", 50), "?[2Jx???y?");
  EXPECT_EQ(Printable("a\u202Eb\u2066c\u200Bd\u0085e\u2028f", 50), "a?b?c?d?e?f");
}

TEST(PrintableTest, BrokenUtf8BecomesQuestionMarks) {
  EXPECT_EQ(Printable("a\xff\xc3(\xe2\x82", 50), "a\?\?(\?\?");
  EXPECT_EQ(Printable("\xc0\xaf", 50), "??");            // overlong '/'
  EXPECT_EQ(Printable("\xed\xa0\x80", 50), "???");       // surrogate
  EXPECT_EQ(Printable("\xf5\x80\x80\x80", 50), "????");  // beyond U+10FFFF
}

TEST(PrintableTest, CutsAtCodePoints) {
  EXPECT_EQ(Printable("\u00eb\u00eb\u00eb", 3), "\u00eb\u00eb\u00eb");
  EXPECT_EQ(Printable("\u00eb\u00eb\u00eb\u00eb", 3), "\u00eb\u00eb\u2026");
  EXPECT_EQ(Columns(Printable("\u00eb\u00eb\u00eb\u00eb", 3)), 3u);
}

TEST(ValidUtf8Test, KeepsControlCharactersButNoBrokenBytes) {
  EXPECT_EQ(ValidUtf8("a\n\xff\u00eb\uFFFD"), "a\n?\u00eb\uFFFD");
}

TEST(EscapeHtmlTest, MarkupIsData) {
  EXPECT_EQ(EscapeHtml("<script>alert('x')</script>&\""),
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;");
}

}  // namespace
}  // namespace ringside::evaluator
