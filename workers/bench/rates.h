// What this machine's core does at best, measured in the same run as what is held against it, so that a slow
// or busy machine slows both.
#pragma once

#include <memory>
#include <vector>

#include "workers/kernels/kernels.h"

namespace ringside::bench {

// GFLOP/s of C[m,n] = A[m,k] B[n,k]^T in fp32, as the layers of a model call it, at shapes that suit it best.
class GemmRate {
 public:
  explicit GemmRate(kernels::Kernels<float>* kernels);
  // The best of several big shapes, once: about 0.1 s.
  void Sample();
  const std::vector<double>& samples() const { return samples_; }
  double best() const;

 private:
  kernels::Kernels<float>* const kernels_;
  std::vector<float> a_, b_, c_;
  std::vector<double> samples_;
};

// GB/s (10^9 bytes) that pass between a core and memory: four arrays far larger than any cache are read and
// three of them written, as an optimizer's step does. What is written was read, so that nothing is fetched
// beside.
class MemoryRate {
 public:
  MemoryRate();
  void Sample();  // about 0.03 s
  double best() const;
  const std::vector<double>& samples() const { return samples_; }

 private:
  std::vector<float> w_, g_, m_, v_;
  std::vector<double> samples_;
};

}  // namespace ringside::bench
