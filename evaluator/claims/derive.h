// The closed forms: every figure of a plan that follows from its numbers alone. Where a form is an
// approximation, or a term has two meanings, the fact has a range.
//
// Sources: 16 bytes a parameter and the stages of ZeRO, Rajbhandari et al. 2020, arXiv:1910.02054; bubbles,
// Narayanan et al. 2021, arXiv:2104.04473; four all-reduces of a layer, Shoeybi et al. 2019,
// arXiv:1909.08053; 6 operations per parameter and token, Kaplan et al. 2020, arXiv:2001.08361; the rest
// plan/ (derive_test holds them to compiled programs).
#pragma once

#include <vector>

#include "evaluator/claims/facts.h"

namespace ringside::claims {

std::vector<Fact> DeriveFacts(const PlanShape& shape, const Hardware& hardware);

// Parameters of the whole model, and those that the ranks of a stage hold.
double ModelParameters(const PlanShape& shape);
double RankParameters(const PlanShape& shape, int stage);
double EmbeddingParameters(const PlanShape& shape);

// Forward and backward, nothing computed again: 6 N with all products of attention in between. `low`: without
// embeddings and attention, `high`: attention without the causal half left out.
struct FlopsOfToken {
  double value = 0, low = 0, high = 0;
};
FlopsOfToken TokenFlops(const PlanShape& shape);

}  // namespace ringside::claims
