// The built-in synthetic language: what a scenario trains on when it brings no text. A seeded order-1
// Markov chain in which a token has few likely successors and some tokens are far more frequent than
// others, so that a small transformer's loss falls fast: first to the entropy of the token frequencies,
// then to that of the successors.
//
// A token is followed by one of its kSuccessors successors with the probabilities kSuccessorWeights / 16, or
// else (1/16) by any token. Successors and restarts favour low token ids: floor(vocab * u^3), u uniform.
// A sample is a function of (seed, sample index) alone: any rank draws any sample, in any order.
#pragma once

#include <cstdint>

namespace ringside::kernels {

inline constexpr int kSuccessors = 4;
inline constexpr int kSuccessorWeights[kSuccessors] = {8, 4, 2, 1};  // of 16

// The successor in `slot` (0..kSuccessors - 1) of `token` in the language of `seed`.
int32_t Successor(uint64_t seed, int32_t token, int slot, int64_t vocab);

// tokens [T], targets [T]: targets[t] is the token after tokens[t]. Both in [0, vocab).
// REQUIRES: 1 <= vocab < 2^31, sample >= 0.
void FillSample(int32_t* tokens, int32_t* targets, int64_t seq_len, int64_t sample, int64_t vocab,
                uint64_t seed);

}  // namespace ringside::kernels
