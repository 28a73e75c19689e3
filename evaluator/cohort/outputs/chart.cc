#include "evaluator/cohort/outputs/chart.h"

#include <algorithm>
#include <cmath>

#include "evaluator/cohort/outputs/formats.h"
#include "evaluator/cohort/outputs/page.h"
#include "fmt/format.h"

namespace ringside::cohort {
namespace {

constexpr int kWidth = 440, kHeight = 200, kLeft = 38, kRight = 10, kTop = 12, kBottom = 26;
constexpr int kPlotWidth = kWidth - kLeft - kRight, kPlotHeight = kHeight - kTop - kBottom;

double X(double share) {
  return kLeft + share * kPlotWidth;
}
double Y(double share) {  // from the bottom
  return kTop + (1 - share) * kPlotHeight;
}

std::string Svg(const std::string& inside, std::string_view label) {
  return fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">{}</svg>", kWidth, kHeight,
                     Line(label), inside);
}

std::string GridLine(double y, std::string_view label) {
  return fmt::format(
      "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/><text x=\"{}\" y=\"{:.1f}\" "
      "text-anchor=\"end\">{}</text>",
      kLeft, kWidth - kRight, y, y, kLeft - 7, y + 4, label);
}

std::string ShareAxis() {
  std::string axis;
  for (const double share : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    axis += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"{}\">{}</text>", X(share), kHeight - 8,
                        share == 0   ? "start"
                        : share == 1 ? "end"
                                     : "middle",
                        share);
  }
  return axis;
}

// The least of 1, 2, 5 times a power of ten that four steps of reach `most`.
int64_t StepFor(int64_t most) {
  for (int64_t power = 1;; power *= 10) {
    for (const int64_t step : {power, 2 * power, 5 * power}) {
      if (4 * step >= most) return step;
    }
  }
}

}  // namespace

std::string HistogramFigure(const Histogram& histogram, std::string_view caption, std::string_view what) {
  const int64_t most = std::max<int64_t>(1, *std::max_element(histogram.begin(), histogram.end()));
  const int64_t step = StepFor(most), top = (most + step - 1) / step * step;
  std::string svg;
  for (int64_t count = 0; count <= top; count += step) {
    svg += GridLine(Y(static_cast<double>(count) / static_cast<double>(top)), std::to_string(count));
  }
  for (int bin = 0; bin < kBins; ++bin) {
    const double from = static_cast<double>(bin) / kBins, to = static_cast<double>(bin + 1) / kBins;
    const double height = static_cast<double>(histogram[bin]) / static_cast<double>(top) * kPlotHeight;
    if (histogram[bin] == 0) continue;
    svg += fmt::format(
        "<rect class=\"bar\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"1.5\">"
        "<title>{:.2f} to {:.2f}: {} {}</title></rect>",
        X(from) + 1, kTop + kPlotHeight - height, X(to) - X(from) - 2, height, from, to, histogram[bin],
        Line(what));
  }
  return fmt::format("<figure><figcaption>{}</figcaption>{}</figure>", Line(caption),
                     Svg(svg + ShareAxis(), caption));
}

std::string QuestionsFigure(const std::vector<ItemStatistics>& items, const evaluator::Bank* bank) {
  constexpr std::string_view kCaption = "Questions by facility and discrimination";
  double low = 0;
  int known = 0;
  for (const ItemStatistics& item : items) {
    if (std::isnan(item.discrimination)) continue;
    low = std::min(low, item.discrimination);
    ++known;
  }
  if (known < 2) return "";
  low = std::floor(low * 4) / 4;
  const auto height = [&](double discrimination) { return Y((discrimination - low) / (1 - low)); };
  std::string svg;
  const double step = low < -0.5 ? 0.5 : 0.25;
  for (double at = low; at <= 1 + 1e-9; at += step) svg += GridLine(height(at), Figure(at));
  for (const ItemStatistics& item : items) {
    if (std::isnan(item.discrimination)) continue;
    svg += fmt::format(
        "<circle class=\"dot{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\"><title>{}: facility {:.2f}, "
        "discrimination "
        "{:.2f}</title></circle>",
        item.flags.empty() ? "" : " flagged", X(item.facility), height(item.discrimination),
        Line(TitleOf(bank, item.question), 120), item.facility, item.discrimination);
  }
  return fmt::format("<figure><figcaption>{}</figcaption>{}</figure>", kCaption,
                     Svg(svg + ShareAxis(), kCaption));
}

}  // namespace ringside::cohort
