// The most of the best matrix-multiply rate that a step can reach.
#pragma once

#include <string>

#include "plan/compile.h"

namespace ringside::bench {

// From below: all model FLOPs at the best rate of a product, then the optimizer's traffic with memory at the
// best rate of that. Everything else (attention's softmax, norms, activations, the cross-entropy) is taken as
// free, because what it reads may still be in a cache.
struct Limit {
  double gemm_s = 0;
  double optimizer_bytes = 0, optimizer_s = 0;

  double share() const { return gemm_s / (gemm_s + optimizer_s); }
  std::string Text() const;  // "limit 95.2 %: 1.766 s of products, 0.088 s for the 3.49 GB of AdamW"
};

// AdamW reads weight, gradient and two moments and writes all but the gradient: 28 bytes a parameter in fp32,
// and as many in bf16, where the weight is kept twice.
Limit LimitOf(const plan::Resolved& resolved, const plan::Program& program, double best_gflops,
              double best_gb_per_s);

}  // namespace ringside::bench
