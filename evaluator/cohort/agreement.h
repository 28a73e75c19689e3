// How far scores agree with the marks of people: the figures that grading studies report.
//
//  pearson       product-moment correlation
//  partial       Pearson given the answer's length: the correlation of what is left of score and mark when
//                log(1 + words) is taken out of both. Long answers get better marks from people, too; a
//                grader that only counts words has a high pearson and a partial of 0.
//  rmse          of score against mark
//  kappa, qwk    Cohen's kappa, unweighted and quadratically weighted (Cohen 1960, 1968), of both cut into
//                `levels` equal steps of 0..1
// A figure that is not defined (fewer than 2 answers, no spread, all in one level) is NaN.
#pragma once

#include <cstdint>
#include <vector>

namespace ringside::cohort {

class Agreement {
 public:
  // `levels` >= 2: 0, 1/(levels-1), ..., 1.
  explicit Agreement(int levels = 5);

  void Add(double score, double mark, int words);
  int64_t count() const { return count_; }
  double pearson() const;
  double partial() const;
  double rmse() const;
  double kappa() const { return Kappa(/*quadratic=*/false); }
  double qwk() const { return Kappa(/*quadratic=*/true); }

 private:
  enum Variable { kScore, kMark, kLength, kVariables };
  double Correlation(Variable a, Variable b) const;
  double Kappa(bool quadratic) const;

  const int levels_;
  int64_t count_ = 0;
  double sum_[kVariables] = {}, product_[kVariables][kVariables] = {}, squared_error_ = 0;
  std::vector<int64_t> confusion_;  // levels_ x levels_, by mark and score
};

}  // namespace ringside::cohort
