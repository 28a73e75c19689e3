// GEMM of a library, row-major: the one part of the fast kernels that is not our own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "workers/kernels/kernels.h"
#include "workers/kernels/number.h"

namespace ringside::kernels {

// A matrix as a GEMM reads it: `stride` elements from one stored row to the next.
template <class R>
struct GemmInput {
  const R* data;
  int64_t stride;
  bool transposed;
};

// Products of matrices of R = float, Bf16 or F16, summed in float. One thread at a time.
template <class R>
class GemmApi {
 public:
  virtual ~GemmApi() = default;
  virtual std::string Describe() const = 0;  // library, version, instruction set or core type, threads
  // c [m, n] with `c_stride` = op(a) op(b), or += with accumulate. c is not read without it.
  // REQUIRES: m, n, k in [1, 2^31).
  virtual void Multiply(const GemmInput<R>& a, const GemmInput<R>& b, R* c, int64_t c_stride, int64_t m,
                        int64_t n, int64_t k, bool accumulate) = 0;
  // The same into float; for R = float the same function.
  virtual void MultiplyWide(const GemmInput<R>& a, const GemmInput<R>& b, float* c, int64_t c_stride,
                            int64_t m, int64_t n, int64_t k) = 0;
};

std::unique_ptr<GemmApi<float>> MakeOneDnnGemm(int threads);

// Null where the library has no such products for this CPU.
std::unique_ptr<GemmApi<Bf16>> MakeOneDnnBf16Gemm(int threads);

// UNAVAILABLE: libopenblas cannot be loaded or lacks a symbol. Loads the library on the first call in the
// process, for the core type that suits the CPU (OpenBLAS 0.3.21 takes CPUs it does not know for Haswell
// and then runs at half speed). A core type the user has set in OPENBLAS_CORETYPE is left as it is.
absl::StatusOr<std::unique_ptr<GemmApi<float>>> MakeOpenBlasGemm(int threads);

// As FastKernelOptions says.
absl::StatusOr<std::unique_ptr<GemmApi<float>>> ChooseGemm(const FastKernelOptions& options);

}  // namespace ringside::kernels
