#include "trace/table.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

namespace ringside::trace {
namespace {

TEST(Table, AlignsNumbersToTheRightAndTextToTheLeft) {
  Table table;
  table.Column("plan", Table::Align::kLeft).Column("tokens/s").Column("MiB");
  table.Row({"dp4", "1200", "3.5"});
  table.Rule();
  table.Row({"dp2xtp2", "90", "12.25"});
  EXPECT_EQ(table.Text(),
            "  plan     tokens/s    MiB\n"
            "  ────────────────────────\n"
            "  dp4          1200    3.5\n"
            "  ────────────────────────\n"
            "  dp2xtp2        90  12.25\n");
}

TEST(Table, WithoutHeadersThereIsNoHeadAndNoTrailingBlank) {
  Table table;
  table.Column("", Table::Align::kLeft).Column("", Table::Align::kLeft);
  table.Row({"a", "long"});
  table.Row({"b", ""});
  EXPECT_EQ(table.Text(0), "a  long\nb\n");
}

TEST(Table, CountsTerminalColumnsNotBytes) {
  EXPECT_EQ(DisplayWidth("größe"), 5u);
  EXPECT_EQ(DisplayWidth("日本"), 4u);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1u);
  EXPECT_EQ(DisplayWidth("μs →"), 4u);
  EXPECT_EQ(DisplayWidth("\U0001F600"), 2u);
  EXPECT_EQ(DisplayWidth("\xFF\xC3"), 2u);
  EXPECT_EQ(DisplayWidth(""), 0u);
  Table table;
  table.Column("n", Table::Align::kLeft).Column("v");
  table.Row({"größe", "1"});
  table.Row({"日", "22"});
  EXPECT_EQ(table.Text(0), "n       v\n─────────\ngröße   1\n日     22\n");
}

TEST(Table, ColourIsOffUnlessAskedFor) {
  Table table;
  table.Column("a");
  table.Row({"1"});
  EXPECT_EQ(table.Text().find('\x1B'), std::string::npos);
  table.SetColour(true);
  EXPECT_NE(table.Text().find("\x1B[1ma\x1B[0m"), std::string::npos);
}

TEST(WantsColour, NotInAPipe) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  EXPECT_FALSE(WantsColour(ends[1]));
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace ringside::trace
