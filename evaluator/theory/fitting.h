// Fitting a model (model.h) to marks by people: the shipped one (fit_grader.cc) and those of a table's own
// marks.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "evaluator/theory/features.h"
#include "evaluator/theory/model.h"

namespace ringside::theory {

struct FitRow {
  size_t question = 0;  // from 0, without large gaps
  Features features{};
  double mark = 0;
};

// Least squares of marks on features, both less their means of the question, so that nothing is learned from
// which questions are hard. Every table weighs the same; every weight keeps the sign that it must have for
// reasons. Ridge: lambda times the squared distance from `prior`, in standard deviations of the features.
// Rows must not be empty.
std::array<double, kFeatures> FitWeights(const std::vector<std::vector<FitRow>>& tables,
                                         const std::array<double, kFeatures>& prior, double lambda);

struct ScaleSample {
  size_t question = 0;  // from 0, without large gaps
  double expected = 0;  // the model's mark
  double length = 0;    // Model::LogWords
  double mark = 0;
};

// mark = offset + slope * expected + per_length * (length - mean_length)
struct Scale {
  double offset = 0, slope = 1, per_length = 0, mean_length = 0;
};

// Least squares within questions, near a slope of 1 and no influence of length; more is never worse. The
// offset makes the means agree. Samples must not be empty.
Scale FitScale(const std::vector<ScaleSample>& samples);

struct FitSample {
  double sum = 0, mark = 0, weight = 0;
};

// Isotonic regression of marks on sums in at most so many bins of equal weight. Needs a sample.
std::vector<Knot> FitKnots(std::vector<FitSample> samples, size_t most);

}  // namespace ringside::theory
