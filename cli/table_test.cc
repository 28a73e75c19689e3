#include "cli/table.h"

#include "gtest/gtest.h"

namespace ringside::cli {
namespace {

TEST(TableTest, NumbersStandRightAndTextLeft) {
  Table table;
  table.Column("plan", Table::Align::kLeft).Column("tokens/s");
  table.Row({"dp4", "12"});
  table.Rule();
  table.Row({"dp2tp2", "3,456"});
  EXPECT_EQ(table.Text(0),
            "plan    tokens/s\n"
            "────────────────\n"
            "dp4           12\n"
            "────────────────\n"
            "dp2tp2     3,456\n");
}

TEST(TableTest, WidthIsCountedInCharactersNotBytes) {
  Table table;
  table.Column("", Table::Align::kLeft).Column("");
  table.Row({"µs", "1"});
  table.Row({"abc", "2"});
  EXPECT_EQ(table.Text(1), " µs   1\n abc  2\n");
}

}  // namespace
}  // namespace ringside::cli
