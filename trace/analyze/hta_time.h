// The times of a file with fractions of microseconds as HolisticTraceAnalysis takes them: whole microseconds,
// starts rounded up, ends down, in double precision like its own, so that the integers are the same. A kernel
// of less than a microsecond may so end before it begins.
#pragma once

#include <cmath>
#include <cstdint>

namespace ringside::trace {

// Of the decimal number, the nearest double. (At 10^15 us, a double of the ns divided by 1000 would round
// twice.)
inline double HtaMicroseconds(int64_t ns) {
  return static_cast<double>(static_cast<long double>(ns) / 1000.0L);
}

inline int64_t RoundUpLikeHta(int64_t ns) {
  return static_cast<int64_t>(std::ceil(HtaMicroseconds(ns))) * 1000;
}

inline void RoundLikeHta(int64_t* begin_ns, int64_t* end_ns) {
  const double end_us = HtaMicroseconds(*begin_ns) + HtaMicroseconds(*end_ns - *begin_ns);
  *begin_ns = RoundUpLikeHta(*begin_ns);
  *end_ns = static_cast<int64_t>(std::floor(end_us)) * 1000;
}

}  // namespace ringside::trace
