// The documents of a scaling report. All pure functions of the report: same report, same bytes.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "report/scaling.h"

namespace ringside::report {

// GitHub-flavoured, for a job summary ($GITHUB_STEP_SUMMARY takes 1 MiB a step; this is a few KiB). Text of
// scenarios is escaped, so that a name is never markup.
std::string Markdown(const ScalingReport& report);

// One page with its pictures inside (inline SVG), no script, no resource from elsewhere.
std::string Html(const ScalingReport& report);

// One testsuite; a test case for every number of ranks with what its gate said. A confirmed regression is a
// failure, an inconclusive verdict is skipped, no baseline is a pass.
std::string JUnit(const ScalingReport& report);

// github-action-benchmark, customSmallerIsBetter: [{name, unit, value, range, extra}], step times in ms.
nlohmann::json GithubBenchmark(const ScalingReport& report);

// Bencher Metric Format: {"NAME/ranks=4": {"latency": {value, lower_value, upper_value} in ns,
// "throughput": {...} in tokens/s}}.
nlohmann::json BencherMetrics(const ScalingReport& report);

// OpenMetrics text (also read by Prometheus and its textfile collector): gauges with the label ranks, and
// with rank where they are a rank's; seconds, bytes, ratios. Ends with "# EOF".
std::string OpenMetrics(const ScalingReport& report);

}  // namespace ringside::report
