// What other programs read: JUnit, github-action-benchmark, Bencher.
#include "fmt/format.h"
#include "report/document.h"
#include "report/text.h"

namespace ringside::report {
namespace {

std::string NameOf(const ScalingReport& report, const ScalingPoint& point) {
  return fmt::format("{}/{}/ranks={}", OneLine(report.name), Name(report.kind), point.ranks);
}

}  // namespace

std::string JUnit(const ScalingReport& report) {
  std::string cases;
  int failures = 0, skipped = 0, tests = 0;
  double total_s = 0;
  for (const ScalingPoint& point : report.points) {
    ++tests;
    total_s += point.figures.step_s;
    std::string inner;
    if (point.change.has_value() && point.change->verdict == Verdict::kRegression) {
      ++failures;
      inner = fmt::format("<failure type=\"regression\" message=\"{0}\">{0}</failure>",
                          EscapeXml(point.change->reason));
    } else if (point.change.has_value() && point.change->verdict == Verdict::kInconclusive) {
      ++skipped;
      inner = fmt::format("<skipped message=\"inconclusive: {}\"/>", EscapeXml(point.change->reason));
    }
    cases += fmt::format(
        "    <testcase classname=\"ringside.scaling\" name=\"{}\" time=\"{:.9f}\">{}</testcase>\n",
        EscapeXml(NameOf(report, point)), point.figures.step_s, inner);
  }
  const std::string counts =
      fmt::format("tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"{:.9f}\"", tests, failures,
                  skipped, total_s);
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {0}>\n  <testsuite name=\"ringside report "
      "scaling\" {0}>\n{1}"
      "  </testsuite>\n</testsuites>\n",
      counts, cases);
}

nlohmann::json GithubBenchmark(const ScalingReport& report) {
  nlohmann::json entries = nlohmann::json::array();
  for (const ScalingPoint& point : report.points) {
    entries.push_back(
        {{"name", NameOf(report, point)},
         {"unit", "ms/step"},
         {"value", point.figures.step_s * 1e3},
         {"range", fmt::format("{:.4g} - {:.4g}", point.interval.low * 1e3, point.interval.high * 1e3)},
         {"extra", fmt::format("{:.0f} tokens/s/device, efficiency {:.3f}, {} repeats, {}",
                               point.figures.tokens_per_s_per_device, point.figures.efficiency,
                               point.repeats_s.size(), point.measured ? "measured" : "predicted")}});
  }
  return entries;
}

nlohmann::json BencherMetrics(const ScalingReport& report) {
  nlohmann::json metrics = nlohmann::json::object();
  for (const ScalingPoint& point : report.points) {
    const auto tokens = static_cast<double>(point.tokens_per_step);
    metrics[NameOf(report, point)] = {{"latency",
                                       {{"value", point.figures.step_s * 1e9},
                                        {"lower_value", point.interval.low * 1e9},
                                        {"upper_value", point.interval.high * 1e9}}},
                                      {"throughput",
                                       {{"value", point.figures.tokens_per_s},
                                        {"lower_value", tokens / point.interval.high},
                                        {"upper_value", tokens / point.interval.low}}}};
  }
  return metrics;
}

}  // namespace ringside::report
