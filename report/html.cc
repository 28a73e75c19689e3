#include <cmath>
#include <utility>

#include "fmt/format.h"
#include "report/cells.h"
#include "report/document.h"
#include "report/plot.h"
#include "report/text.h"
#include "trace/svg_canvas.h"

namespace ringside::report {
namespace {

constexpr char kStyle[] = R"(
:root { --ink: #1b1f24; --faint: #57606a; --line: #d8dee4; --tint: #f6f8fa; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", Arial, sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 36px 32px 72px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 8px; }
h2 { font-size: 20px; margin: 40px 0 8px; padding-top: 16px; border-top: 1px solid var(--line); }
p, li { max-width: 92ch; }
.faint { color: var(--faint); font-size: 14px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: 12px 0 4px; font-size: 14px; font-variant-numeric: tabular-nums; }
th { font-weight: 600; color: var(--faint); border-bottom: 2px solid var(--line); vertical-align: bottom; }
th, td { text-align: right; padding: 4px 8px; }
td { white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 2px; }
figure { margin: 0; flex: 0 1 calc(50% - 14px); min-width: 440px; }
.plots { display: flex; flex-wrap: wrap; gap: 20px 28px; margin: 20px 0; }
figure svg { max-width: 100%; height: auto; display: block; }
@media print { main { padding: 0; } figure { break-inside: avoid; } }
)";

std::vector<int> Ticks(const ScalingReport& report) {
  std::vector<int> ticks;
  for (const ScalingPoint& point : report.points) ticks.push_back(point.ranks);
  return ticks;
}

Series LawSeries(const ScalingReport& report) {
  Series series{fmt::format("law: {}", report.law->name), "#57606a", {}, true, true, false};
  const double first = std::log2(report.points.front().ranks), last = std::log2(report.points.back().ranks);
  constexpr int kParts = 24;
  for (int i = 0; i <= kParts; ++i) {
    const double ranks = std::exp2(first + (last - first) * i / kParts);
    series.points.push_back({ranks, 1e3 * report.law->At(ranks), 0, 0, ""});
  }
  return series;
}

Plot StepPlot(const ScalingReport& report) {
  Plot plot{"plot-step", "Step time: medians of the repeats and their interval", "ms", Ticks(report), {}};
  Series measured{"measured", "#2f6fb1", {}}, predicted{"predicted", "#e07a1f", {}, false},
      each{"every repeat", "#9dbfe0", {}, false};
  for (const ScalingPoint& p : report.points) {
    const double ms = p.figures.step_s * 1e3;
    if (p.measured) {
      measured.points.push_back({static_cast<double>(p.ranks), ms, p.interval.low * 1e3,
                                 p.interval.high * 1e3, fmt::format("{} ranks: {:.3g} ms", p.ranks, ms)});
      // Beside the median, so that repeats of two kinds show as two heaps.
      for (const double s : p.repeats_s) {
        each.points.push_back(
            {p.ranks * 1.045, s * 1e3, 0, 0, fmt::format("one repeat: {:.4g} ms", s * 1e3)});
      }
    }
    const double expected_s = !p.measured               ? p.figures.step_s
                              : p.predicted.has_value() ? p.predicted->step_s
                                                        : 0;
    if (expected_s > 0) {
      predicted.points.push_back({static_cast<double>(p.ranks), expected_s * 1e3, 0, 0,
                                  fmt::format("{} ranks, predicted: {:.3g} ms", p.ranks, expected_s * 1e3)});
    }
  }
  for (Series& series : std::vector<Series>{each, measured, predicted}) {
    if (!series.points.empty()) plot.series.push_back(std::move(series));
  }
  if (report.law.has_value()) plot.series.push_back(LawSeries(report));
  return plot;
}

Plot SpeedPlot(const ScalingReport& report) {
  Plot plot{"plot-speed", "Tokens a second and device", "tokens/s", Ticks(report), {}};
  Series speed{"measured or predicted", "#2f6fb1", {}}, ideal{"ideal", "#57606a", {}, true, true, false};
  for (const ScalingPoint& p : report.points) {
    const double tokens = static_cast<double>(p.tokens_per_step) / p.ranks;
    speed.points.push_back(
        {static_cast<double>(p.ranks), p.figures.tokens_per_s_per_device, tokens / p.interval.high,
         tokens / p.interval.low,
         fmt::format("{} ranks: {:.0f} tokens/s/device", p.ranks, p.figures.tokens_per_s_per_device)});
    ideal.points.push_back(
        {static_cast<double>(p.ranks), report.points.front().figures.tokens_per_s_per_device, 0, 0, ""});
  }
  plot.series = {ideal, speed};
  return plot;
}

Plot FactorPlot(const ScalingReport& report) {
  Plot plot{
      "plot-factors", "Efficiency and the factors that it is the product of", "share", Ticks(report), {}};
  const auto series = [&](const char* name, const char* colour, auto value) {
    Series out{name, colour, {}};
    for (const ScalingPoint& p : report.points) {
      out.points.push_back({static_cast<double>(p.ranks), value(p), 0, 0,
                            fmt::format("{} ranks, {}: {:.3f}", p.ranks, name, value(p))});
    }
    plot.series.push_back(std::move(out));
  };
  series("global efficiency", "#1b1f24",
         [](const ScalingPoint& p) { return p.factors.parallel * p.computation_scalability; });
  series("load balance", "#d4a60f", [](const ScalingPoint& p) { return p.factors.load_balance; });
  series("serialisation", "#7d5bb5", [](const ScalingPoint& p) { return p.factors.serialisation; });
  series("transfer", "#c9355f", [](const ScalingPoint& p) { return p.factors.transfer; });
  series("computation", "#17896f", [](const ScalingPoint& p) { return p.computation_scalability; });
  return plot;
}

std::string Table(const Cells& cells) {
  const auto row = [](const std::vector<std::string>& values, const char* tag) {
    std::string html = "<tr>";
    for (const std::string& value : values) html += fmt::format("<{0}>{1}</{0}>", tag, EscapeXml(value));
    return html + "</tr>\n";
  };
  std::string html = fmt::format("<h2>{}</h2>\n<div class=\"scroll\"><table>\n", EscapeXml(cells.title)) +
                     row(cells.head, "th");
  for (const auto& values : cells.rows) html += row(values, "td");
  return html + fmt::format("</table></div>\n<p class=\"faint\">{}</p>\n", EscapeXml(cells.caption));
}

}  // namespace

std::string Html(const ScalingReport& report) {
  std::string body = fmt::format("<h1>Scaling of {}</h1>\n<p class=\"faint\">{}</p>\n<ul>\n",
                                 EscapeXml(report.name), EscapeXml(report.machine));
  for (const std::string& finding : report.findings) body += "<li>" + EscapeXml(finding) + "</li>\n";
  body += "</ul>\n";
  body += "<div class=\"plots\">\n";
  for (const Plot& plot : {StepPlot(report), SpeedPlot(report), FactorPlot(report)}) {
    body += "<figure>" + PlotSvg(plot) + "</figure>\n";
  }
  body += "</div>\n";
  for (const Cells& cells : AllCells(report)) body += Table(cells);
  for (const std::string& note : report.notes) body += "<p class=\"faint\">" + EscapeXml(note) + "</p>\n";
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Scaling of "
      "{}</title>\n"
      "<style>{}</style>\n</head>\n<body>\n<main>\n{}</main>\n</body>\n</html>\n",
      EscapeXml(report.name), kStyle, body);
}

}  // namespace ringside::report
