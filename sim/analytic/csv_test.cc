#include "sim/analytic/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringside::sim::analytic {
namespace {

using testing::HasSubstr;

TEST(CsvTest, QuotedCellsHoldCommasQuotesAndLineEnds) {
  const auto rows = ParseCsv("a,b\n\"x, \"\"y\"\"\n z\",2\r\n\n3,\n", "f");
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 2);
  EXPECT_EQ((*rows)[0].Text("a"), "x, \"y\"\n z");
  EXPECT_EQ((*rows)[0].Text("b"), "2");
  EXPECT_EQ((*rows)[1].line, 5);
  EXPECT_EQ((*rows)[1].Text("b"), "");
  EXPECT_EQ((*rows)[1].Text("none"), "");
}

TEST(CsvTest, SaysWhereATableIsWrong) {
  const auto error = [](const char* text) { return std::string(ParseCsv(text, "f").status().message()); };
  EXPECT_THAT(error(""), HasSubstr("no header"));
  EXPECT_THAT(error("a,a\n"), HasSubstr("named twice"));
  EXPECT_THAT(error("a,b\n1\n"), HasSubstr("f:2: 1 cells"));
  EXPECT_THAT(error("a\n\"x\n"), HasSubstr("not closed"));
  EXPECT_THAT(error("a\nx\"y\n"), HasSubstr("inside a cell"));
  EXPECT_THAT(error("a\n\"x\"y\n"), HasSubstr("after a closing quote"));
}

}  // namespace
}  // namespace ringside::sim::analytic
