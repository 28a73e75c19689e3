#include "report/plot.h"

#include <algorithm>
#include <cmath>

#include "fmt/format.h"
#include "trace/svg_canvas.h"

namespace ringside::report {
namespace {

constexpr double kWidth = 760, kLeft = 74, kRight = 24, kTop = 66, kHeight = 260;

class Axes {
 public:
  Axes(double first, double last, double most) : most_(most) {
    // Half a doubling of room on both sides, and all of it where there is one number of ranks only.
    from_ = std::log2(first) - 0.35;
    to_ = std::log2(last) + 0.35;
  }
  double X(double ranks) const {
    return kLeft + (std::log2(ranks) - from_) / (to_ - from_) * (kWidth - kLeft - kRight);
  }
  double Y(double value) const { return kTop + kHeight * (1 - value / most_); }

 private:
  double from_, to_, most_;
};

void PaintAxes(const Plot& plot, const Axes& axes, double most, trace::SvgCanvas* canvas) {
  const double step = trace::svg::NiceStep(most, 6);
  const int decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 6);
  for (int i = 0; i * step <= most * (1 + 1e-9); ++i) {
    const double y = axes.Y(i * step);
    canvas->Line(kLeft, y, kWidth - kRight, y, trace::svg::kGrid);
    canvas->Text(kLeft - 8, y + 4, fmt::format("{:.{}f}", i * step, decimals),
                 {.size = 11, .fill = trace::svg::kFaint, .anchor = trace::Anchor::kEnd});
  }
  canvas->Text(kLeft - 8, kTop - 14, plot.unit,
               {.size = 11, .fill = trace::svg::kFaint, .anchor = trace::Anchor::kEnd});
  for (const int ranks : plot.ticks) {
    canvas->Line(axes.X(ranks), kTop + kHeight, axes.X(ranks), kTop + kHeight + 5, trace::svg::kFaint);
    canvas->Text(axes.X(ranks), kTop + kHeight + 20, std::to_string(ranks),
                 {.size = 12, .fill = trace::svg::kInk, .anchor = trace::Anchor::kMiddle});
  }
  canvas->Text((kLeft + kWidth - kRight) / 2, kTop + kHeight + 40, "ranks",
               {.size = 12, .fill = trace::svg::kFaint, .anchor = trace::Anchor::kMiddle});
}

// Dashes are short lines: a canvas has no others.
void PaintLine(double x1, double y1, double x2, double y2, const Series& series, trace::SvgCanvas* canvas) {
  if (!series.dashed) {
    canvas->Line(x1, y1, x2, y2, series.colour, 2);
    return;
  }
  const double length = std::hypot(x2 - x1, y2 - y1);
  const int dashes = std::max(1, static_cast<int>(length / 9));
  for (int i = 0; i < dashes; ++i) {
    const double from = static_cast<double>(i) / dashes, to = (i + 0.55) / dashes;
    canvas->Line(x1 + from * (x2 - x1), y1 + from * (y2 - y1), x1 + to * (x2 - x1), y1 + to * (y2 - y1),
                 series.colour, 1.5);
  }
}

void PaintSeries(const Series& series, const Axes& axes, trace::SvgCanvas* canvas) {
  for (size_t i = 1; series.line && i < series.points.size(); ++i) {
    const PlotPoint &a = series.points[i - 1], &b = series.points[i];
    PaintLine(axes.X(a.ranks), axes.Y(a.value), axes.X(b.ranks), axes.Y(b.value), series, canvas);
  }
  for (const PlotPoint& point : series.points) {
    const double x = axes.X(point.ranks);
    if (point.high > point.low) {
      canvas->Line(x, axes.Y(point.low), x, axes.Y(point.high), series.colour, 1.5);
      for (const double end : {point.low, point.high}) {
        canvas->Line(x - 5, axes.Y(end), x + 5, axes.Y(end), series.colour, 1.5);
      }
    }
    if (series.markers) canvas->Rect(x - 3.5, axes.Y(point.value) - 3.5, 7, 7, series.colour, point.tooltip);
  }
}

}  // namespace

std::string PlotSvg(const Plot& plot) {
  double most = 0;
  for (const Series& series : plot.series) {
    for (const PlotPoint& point : series.points) most = std::max({most, point.value, point.high});
  }
  if (most <= 0 || plot.ticks.empty()) return "";
  most *= 1.06;
  trace::SvgCanvas canvas(plot.id, kWidth, plot.title, plot.title + ", over the number of ranks");
  canvas.Text(10, 20, plot.title, {.size = 14, .bold = true});
  double legend = kLeft;
  for (const Series& series : plot.series) legend = canvas.Legend(legend, 40, series.colour, series.name) + 6;
  const Axes axes(plot.ticks.front(), plot.ticks.back(), most);
  PaintAxes(plot, axes, most, &canvas);
  for (const Series& series : plot.series) PaintSeries(series, axes, &canvas);
  return std::move(canvas).Finish(kTop + kHeight + 54);
}

}  // namespace ringside::report
