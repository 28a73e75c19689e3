#include "trace/charts_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "trace/axis.h"
#include "trace/format.h"
#include "trace/svg_canvas.h"

namespace ringside::trace {
namespace {

constexpr double kRight = 90;  // figures behind the bars
constexpr double kTop = 40;

struct Part {
  std::string what;  // picks fill and legend
  double s = 0;
};

// Means over ranks, in the order in which they are stacked.
std::vector<Part> PartsOf(const RunSummary& summary) {
  std::vector<Part> parts = {{"compute"}, {"dp"},     {"tp"},   {"pp"},   {"cp"},
                             {"ep"},      {"bubble"}, {"skew"}, {"other"}};
  const auto add = [&](std::string_view what, double s) {
    for (Part& part : parts) {
      if (part.what == what) part.s += s / static_cast<double>(summary.ranks.size());
    }
  };
  for (const RankSummary& rank : summary.ranks) {
    add("compute", rank.compute_s);
    add("bubble", rank.bubble_s);
    add("skew", rank.skew_s);
    add("other", rank.other_s);
    for (const auto& [axis, s] : rank.exposed_comm_by_axis_s) add(FamilyOf(axis), s);
  }
  return parts;
}

std::string NameOf(const std::string& what) {
  if (what == "compute" || what == "other") return what;
  if (what == "bubble") return "pipeline bubble";
  if (what == "skew") return "late members (skew)";
  return "exposed " + what;
}

double LabelWidth(const std::vector<ChartRun>& runs, double least) {
  double width = least;
  for (const ChartRun& run : runs) width = std::max(width, TextWidth(run.label, 13) + 95);
  return width;
}

// Legend items in rows; returns the y of the last row.
class LegendRow {
 public:
  LegendRow(double y, SvgCanvas* canvas) : y_(y), canvas_(canvas) {}
  void Add(std::string_view fill, std::string_view name) {
    if (x_ + 19 + TextWidth(name) > canvas_->width() - 10) {
      x_ = 10;
      y_ += 20;
    }
    x_ = canvas_->Legend(x_, y_, fill, name);
  }
  double y() const { return y_; }

 private:
  double x_ = 10;
  double y_;
  SvgCanvas* canvas_;
};

void PaintGrid(double left, double px_per_unit, double range, double top, double bottom, double unit,
               const std::string& unit_name, SvgCanvas* canvas) {
  const double step = svg::NiceStep(range / unit, 8);
  const int decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 6);
  for (int i = 0; i * step * unit <= range * (1 + 1e-9); ++i) {
    const double x = left + i * step * unit * px_per_unit;
    canvas->Line(x, top, x, bottom, svg::kGrid);
    canvas->Text(x, bottom + 14, fmt::format("{:.{}f}{}", i * step, decimals, i == 0 ? " " + unit_name : ""),
                 {.size = 11, .fill = svg::kFaint, .anchor = Anchor::kMiddle});
  }
}

const RunSummary* MemoryOf(const ChartRun& run) {
  return run.measured != nullptr ? run.measured : run.predicted;
}

int64_t StackOf(const RankSummary& rank) {
  int64_t sum = 0;
  for (const auto& [category, bytes] : rank.peak_bytes) sum += bytes;
  return std::max(sum, rank.peak_total_bytes);
}

// What persists first, what comes and goes behind it.
constexpr std::array<const char*, 6> kCategories = {"weights",     "gradients",     "optimizer",
                                                    "activations", "communication", "workspace"};

}  // namespace

std::string TimeSplitChartSvg(const std::vector<ChartRun>& runs, const ChartOptions& options) {
  constexpr double kBar = 18, kGap = 4, kRunGap = 16;
  const std::string title =
      options.title.empty() ? "Where a step's time goes (mean over ranks)" : options.title;
  SvgCanvas canvas(options.id, options.width_px, title,
                   "Stacked bars: measured time of a step, predicted below it");
  canvas.Text(10, 22, title, {.size = 14, .bold = true});
  double longest = 0, bottom = kTop;
  for (const ChartRun& run : runs) {
    for (const RunSummary* summary : {run.measured, run.predicted}) {
      if (summary == nullptr || summary->ranks.empty()) continue;
      double sum = 0;
      for (const Part& part : PartsOf(*summary)) sum += part.s;
      longest = std::max(longest, sum);
      bottom += kBar + kGap;
    }
    bottom += kRunGap;
  }
  bottom -= kRunGap / 2;
  const double left = LabelWidth(runs, 140);
  const double px_per_s = longest > 0 ? (options.width_px - left - kRight) / longest : 0;
  PaintGrid(left, px_per_s, longest, kTop - 8, bottom, 1e-3, "ms", &canvas);
  std::map<std::string, double> seen;
  double y = kTop;
  for (const ChartRun& run : runs) {
    canvas.Text(10, y + 13.5, run.label, {.size = 13, .bold = true});
    for (const bool measured : {true, false}) {
      const RunSummary* summary = measured ? run.measured : run.predicted;
      if (summary == nullptr || summary->ranks.empty()) continue;
      const char* origin = measured ? "measured" : "predicted";
      canvas.Text(left - 8, y + 13, origin, {.size = 11, .fill = svg::kFaint, .anchor = Anchor::kEnd});
      double x = left, sum = 0;
      for (const Part& part : PartsOf(*summary)) {
        sum += part.s;
        if (part.s <= 0) continue;
        const double width = part.s * px_per_s;
        canvas.Rect(
            x, y, width, kBar, canvas.Hatch(part.what),
            fmt::format("{}, {}: {} {}", run.label, origin, NameOf(part.what), FormatSeconds(part.s)));
        if (part.what == "compute" && width > 60) {
          canvas.Text(x + 6, y + 13, FormatSeconds(part.s), {.size = 11, .fill = "#ffffff"});
        }
        x += width;
        seen[part.what] += part.s;
      }
      canvas.Text(x + 6, y + 13, FormatSeconds(sum), {.size = 12, .bold = measured, .halo = true});
      y += kBar + kGap;
    }
    y += kRunGap;
  }
  LegendRow legend(bottom + 40, &canvas);
  for (const Part& part : PartsOf(RunSummary{.ranks = {RankSummary{}}})) {
    if (seen.contains(part.what)) legend.Add(canvas.Hatch(part.what), NameOf(part.what));
  }
  return std::move(canvas).Finish(legend.y() + 14);
}

std::string MemoryChartSvg(const std::vector<ChartRun>& runs, const ChartOptions& options) {
  constexpr double kBar = 14, kGap = 3, kRunGap = 14;
  const std::string title = options.title.empty() ? "Peak memory by category, rank by rank" : options.title;
  SvgCanvas canvas(options.id, options.width_px, title,
                   "Stacked bars: high-water mark of each category on each rank");
  canvas.Text(10, 22, title, {.size = 14, .bold = true});
  int64_t most = options.limit_bytes;
  double bottom = kTop;
  for (const ChartRun& run : runs) {
    if (MemoryOf(run) == nullptr) continue;
    for (const RankSummary& rank : MemoryOf(run)->ranks) {
      most = std::max(most, StackOf(rank));
      bottom += kBar + kGap;
    }
    bottom += kRunGap;
  }
  bottom -= kRunGap / 2;
  const double left = LabelWidth(runs, 120);
  const double px_per_byte = most > 0 ? (options.width_px - left - kRight) / static_cast<double>(most) : 0;
  const bool kib = most < 2 << 20;
  PaintGrid(left, px_per_byte, static_cast<double>(most), kTop - 8, bottom, kib ? 1024 : 1 << 20,
            kib ? "KiB" : "MiB", &canvas);
  if (options.limit_bytes > 0) {
    const double x = left + static_cast<double>(options.limit_bytes) * px_per_byte;
    canvas.Line(x, kTop - 8, x, bottom, "#b42318", 2);
    canvas.Text(x - 6, kTop - 12, "limit " + FormatBytes(options.limit_bytes),
                {.size = 11, .fill = "#b42318", .anchor = Anchor::kEnd});
  }
  std::map<std::string, int64_t> seen;
  double y = kTop;
  for (const ChartRun& run : runs) {
    if (MemoryOf(run) == nullptr) continue;
    canvas.Text(10, y + 11.5, run.label, {.size = 13, .bold = true});
    for (const RankSummary& rank : MemoryOf(run)->ranks) {
      canvas.Text(left - 8, y + 11, fmt::format("rank {}", rank.rank),
                  {.size = 11, .fill = svg::kFaint, .anchor = Anchor::kEnd});
      double x = left;
      for (const char* category : kCategories) {
        const auto it = rank.peak_bytes.find(category);
        if (it == rank.peak_bytes.end() || it->second <= 0) continue;
        const double width = static_cast<double>(it->second) * px_per_byte;
        canvas.Rect(
            x, y, width, kBar, svg::ColourOfCategory(category),
            fmt::format("{}, rank {}: {} {}", run.label, rank.rank, category, FormatBytes(it->second)));
        x += width;
        seen[category] += it->second;
      }
      const double total_x = left + static_cast<double>(rank.peak_total_bytes) * px_per_byte;
      canvas.Line(total_x, y - 2, total_x, y + kBar + 2, svg::kInk, 2);
      canvas.Text(std::max(x, total_x) + 6, y + 11.5, FormatBytes(rank.peak_total_bytes),
                  {.size = 12, .halo = true});
      y += kBar + kGap;
    }
    y += kRunGap;
  }
  LegendRow legend(bottom + 40, &canvas);
  for (const char* category : kCategories) {
    if (seen.contains(category)) legend.Add(svg::ColourOfCategory(category), category);
  }
  legend.Add(svg::kInk, "peak of the sum");
  return std::move(canvas).Finish(legend.y() + 14);
}

}  // namespace ringside::trace
