// Counts whose sums and products stop at a limit instead of overflowing: what comes out is either right or
// known to be too many.
#pragma once

#include <algorithm>
#include <cstdint>

namespace ringside::plan {

// REQUIRES: never negative.
struct Count {
  static constexpr int64_t kTooMany = (int64_t{1} << 62) - 1;  // twice that is a number, too

  int64_t value = 0;

  constexpr Count() = default;
  constexpr Count(int64_t n) : value(std::min(n, kTooMany)) {}  // NOLINT: a number is a count
  constexpr bool too_many() const { return value == kTooMany; }

  friend constexpr Count operator+(Count a, Count b) { return a.value + b.value; }
  friend constexpr Count operator*(Count a, Count b) {
    int64_t product = 0;
    return __builtin_mul_overflow(a.value, b.value, &product) ? kTooMany : product;
  }
  // REQUIRES: b is not 0.
  friend constexpr Count operator/(Count a, Count b) { return a.value / b.value; }
};

}  // namespace ringside::plan
