// What the claims of an answer are worth, as one figure.
//
//   score = s / (s + 2 c) * min(1, s / kEnough)
// with s the weight of distinct supported claims and c of distinct contradicted ones.
//
// - A wrong figure costs twice what a right one earns: whoever claims must know, and to throw figures does
// not
//   pay below two right ones in three.
// - What cannot be checked counts for nothing either way: neither a broad statement nor a subject that this
//   program does not know is held against an answer.
// - Distinct: what says the same of the same subject counts once, however often it is said.
// - A claim weighs kWeak where it is easily had: arithmetic on its own, bounds ("at least", "less than"), the
//   plan's own settings said again; all weak ones together count kWeakCap at most, so that a dump of trivial
//   truths cannot stand for an argument.
// - kEnough: a handful of right figures that matter is an argument made; more do not raise the score, so
//   length pays nothing.
#pragma once

#include "ringside/v1/claims.pb.h"

namespace ringside::claims {

inline constexpr double kEnough = 4, kWeak = 0.25, kWeakCap = 1;

// Sets `repeated` of the claims, and the counts, score, judged and reason of the report.
void Score(v1::ClaimReport* report);

}  // namespace ringside::claims
