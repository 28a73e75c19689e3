// Matrix products by cuBLASLt. Its matrices are column-major: a row-major c = op(a) op(b) is its transposed,
// c' = op(b)' op(a)', of the same memory. The algorithm that its heuristic names first is kept per form of
// call; those that add up in the output's type, or in an order that varies, are not allowed.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <memory>
#include <string>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "workers/kernels/cuda/context.h"
#include "workers/kernels/cuda/cublas_lt.h"
#include "workers/kernels/cuda/plain_gemm.h"

namespace ringside::kernels::cuda {

class LtGemm {
 public:
  struct Call {
    GemmShape shape;
    cudaDataType_t type;      // of a, b and bias
    cudaDataType_t out_type;  // of c and pre
    const void* a;
    const void* b;
    const void* bias = nullptr;
    void* c;
    void* pre = nullptr;  // not null: pre = the sum with bias, c = its GELU
    bool accumulate = false;
  };

  // `context` outlives this. UNAVAILABLE: no library.
  static absl::StatusOr<std::unique_ptr<LtGemm>> Make(Context* context);
  ~LtGemm();
  LtGemm(const LtGemm&) = delete;
  LtGemm& operator=(const LtGemm&) = delete;

  // Puts it on the context's stream. False: there is no algorithm, and nothing was done. Errors go to the
  // context.
  bool Run(const Call& call);

  std::string Version() const;

 private:
  // What an algorithm depends on: types, m, n, k, batch and strides, flags, alignments.
  using Key = std::tuple<int, int, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int, int>;
  struct Plan {
    cublasLtMatmulDesc_t desc = nullptr;
    cublasLtMatrixLayout_t a = nullptr, b = nullptr, c = nullptr;  // as cuBLASLt names them
    cublasLtMatmulAlgo_t algo{};
    bool found = false;
  };

  LtGemm(Context* context, const CublasLt* lt, cublasLtHandle_t handle)
      : context_(*context), lt_(*lt), handle_(handle) {}
  static Key KeyOf(const Call& call);
  Plan MakePlan(const Call& call);
  void Check(cublasStatus_t status, const char* name);

  Context& context_;
  const CublasLt& lt_;
  const cublasLtHandle_t handle_;
  absl::flat_hash_map<Key, Plan> plans_;
};

}  // namespace ringside::kernels::cuda
