// Rates of interruption of runs that were written about.
#pragma once

#include <string_view>

namespace ringside::sim {

struct PublishedFailures {
  std::string_view name;
  std::string_view source;
  double gpus = 0;
  double days = 0;
  double unexpected = 0;  // interruptions
  double planned = 0;
  double gpu_hours_per_interruption() const { return gpus * days * 24 / unexpected; }
};

// "... we experienced a total of 466 job interruptions": 47 planned, 419 unexpected; more than 90 % of
// effective training time.
inline constexpr PublishedFailures kLlama3 = {
    "llama3-405b", "arXiv:2407.21783, section 3.3.4", 16384, 54, 419, 47};

}  // namespace ringside::sim
