#include "report/document.h"

#include <algorithm>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "report/testing.h"

namespace ringside::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ScalingReport Sample(double slowdown) {
  std::vector<Point> points = {PointOf(1, Repeats(0.1 * slowdown, 6)),
                               PointOf(2, Repeats(0.06 * slowdown, 6)),
                               PointOf(4, Repeats(0.04 * slowdown, 6))};
  const std::vector<Point> baseline = {PointOf(1, Repeats(0.1, 6)), PointOf(2, Repeats(0.06, 6))};
  auto report = MakeReport(points, baseline);
  EXPECT_TRUE(report.ok()) << report.status();
  return *std::move(report);
}

TEST(Markdown, HasOneRowForEveryNumberOfRanks) {
  const std::string text = Markdown(Sample(1));
  EXPECT_THAT(text, HasSubstr("| 4 | 1,000"));
  EXPECT_THAT(text, HasSubstr("62.5 %"));  // 0.1 / (0.04 * 4)
  EXPECT_THAT(text, HasSubstr("no change"));
  EXPECT_THAT(text, Not(HasSubstr("regression (")));
}

TEST(Documents, NamesAreNeverMarkup) {
  ScalingReport report = Sample(1);
  report.name = "<script>alert(1)</script> | [x](y) \"\n\xff";
  EXPECT_THAT(Html(report), Not(HasSubstr("<script>")));
  EXPECT_THAT(JUnit(report), Not(HasSubstr("<script>")));
  EXPECT_THAT(Markdown(report), Not(HasSubstr("<script>")));
  EXPECT_THAT(OpenMetrics(report), HasSubstr("[x](y) \\\" ?\""));
  EXPECT_NO_THROW(GithubBenchmark(report).dump());
  EXPECT_NO_THROW(BencherMetrics(report).dump());
}

TEST(Html, IsSelfContained) {
  const std::string html = Html(Sample(1));
  EXPECT_THAT(html, HasSubstr("<svg"));
  EXPECT_THAT(html, Not(HasSubstr("src=")));
  EXPECT_THAT(html, Not(HasSubstr("href=\"http")));
}

TEST(JUnit, ARegressionIsAFailure) {
  const std::string same = JUnit(Sample(1)), slower = JUnit(Sample(1.2));
  EXPECT_THAT(same, HasSubstr("tests=\"3\" failures=\"0\""));
  EXPECT_THAT(slower, HasSubstr("tests=\"3\" failures=\"2\""));
  EXPECT_THAT(slower, HasSubstr("<failure type=\"regression\""));
}

TEST(GithubBenchmark, HasWhatTheActionReads) {
  const nlohmann::json entries = GithubBenchmark(Sample(1));
  ASSERT_EQ(entries.size(), 3u);
  for (const nlohmann::json& entry : entries) {
    EXPECT_TRUE(entry.at("name").is_string());
    EXPECT_TRUE(entry.at("unit").is_string());
    EXPECT_TRUE(entry.at("value").is_number());
    EXPECT_TRUE(entry.at("range").is_string());
    EXPECT_TRUE(entry.at("extra").is_string());
  }
  EXPECT_NEAR(entries[1].at("value").get<double>(), 60, 1);
}

TEST(BencherMetrics, BoundsHoldTheValue) {
  const nlohmann::json metrics = BencherMetrics(Sample(1));
  EXPECT_EQ(metrics.size(), 3u);
  for (const auto& [name, measures] : metrics.items()) {
    for (const char* measure : {"latency", "throughput"}) {
      const nlohmann::json& m = measures.at(measure);
      EXPECT_LE(m.at("lower_value").get<double>(), m.at("value").get<double>()) << name;
      EXPECT_GE(m.at("upper_value").get<double>(), m.at("value").get<double>()) << name;
    }
  }
}

// The rules of OpenMetrics 1.0 that a parser holds a text to: families together, metadata before samples,
// units as suffixes, one end.
TEST(OpenMetrics, FollowsTheFormat) {
  std::istringstream text(OpenMetrics(Sample(1.2)));
  std::string family, last;
  std::vector<std::string> seen;
  int samples = 0;
  for (std::string line; std::getline(text, line); last = line) {
    ASSERT_NE(last, "# EOF");
    if (line.rfind("# TYPE ", 0) == 0) {
      family = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_EQ(line, "# TYPE " + family + " gauge");
      EXPECT_EQ(std::count(seen.begin(), seen.end(), family), 0) << family;
      seen.push_back(family);
    } else if (line.rfind("# UNIT ", 0) == 0) {
      const std::string unit = line.substr(line.rfind(' ') + 1);
      EXPECT_THAT(family, ::testing::EndsWith("_" + unit));
    } else if (line.rfind("# HELP ", 0) == 0) {
      EXPECT_EQ(line.rfind("# HELP " + family + " ", 0), 0u);
    } else if (line != "# EOF") {
      EXPECT_EQ(line.rfind(family + "{", 0), 0u) << line;
      EXPECT_NO_THROW((void)std::stod(line.substr(line.rfind(' ') + 1))) << line;
      ++samples;
    }
  }
  EXPECT_EQ(last, "# EOF");
  EXPECT_GT(samples, 30);
}

}  // namespace
}  // namespace ringside::report
