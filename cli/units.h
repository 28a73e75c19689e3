// Quantities for people. Scripts get plain numbers in base units instead.
#pragma once

#include <cstdint>
#include <string>

namespace ringside::cli {

std::string Grouped(int64_t value);                // 12,345
std::string Mib(int64_t bytes);                    // "53.2"; MiB
std::string Milliseconds(double seconds);          // "48.31"
std::string SignedPercent(double fraction);        // "+3.1 %"
std::string TokensPerSecond(double tokens_per_s);  // "12,345"

}  // namespace ringside::cli
