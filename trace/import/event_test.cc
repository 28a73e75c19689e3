#include "trace/import/event.h"

#include <optional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::trace {
namespace {

using ::testing::Optional;

std::optional<int64_t> Ns(std::string_view text) {
  bool has_fraction;
  return NanosecondsOf(text, &has_fraction);
}

TEST(NanosecondsOf, IsExactWhereADoubleIsNot) {
  EXPECT_THAT(Ns("1688687654321456.789"), Optional(1688687654321456789));
  EXPECT_THAT(Ns("4458677009853.422"), Optional(4458677009853422));
  EXPECT_THAT(Ns("-0.5"), Optional(-500));
  EXPECT_THAT(Ns("7"), Optional(7000));
  EXPECT_THAT(Ns("7.1"), Optional(7100));
  EXPECT_THAT(Ns("7.0015"), Optional(7002));
  EXPECT_THAT(Ns("7.00149999"), Optional(7001));
  EXPECT_THAT(Ns("1.5e3"), Optional(1500000));
}

TEST(NanosecondsOf, SaysWhetherThereIsAFraction) {
  bool has_fraction = false;
  NanosecondsOf("7.25", &has_fraction);
  EXPECT_TRUE(has_fraction);
  NanosecondsOf("7.000", &has_fraction);
  EXPECT_FALSE(has_fraction);
  NanosecondsOf("7", &has_fraction);
  EXPECT_FALSE(has_fraction);
}

TEST(NanosecondsOf, RefusesWhatIsNoTime) {
  for (const char* text : {"", "-", "abc", "1x", "99999999999999999999", "1e300", "2400000000000000",
                           "2.4e15", "nan", ".5", "1e-"}) {
    EXPECT_EQ(Ns(text), std::nullopt) << text;
  }
}

TEST(IntegerOf, TakesDecimalsAndRefusesText) {
  EXPECT_THAT(IntegerOf("42"), Optional(42));
  EXPECT_THAT(IntegerOf("-1"), Optional(-1));
  EXPECT_THAT(IntegerOf("42.0"), Optional(42));
  EXPECT_EQ(IntegerOf(""), std::nullopt);
  EXPECT_EQ(IntegerOf("four"), std::nullopt);
  EXPECT_EQ(IntegerOf("1e40"), std::nullopt);
}

}  // namespace
}  // namespace ringside::trace
