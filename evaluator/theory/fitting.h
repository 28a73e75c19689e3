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

struct FitSample {
  double sum = 0, mark = 0, weight = 0;
};

// Isotonic regression of marks on sums in at most so many bins of equal weight. Needs a sample.
std::vector<Knot> FitKnots(std::vector<FitSample> samples, size_t most);

}  // namespace ringside::theory
