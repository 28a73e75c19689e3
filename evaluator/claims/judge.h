// Whether a stated figure agrees with what is known.
//
// What is allowed: half of the last digit that was given, but no less than
//   kExactFloor of an exact figure (people round as they like: 81 for 80.9, 13 for 13.0),
//   kWordFloor where it is given in words ("twice", "a third"),
//   kAboutBand where it is called approximate,
//   0 of a count ("16 micro-batches", "four all-reduces"),
// and on top the figure's own error: a noise band of a measured one, the simulator's of a simulated one
// (sim/analytic/evidence.h). Beyond that a simulated or measured figure contradicts only from twice its error
// on, an approximate statement from kAboutLimit on; between the two it is too close to say.
#pragma once

#include <string>
#include <vector>

#include "evaluator/claims/facts.h"
#include "evaluator/claims/figures.h"

namespace ringside::claims {

inline constexpr double kExactFloor = 0.02, kWordFloor = 0.10, kAboutBand = 0.15, kAboutLimit = 0.20;
// A bound that is further from the truth than this factor says nothing; what is further off than kAbsurd is
// hardly meant of it.
inline constexpr double kFarBound = 2.5, kAbsurd = 3000;
inline constexpr double kZeroShare = 0.005;  // "no bubble" is less than that

struct Judgement {
  v1::ClaimVerdict verdict = v1::CLAIM_VERDICT_NOT_CHECKABLE;
  int fact = -1;         // of those given, the one that the verdict stands on
  double deviation = 0;  // relative, beyond the fact's range
  double tolerance = 0;  // relative
  double stated = 0, stated_high = 0;
};

// `factors`: further readings of the figure, each instead of its number (a factor of "18x slower" is 1/18).
// `negated`: it is said not to be so. Facts whose unit is not the figure's are ignored.
Judgement Judge(const Figure& figure, size_t unit, const std::vector<double>& factors, bool negated,
                const std::vector<Fact>& facts);

}  // namespace ringside::claims
