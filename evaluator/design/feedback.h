// What a candidate is told beside the score: what was good, what to do next, what to be asked next.
#pragma once

#include "ringside/v1/design.pb.h"

namespace ringside::evaluator {

inline constexpr double kStrongArea = 0.9, kWeakArea = 0.75;
inline constexpr double kStrongTotal = 0.8, kWeakTotal = 0.6;  // which follow-ups are put
inline constexpr int kMostStrengths = 3, kMostImprovements = 4;

// Fills in strengths (areas from kStrongArea on), improvements (areas below kWeakArea, the costliest first,
// each with what to do), follow-ups and resources of a card that has its areas, counterfactuals and total.
void AddFeedback(const v1::DesignQuestion& question, v1::Scorecard& card);

}  // namespace ringside::evaluator
