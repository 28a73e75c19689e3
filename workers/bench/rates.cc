#include "workers/bench/rates.h"

#include <algorithm>
#include <chrono>

namespace ringside::bench {
namespace {

constexpr int64_t kGemmRows = 1024, kGemmDepth = 1024, kGemmMostColumns = 2048;
constexpr int64_t kArrayElems = int64_t{24} << 20;  // 96 MiB, four of them

double Seconds(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

void Stream(float* __restrict w, const float* __restrict g, float* __restrict m, float* __restrict v,
            int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    m[i] += 0.5f * g[i];
    v[i] += 0.25f * g[i];
    w[i] -= m[i] + v[i];
  }
}

}  // namespace

GemmRate::GemmRate(kernels::Kernels<float>* kernels)
    : kernels_(kernels),
      a_(kGemmRows * kGemmDepth, 0.5f),
      b_(kGemmMostColumns * kGemmDepth, 0.25f),
      c_(kGemmRows * kGemmMostColumns, 0.0f) {}

void GemmRate::Sample() {
  double best = 0;
  for (int64_t n : {int64_t{1024}, int64_t{1536}, kGemmMostColumns}) {
    const auto start = std::chrono::steady_clock::now();
    kernels_->Gemm(a_.data(), b_.data(), nullptr, c_.data(), nullptr, kGemmRows, n, kGemmDepth, false, true,
                   false);
    best = std::max(best, 2e-9 * static_cast<double>(kGemmRows * n * kGemmDepth) / Seconds(start));
  }
  samples_.push_back(best);
}

double GemmRate::best() const {
  return *std::max_element(samples_.begin(), samples_.end());
}

MemoryRate::MemoryRate()
    : w_(kArrayElems, 1), g_(kArrayElems, 1e-3f), m_(kArrayElems, 0), v_(kArrayElems, 0) {}

void MemoryRate::Sample() {
  const auto start = std::chrono::steady_clock::now();
  Stream(w_.data(), g_.data(), m_.data(), v_.data(), kArrayElems);
  constexpr double kBytes = 7.0 * sizeof(float) * kArrayElems;
  samples_.push_back(1e-9 * kBytes / Seconds(start));
}

double MemoryRate::best() const {
  return *std::max_element(samples_.begin(), samples_.end());
}

}  // namespace ringside::bench
