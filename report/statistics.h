// Statistics of repeats: medians, what is known of them, and random numbers that are the same everywhere.
//
//  Interval of a median: the order statistics x(k) and x(n+1-k), the exact nonparametric interval (Hoefler &
//    Belli 2015, rule 5; binomial with p = 1/2). Few values cannot give 95 %: with n < 6 it is from the
//    smallest to the largest, and `coverage` says what that is worth (n = 3: 75 %).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ringside::report {

// Of an even number of values the mean of the middle two. The values must not be empty.
double Median(std::vector<double> values);

// Nearest rank, `fraction` in [0, 1]. The values must not be empty.
double Quantile(std::vector<double> values, double fraction);

struct Interval {
  double low = 0;
  double high = 0;
  double coverage = 0;  // probability that it holds the median; 0: one value says nothing
};

// The narrowest pair of order statistics whose coverage is at least `coverage`, or all values.
Interval MedianInterval(std::vector<double> values, double coverage = 0.95);

// SplitMix64 (Steele, Lea & Flood 2014).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next();
  // Uniform in [0, below); `below` > 0 and far smaller than 2^32.
  size_t Below(size_t below) { return static_cast<size_t>(((Next() >> 32) * below) >> 32); }

 private:
  uint64_t state_;
};

}  // namespace ringside::report
