// GPT-2 written down a second time, in plain double loops and without a program, kernels or parallelism: the
// independent witness of what the compiled programs compute. Forward only; gradients come from it by
// finite differences.
#pragma once

#include <map>
#include <vector>

#include "tests/parity/gather.h"

namespace ringside::parity {

struct NaiveGpt {
  int layers, hidden, heads, ffn_hidden, vocab, seq_len;

  // Mean cross-entropy over all tokens of `sequences` (each seq_len tokens) against `targets`. `model` holds
  // the weights by parameter id: wte 0, wpe 1, 12 a block from 2, final norm last.
  double Loss(const std::map<int, Tensor>& model, const std::vector<std::vector<int>>& sequences,
              const std::vector<std::vector<int>>& targets) const;
};

}  // namespace ringside::parity
