// Figures as people read them: three significant digits and a unit.
#pragma once

#include <cstdint>
#include <string>

namespace ringside::trace {

std::string FormatSeconds(double s);      // "1.23 s", "45.6 ms", "789 us", "12 ns"
std::string FormatBytes(int64_t bytes);   // "512 B", "1.50 MiB" (2^20)
std::string FormatPercent(double share);  // 0.123 -> "12.3 %"
std::string FormatCount(double value);    // "987", "1,234", "12.3 M"

}  // namespace ringside::trace
