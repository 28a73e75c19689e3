#include "cli/units.h"

#include <cmath>

#include "fmt/format.h"

namespace ringside::cli {

std::string Grouped(int64_t value) {
  std::string digits = fmt::to_string(value < 0 ? -value : value);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) digits.insert(at, 1, ',');
  if (value < 0) digits.insert(digits.begin(), '-');
  return digits;
}

std::string Mib(int64_t bytes) {
  return fmt::format("{:.1f}", static_cast<double>(bytes) / (1024.0 * 1024.0));
}

std::string Milliseconds(double seconds) {
  return fmt::format("{:.1f}", seconds * 1e3);
}

std::string SignedPercent(double fraction) {
  return fmt::format("{:+.1f} %", fraction * 100);
}

std::string TokensPerSecond(double tokens_per_s) {
  return Grouped(std::llround(tokens_per_s));
}

}  // namespace ringside::cli
