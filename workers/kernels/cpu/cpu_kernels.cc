#include "workers/kernels/cpu/cpu_kernels.h"

#include <fmt/format.h>

#include <algorithm>

#include "workers/kernels/random.h"
#include "workers/kernels/synthetic_data.h"

namespace ringside::kernels {
namespace {

// What the compiler was allowed to use for everything but the GEMMs.
const char* CompiledFor() {
#if defined(__AVX512F__)
  return "avx512";
#elif defined(__AVX2__)
  return "avx2";
#else
  return "the baseline of the architecture";
#endif
}

}  // namespace

std::string CpuKernels::Describe() const {
  return fmt::format("cpu f32: {}; own loops for {}", gemm_->Describe(), CompiledFor());
}

void CpuKernels::LoadBatch(int32_t* tokens, int32_t* targets, int64_t batch, int64_t seq_len,
                           int64_t first_sample, int64_t vocab, uint64_t seed) {
  FillBatch(tokens, targets, batch, seq_len, first_sample, vocab, seed);
}

void CpuKernels::Fill(float* out, int64_t n, double value) {
  std::fill_n(out, n, static_cast<float>(value));
}

void CpuKernels::InitNormal(float* out, int64_t param_id, int64_t outer, int64_t mid_total, int64_t mid_begin,
                            int64_t mid_count, int64_t inner, double stddev, uint64_t seed) {
  FillNormal(out, param_id, outer, mid_total, mid_begin, mid_count, inner, stddev, seed);
}

void CpuKernels::Reduce(float* into, const float* from, int64_t n, bool max) {
  if (max) {
    for (int64_t i = 0; i < n; ++i) into[i] = from[i] > into[i] ? from[i] : into[i];
  } else {
    for (int64_t i = 0; i < n; ++i) into[i] += from[i];
  }
}

absl::StatusOr<std::unique_ptr<Kernels<float>>> MakeFastKernels(const FastKernelOptions& options) {
  auto gemm = ChooseGemm(options);
  if (!gemm.ok()) return gemm.status();
  return std::make_unique<CpuKernels>(*std::move(gemm));
}

}  // namespace ringside::kernels
