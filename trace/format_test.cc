#include "trace/format.h"

#include <gtest/gtest.h>

#include <limits>

namespace ringside::trace {
namespace {

TEST(Format, Seconds) {
  EXPECT_EQ(FormatSeconds(1.2345), "1.23 s");
  EXPECT_EQ(FormatSeconds(0.04567), "45.7 ms");
  EXPECT_EQ(FormatSeconds(0.9996), "1.00 s");
  EXPECT_EQ(FormatSeconds(789e-6), "789 us");
  EXPECT_EQ(FormatSeconds(12e-9), "12.0 ns");
  EXPECT_EQ(FormatSeconds(0), "0");
  EXPECT_EQ(FormatSeconds(std::numeric_limits<double>::infinity()), "?");
}

TEST(Format, Bytes) {
  EXPECT_EQ(FormatBytes(512), "512 B");
  EXPECT_EQ(FormatBytes(1536), "1.50 KiB");
  EXPECT_EQ(FormatBytes(3 << 20), "3.00 MiB");
  EXPECT_EQ(FormatBytes((int64_t{1} << 20) - 1), "1.00 MiB");
  EXPECT_EQ(FormatBytes(int64_t{80} << 30), "80.0 GiB");
}

TEST(Format, PercentAndCount) {
  EXPECT_EQ(FormatPercent(0.1234), "12.3 %");
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(7), "7.00");
  EXPECT_EQ(FormatCount(987), "987");
  EXPECT_EQ(FormatCount(1234.4), "1,234");
  EXPECT_EQ(FormatCount(999'999.4), "999,999");
  EXPECT_EQ(FormatCount(12.3e6), "12.3 M");
  EXPECT_EQ(FormatCount(4e12), "4000 G");
}

}  // namespace
}  // namespace ringside::trace
