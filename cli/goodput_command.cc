// `ringside goodput`: what weeks of failures, checkpoints and stragglers leave of a step's speed.
#include <algorithm>
#include <string>

#include "absl/status/status.h"
#include "cli/command.h"
#include "cli/goodput_inputs.h"
#include "cli/goodput_report.h"
#include "cli/output.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "sim/goodput/expectation.h"

namespace ringside::cli {
namespace {

constexpr int kCurvePoints = 61;

absl::StatusOr<GoodputReport> Report(const GoodputOptions& options) {
  auto inputs = GoodputInputsOf(options);
  if (!inputs.ok()) return inputs.status();
  GoodputReport report;
  report.inputs = *std::move(inputs);
  sim::GoodputSettings& s = report.inputs.settings;
  report.young_s = sim::YoungInterval(sim::CheckpointCost(s), s.interruption_mean_s);
  report.daly_s = sim::DalyInterval(sim::CheckpointCost(s), s.interruption_mean_s);
  // Limited spares have no closed form unless interruptions are exponential; the interval is then the best
  // one with any number of them.
  sim::GoodputSettings closed = s;
  const bool has_closed_form = s.weibull_shape == 1 || s.spare_nodes == sim::GoodputSettings::kUnlimited;
  if (!has_closed_form) {
    closed.spare_nodes = sim::GoodputSettings::kUnlimited;
    report.inputs.assumptions.emplace_back(
        "no closed form of limited spares with a Weibull law: simulated alone, at the best interval without "
        "limit");
  }
  const double least_s = s.write_s + (s.elastic() ? s.resize_s : 0);
  if (s.interval_s == 0) {
    const auto best = sim::BestInterval(closed);
    if (!best.ok()) return best.status();
    s.interval_s = closed.interval_s = std::max(best->interval_s, 1.0001 * least_s);
    report.best_interval = true;
  }
  if (has_closed_form) {
    const auto expected = sim::ExpectedShares(closed);
    if (!expected.ok()) return expected.status();
    report.expected = *expected;
    const double from_s = std::max(s.interval_s / 20, 1.001 * least_s);
    auto curve = sim::GoodputCurve(closed, from_s, s.interval_s * 20, kCurvePoints);
    if (curve.ok()) report.curve = *std::move(curve);  // too many segments at its short end: no curve
  }
  if (report.expected.has_value()) {
    const auto cost = sim::CostOfTraining(report.inputs.job, *report.expected, report.inputs.power);
    if (!cost.ok()) return cost.status();
    report.cost = *cost;
  }
  report.runs = options.runs;
  constexpr double kMonth_days = 30;
  report.run_days = options.days;
  if (report.run_days == 0)
    report.run_days = report.cost.wall_s > 0 ? report.cost.wall_s / 86400 : kMonth_days;
  const auto simulated = sim::SimulateGoodput(
      s, {options.runs, report.run_days * 86400, 0, static_cast<uint64_t>(options.seed)});
  if (!simulated.ok()) return simulated.status();
  report.simulated = *simulated;
  if (!report.expected.has_value()) {
    const auto cost = sim::CostOfTraining(report.inputs.job, report.simulated.mean, report.inputs.power);
    if (!cost.ok()) return cost.status();
    report.cost = *cost;
  }
  return report;
}

}  // namespace

int Goodput(const GoodputOptions& options) {
  const Output output(options.json);
  const auto report = Report(options);
  if (!report.ok()) {
    // Limits are about what was asked, too.
    if (report.status().code() == absl::StatusCode::kResourceExhausted)
      return Fail(absl::InvalidArgumentError(report.status().message()));
    return Fail(report.status());
  }
  output.Print(GoodputText(*report));
  if (!options.html.empty()) {
    if (absl::Status written = WriteFile(options.html, GoodputHtml(*report)); !written.ok())
      return Fail(written);
    output.Print(fmt::format("\n  page          {}\n", options.html));
  }
  if (absl::Status written = output.WriteJson(GoodputJson(*report)); !written.ok()) return Fail(written);
  return kExitOk;
}

}  // namespace ringside::cli
