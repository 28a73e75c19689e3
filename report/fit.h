// A law for the step time over the number of ranks, fitted to the measured points, and where it breaks.
//
// Candidate laws, T(p) a non-negative combination of a few terms:
//   strong   Amdahl 1967            a + b/p            (a: what every rank does, b: what is shared)
//            with ring latency      a + b/p + c(p-1)   alpha-beta law of a ring all-reduce: 2(p-1) alpha
//            with tree latency      a + b/p + c log2 p (its bandwidth term 2 n/B (p-1)/p is in a and b
//            already)
//   weak     constant               a
//            ring all-reduce        a + c(p-1)/p       alpha-beta, bandwidth-bound: 2 n/B (p-1)/p
//            ring latency           a + c(p-1)
//            tree latency           a + c log2 p
// Least squares of relative errors. A law needs more points than terms to be chosen by its error on points
// that were left out one at a time; of laws within 10 % of the best error the one with fewest terms is taken.
// Where points are too few for that, the law with as many terms as there are points at most is used and
// `checked` is false: it then goes through every point and proves nothing.
//
// It breaks at the first point that is further than `tolerance` from the law fitted to all smaller points.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace ringside::report {

enum class Scaling { kStrong, kWeak };

struct FitPoint {
  int ranks = 0;
  double step_s = 0;
};

struct FittedLaw {
  std::string name;                      // "Amdahl"
  std::string formula;                   // "T(p) = 1.2 ms + 3.4 ms / p"
  std::vector<double> coefficients_s;    // of its terms
  std::vector<double> residuals;         // predicted / measured - 1, by point
  std::optional<double> left_out_error;  // root mean square relative error on points left out
  bool checked = false;
  // The first point that the smaller ones do not foretell, and by how much (predicted / measured - 1).
  std::optional<int> breaks_at_ranks;
  double break_error = 0;

  double At(double ranks) const;  // seconds; between the points, too
  int law = 0;                    // which; for At
};

// Points ascend in ranks, at least two. INVALID_ARGUMENT otherwise, and for times that are not positive.
absl::StatusOr<FittedLaw> FitLaw(Scaling scaling, const std::vector<FitPoint>& points,
                                 double tolerance = 0.1);

}  // namespace ringside::report
