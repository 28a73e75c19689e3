// What one layer costs for one micro-batch on one device: kernels by the laws of sim/gpu, communication of
// tensor, context and expert parallelism, and what the host needs to enqueue it.
#pragma once

#include "sim/analytic/problem.h"

namespace ringside::sim::analytic {

// Seconds. What communication hides behind kernels of the same layer is already taken off `comm`, and what it
// slows down there is in `overlap`.
struct PassCost {
  double gemm = 0, attention = 0, elementwise = 0, comm = 0, overlap = 0, host = 0;
  double kernels() const { return gemm + attention + elementwise + overlap; }
  // Kernels wait for the host where it is slower; both queue over many layers, so that the larger counts.
  double total() const;
  PassCost& operator+=(const PassCost& other);
  PassCost Times(double factor) const;
};

struct BlockCost {
  PassCost forward, backward;  // backward includes recomputation
};

enum class Layer { kDense, kExpert };
BlockCost CostOfLayer(const Problem& problem, Layer layer);

// Embedding (first stage), and last norm, output product and loss (last stage).
BlockCost CostOfEmbedding(const Problem& problem);
BlockCost CostOfHead(const Problem& problem);

}  // namespace ringside::sim::analytic
