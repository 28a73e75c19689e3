// A curve as one line of text, and as a few columns of figures.
#pragma once

#include <string>
#include <vector>

namespace ringside::evaluator {

struct SparklineOptions {
  size_t columns = 60;  // at most; steps that share one are averaged
  // The range that the lowest and the highest mark stand for; equal: that of the values. Two curves under one
  // range can be compared.
  double low = 0, high = 0;
};

// Eight heights. A column with a value that is not finite is an 'x'. Where the largest value is more than
// fifty times the smallest and both are positive, heights are by the logarithm.
std::string Sparkline(const std::vector<double>& values, const SparklineOptions& options = {});

// Is the curve drawn by its logarithm?
bool DrawnByLogarithm(const std::vector<double>& values);

// Four significant digits; "inf", "nan".
std::string Figure4(double value);

// Two lines, indented: steps and the values at them, at most `columns` of them, the first and the last
// included.
std::string CurveTable(const std::vector<double>& values, size_t columns = 8);

}  // namespace ringside::evaluator
