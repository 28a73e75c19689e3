#include "trace/format.h"

#include <fmt/format.h>

#include <cmath>

namespace ringside::trace {
namespace {

// Three significant digits, never in scientific notation.
std::string Significant(double value) {
  const double magnitude = std::abs(value);
  const int decimals = magnitude < 9.995 ? 2 : magnitude < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f}", value, decimals);
}

}  // namespace

std::string FormatSeconds(double s) {
  const double magnitude = std::abs(s);
  if (!std::isfinite(s)) return "?";
  if (magnitude == 0) return "0";
  if (magnitude < 999.5e-9) return Significant(s * 1e9) + " ns";
  if (magnitude < 999.5e-6) return Significant(s * 1e6) + " us";
  if (magnitude < 999.5e-3) return Significant(s * 1e3) + " ms";
  return Significant(s) + " s";
}

std::string FormatBytes(int64_t bytes) {
  constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB"};
  if (std::abs(bytes) < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  while (std::abs(value) >= 1023.5 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  return Significant(value) + " " + kUnits[unit];
}

std::string FormatPercent(double share) {
  return std::isfinite(share) ? fmt::format("{:.1f} %", share * 100) : "?";
}

std::string FormatCount(double value) {
  if (!std::isfinite(value)) return "?";
  const double magnitude = std::abs(value);
  if (magnitude == 0) return "0";
  if (magnitude < 99.95) return Significant(value);
  if (magnitude < 999.5) return fmt::format("{:.0f}", value);
  if (magnitude < 999'999.5) {
    const auto whole = static_cast<int64_t>(std::llround(value));
    return fmt::format("{},{:03}", whole / 1000, std::abs(whole % 1000));
  }
  return magnitude < 999.5e6 ? Significant(value * 1e-6) + " M" : Significant(value * 1e-9) + " G";
}

}  // namespace ringside::trace
