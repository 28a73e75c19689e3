// The curve of goodput against the interval, as text and as SVG.
#include <algorithm>
#include <cmath>

#include "cli/goodput_report.h"
#include "cli/html.h"
#include "fmt/format.h"

namespace ringside::cli {
namespace {

// Goodput from `low` to `high`, in steps of which there are few; intervals on a logarithmic axis.
struct Axes {
  double from_s, to_s, low, high;
  double X(double interval_s) const { return std::log(interval_s / from_s) / std::log(to_s / from_s); }
  double Y(double goodput) const { return (goodput - low) / (high - low); }
};

Axes AxesOf(const std::vector<sim::IntervalPoint>& curve) {
  double least = 1, most = 0;
  for (const sim::IntervalPoint& point : curve) {
    least = std::min(least, point.shares.useful);
    most = std::max(most, point.shares.useful);
  }
  const double range = std::max(1e-4, most - least);
  const double step = std::pow(10, std::floor(std::log10(range)));
  return {curve.front().interval_s, curve.back().interval_s, std::max(0.0, std::floor(least / step) * step),
          std::min(1.0, std::ceil(most / step) * step)};
}

double At(const std::vector<sim::IntervalPoint>& curve, double interval_s) {
  for (size_t i = 1; i < curve.size(); ++i) {
    if (interval_s > curve[i].interval_s) continue;
    const double part = std::log(interval_s / curve[i - 1].interval_s) /
                        std::log(curve[i].interval_s / curve[i - 1].interval_s);
    return curve[i - 1].shares.useful + part * (curve[i].shares.useful - curve[i - 1].shares.useful);
  }
  return curve.back().shares.useful;
}

}  // namespace

std::string CurveText(const std::vector<sim::IntervalPoint>& curve, double interval_s, double useful) {
  constexpr int kWidth = 61, kHeight = 13;
  if (curve.size() < 2) return "";
  const Axes axes = AxesOf(curve);
  std::vector<std::string> grid(kHeight, std::string(kWidth, ' '));
  const auto row = [&](double goodput) {
    return std::clamp(static_cast<int>(std::lround((1 - axes.Y(goodput)) * (kHeight - 1))), 0, kHeight - 1);
  };
  const auto column = [&](double at_s) {
    return std::clamp(static_cast<int>(std::lround(axes.X(at_s) * (kWidth - 1))), 0, kWidth - 1);
  };
  for (int x = 0; x < kWidth; ++x) {
    const double at_s = axes.from_s * std::pow(axes.to_s / axes.from_s, x / (kWidth - 1.0));
    grid[row(At(curve, at_s))][x] = '*';
  }
  grid[row(useful)][column(interval_s)] = 'o';
  std::string text = "  goodput by checkpoint interval (o: the one taken)\n";
  for (int y = 0; y < kHeight; ++y) {
    const double level = axes.high - (axes.high - axes.low) * y / (kHeight - 1);
    text += fmt::format("  {:>8} |{}\n", y % 3 == 0 ? fmt::format("{:.2f} %", 100 * level) : "",
                        grid[y].substr(0, grid[y].find_last_not_of(' ') + 1));
  }
  const std::string from = Duration(axes.from_s), to = Duration(axes.to_s);
  text += fmt::format("  {:>8} +{:-<{}}\n", "", "", kWidth);
  text += fmt::format("  {:>8}  {:<{}}{}\n", "", from, kWidth - static_cast<int>(to.size()), to);
  return text;
}

std::string CurveSvg(const GoodputReport& r) {
  constexpr double kLeft = 70, kTop = 20, kWidth = 760, kHeight = 300;
  if (r.curve.size() < 2) return "";
  const Axes axes = AxesOf(r.curve);
  const auto x = [&](double interval_s) { return kLeft + kWidth * std::clamp(axes.X(interval_s), 0.0, 1.0); };
  const auto y = [&](double goodput) { return kTop + kHeight * (1 - axes.Y(goodput)); };
  std::string svg = fmt::format(
      "<svg viewBox=\"0 0 {} {}\" width=\"{}\" role=\"img\" aria-label=\"goodput by checkpoint interval\" "
      "font-size=\"12\" font-family=\"system-ui, sans-serif\">\n",
      kLeft + kWidth + 30, kTop + kHeight + 60, kLeft + kWidth + 30);
  for (int i = 0; i <= 4; ++i) {
    const double level = axes.low + (axes.high - axes.low) * i / 4;
    svg += fmt::format(
        "<line x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\" stroke=\"#d8dee4\"/><text x=\"{3}\" "
        "y=\"{4:.1f}\" "
        "text-anchor=\"end\" fill=\"#57606a\">{5:.4g} %</text>\n",
        kLeft, kLeft + kWidth, y(level), kLeft - 8, y(level) + 4, 100 * level);
  }
  for (int i = 0; i <= 6; ++i) {
    const double at_s = axes.from_s * std::pow(axes.to_s / axes.from_s, i / 6.0);
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\" fill=\"#57606a\">{}</text>\n",
                       x(at_s), kTop + kHeight + 18, Duration(at_s));
  }
  svg += fmt::format(
      "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" fill=\"#57606a\">training between two "
      "checkpoints</text>\n",
      kLeft + kWidth / 2, kTop + kHeight + 40);
  const auto mark = [&](double interval_s, const char* name, double text_y) {
    svg += fmt::format(
        "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\" stroke=\"#57606a\" stroke-dasharray=\"3 "
        "4\"/>"
        "<text x=\"{3:.1f}\" y=\"{4}\" fill=\"#57606a\">{5}</text>\n",
        x(interval_s), kTop, kTop + kHeight, x(interval_s) + 5, text_y, name);
  };
  if (r.young_s > axes.from_s) mark(r.young_s, "Young", kTop + kHeight - 24);
  if (r.daly_s > axes.from_s) mark(r.daly_s, "Daly", kTop + kHeight - 8);
  std::string points;
  for (const sim::IntervalPoint& point : r.curve)
    points += fmt::format("{:.1f},{:.1f} ", x(point.interval_s), y(point.shares.useful));
  svg +=
      fmt::format("<polyline fill=\"none\" stroke=\"#0b5cad\" stroke-width=\"2\" points=\"{}\"/>\n", points);
  const double interval_s = r.inputs.settings.interval_s;
  svg += fmt::format(
      "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\" fill=\"#0b5cad\"/><text x=\"{:.1f}\" y=\"{:.1f}\" "
      "font-weight=\"600\" fill=\"#1b1f24\">{}: {:.2f} %</text>\n",
      x(interval_s), y(r.shares().useful), x(interval_s) + 9, y(r.shares().useful) + 18, Duration(interval_s),
      100 * r.shares().useful);
  return svg + "</svg>\n";
}

}  // namespace ringside::cli
