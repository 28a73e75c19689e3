#include "evaluator/debugging/sparkline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace ringside::evaluator {
namespace {

constexpr const char* kMarks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr double kLogarithmRatio = 50;

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
  bool empty() const { return low > high; }
};

Range RangeOf(const std::vector<double>& values) {
  Range range;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    range.low = std::min(range.low, value), range.high = std::max(range.high, value);
  }
  return range;
}

bool ByLogarithm(const Range& range) {
  return !range.empty() && range.low > 0 && range.high > kLogarithmRatio * range.low;
}

}  // namespace

bool DrawnByLogarithm(const std::vector<double>& values) {
  return ByLogarithm(RangeOf(values));
}

std::string Figure4(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return fmt::format("{:.4g}", value == 0 ? 0.0 : value);
}

std::string Sparkline(const std::vector<double>& values, const SparklineOptions& options) {
  if (values.empty() || options.columns == 0) return "";
  Range range = RangeOf(values);
  if (options.low < options.high) range = {options.low, options.high};
  const bool logarithm = ByLogarithm(range);
  const auto place = [&](double value) { return logarithm ? std::log(std::max(value, range.low)) : value; };
  const size_t columns = std::min(options.columns, values.size());
  std::string line;
  for (size_t column = 0; column < columns; ++column) {
    const size_t begin = column * values.size() / columns, end = (column + 1) * values.size() / columns;
    double sum = 0;
    for (size_t i = begin; i < end; ++i) sum += values[i];
    const double mean = sum / static_cast<double>(end - begin);
    if (!std::isfinite(mean)) {
      line += "x";
      continue;
    }
    const double width = place(range.high) - place(range.low);
    const double height = width > 0 ? (place(mean) - place(range.low)) / width : 0;
    line += kMarks[std::clamp(static_cast<int>(height * 8), 0, 7)];
  }
  return line;
}

std::string CurveTable(const std::vector<double>& values, size_t columns) {
  if (values.empty() || columns < 2) return "";
  std::set<size_t> steps;
  for (size_t i = 0; i < columns; ++i) steps.insert(i * (values.size() - 1) / (columns - 1));
  std::string head = "    step ", row = "    value";
  for (const size_t step : steps) {
    head += fmt::format("{:>10}", step);
    row += fmt::format("{:>10}", Figure4(values[step]));
  }
  return head + "\n" + row + "\n";
}

}  // namespace ringside::evaluator
