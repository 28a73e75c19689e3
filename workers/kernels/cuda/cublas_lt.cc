#include "workers/kernels/cuda/cublas_lt.h"

#include <fmt/format.h>

#include "base/status_macros.h"
#include "workers/kernels/cuda/shared_library.h"

namespace ringside::kernels::cuda {
namespace {

absl::StatusOr<CublasLt> LoadAll() {
  RINGSIDE_ASSIGN_OR_RETURN(const SharedLibrary library,
                            SharedLibrary::Open(fmt::format("libcublasLt.so.{}", CUBLAS_VER_MAJOR)));
  CublasLt lt{};
  absl::Status status;
  const auto get = [&](const char* name, auto* function) { status.Update(library.Get(name, function)); };
  get("cublasLtCreate", &lt.create);
  get("cublasLtDestroy", &lt.destroy);
  get("cublasLtGetVersion", &lt.get_version);
  get("cublasLtGetStatusString", &lt.get_status_string);
  get("cublasLtMatmulDescCreate", &lt.desc_create);
  get("cublasLtMatmulDescDestroy", &lt.desc_destroy);
  get("cublasLtMatmulDescSetAttribute", &lt.desc_set);
  get("cublasLtMatrixLayoutCreate", &lt.layout_create);
  get("cublasLtMatrixLayoutDestroy", &lt.layout_destroy);
  get("cublasLtMatrixLayoutSetAttribute", &lt.layout_set);
  get("cublasLtMatmulPreferenceCreate", &lt.preference_create);
  get("cublasLtMatmulPreferenceDestroy", &lt.preference_destroy);
  get("cublasLtMatmulPreferenceSetAttribute", &lt.preference_set);
  get("cublasLtMatmulAlgoGetHeuristic", &lt.get_heuristic);
  get("cublasLtMatmul", &lt.matmul);
  RINGSIDE_RETURN_IF_ERROR(status);
  return lt;
}

}  // namespace

absl::StatusOr<const CublasLt*> CublasLt::Load() {
  static const auto* const kLoaded = new absl::StatusOr<CublasLt>(LoadAll());
  RINGSIDE_RETURN_IF_ERROR(kLoaded->status());
  return &**kLoaded;
}

}  // namespace ringside::kernels::cuda
