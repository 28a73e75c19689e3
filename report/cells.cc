#include "report/cells.h"

#include <algorithm>

#include "fmt/format.h"
#include "trace/format.h"

namespace ringside::report {
namespace {

using trace::FormatBytes;
using trace::FormatCount;
using trace::FormatPercent;
using trace::FormatSeconds;

std::string Ratio(double value) {
  return fmt::format("{:.3f}", value);
}

std::string IntervalText(const ScalingPoint& point) {
  if (!point.measured) return "predicted";
  const std::string range =
      fmt::format("{:.3g} - {:.3g} ms", point.interval.low * 1e3, point.interval.high * 1e3);
  if (point.repeats_s.size() == 1) return range + " (steps)";
  return range + fmt::format(" ({:.0f} %)", 100 * point.interval.coverage);
}

}  // namespace

Cells SpeedCells(const ScalingReport& report) {
  Cells cells{
      fmt::format("Speed: {} scaling", Name(report.kind)),
      {"ranks", "tokens/step", "step", "interval of the median", "repeats", "fastest - slowest", "tokens/s",
       "tokens/s/device", "efficiency", "predicted step", "error", "predicted efficiency"},
      {},
      "step: median of the repeats' median steps. efficiency: tokens/s/device relative to the first row. "
      "error: "
      "predicted / measured - 1."};
  for (const ScalingPoint& p : report.points) {
    const bool both = p.measured && p.predicted.has_value();
    cells.rows.push_back(
        {fmt::format("{}{}", p.ranks, p.oversubscribed ? " *" : ""),
         FormatCount(static_cast<double>(p.tokens_per_step)), FormatSeconds(p.figures.step_s),
         IntervalText(p), std::to_string(p.repeats_s.size()),
         fmt::format("{} - {}", FormatSeconds(p.least_s), FormatSeconds(p.most_s)),
         FormatCount(p.figures.tokens_per_s), FormatCount(p.figures.tokens_per_s_per_device),
         FormatPercent(p.figures.efficiency),
         p.predicted.has_value() ? FormatSeconds(p.predicted->step_s) : "-",
         both ? fmt::format("{:+.1f} %", 100 * (p.predicted->step_s / p.figures.step_s - 1)) : "-",
         p.predicted.has_value() && report.points.front().predicted.has_value()
             ? FormatPercent(p.predicted->efficiency)
             : "-"});
  }
  if (std::any_of(report.points.begin(), report.points.end(),
                  [](const auto& p) { return p.oversubscribed; })) {
    cells.caption += " *: more ranks than cores.";
  }
  return cells;
}

Cells FactorCells(const ScalingReport& report) {
  Cells cells{"Where the efficiency goes: POP factors",
              {"ranks", "load balance", "serialisation", "transfer", "communication", "parallel efficiency",
               "computation scalability", "global efficiency"},
              {},
              "parallel = load balance x serialisation x transfer; global = parallel x computation "
              "scalability (useful "
              "time a token, relative to the first row). Medians over repeats; docs/scaling-reports.md "
              "defines them."};
  for (const ScalingPoint& p : report.points) {
    const Factors& f = p.factors;
    cells.rows.push_back({std::to_string(p.ranks), Ratio(f.load_balance), Ratio(f.serialisation),
                          Ratio(f.transfer), Ratio(f.communication), Ratio(f.parallel),
                          Ratio(p.computation_scalability), Ratio(f.parallel * p.computation_scalability)});
  }
  return cells;
}

Cells MemoryCells(const ScalingReport& report) {
  Cells cells{"Memory",
              {"ranks", "fullest rank", "emptiest rank", "mean", "predicted, fullest"},
              {},
              "High-water mark of a rank, all categories."};
  for (const ScalingPoint& p : report.points) {
    if (p.rank_peak_bytes.empty()) continue;
    const auto [least, most] = std::minmax_element(p.rank_peak_bytes.begin(), p.rank_peak_bytes.end());
    int64_t sum = 0;
    for (const int64_t bytes : p.rank_peak_bytes) sum += bytes;
    cells.rows.push_back({std::to_string(p.ranks), FormatBytes(*most), FormatBytes(*least),
                          FormatBytes(sum / static_cast<int64_t>(p.rank_peak_bytes.size())),
                          p.predicted.has_value() ? FormatBytes(p.predicted->peak_bytes) : "-"});
  }
  return cells;
}

Cells ChangeCells(const ScalingReport& report) {
  Cells cells{"Against the baseline",
              {"ranks", "verdict", "step time", "interval", "noise floor", "repeats"},
              {},
              "A regression is confirmed where the whole interval of the median ratio is above 1 and the "
              "ratio beyond the "
              "noise floor."};
  for (const ScalingPoint& p : report.points) {
    if (!p.change.has_value()) continue;
    const GateResult& c = *p.change;
    const auto percent = [](double ratio) { return fmt::format("{:+.1f} %", 100 * (ratio - 1)); };
    cells.rows.push_back({std::to_string(p.ranks), std::string(Name(c.verdict)), percent(c.ratio),
                          c.low > 0 ? percent(c.low) + " to " + percent(c.high) : "-", FormatPercent(c.floor),
                          fmt::format("{} x {}", c.baseline_repeats, c.candidate_repeats)});
  }
  return cells;
}

std::vector<Cells> AllCells(const ScalingReport& report) {
  std::vector<Cells> all;
  for (Cells& cells : std::vector<Cells>{ChangeCells(report), SpeedCells(report), FactorCells(report),
                                         MemoryCells(report)}) {
    if (!cells.rows.empty()) all.push_back(std::move(cells));
  }
  return all;
}

}  // namespace ringside::report
