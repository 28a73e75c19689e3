#include <dnnl.h>
#include <fmt/format.h>
#include <omp.h>

#include "base/check.h"
#include "workers/kernels/cpu/gemm_api.h"

namespace ringside::kernels {
namespace {

const char* IsaName(dnnl_cpu_isa_t isa) {
  switch (isa) {
    case dnnl_cpu_isa_sse41:
      return "sse4.1";
    case dnnl_cpu_isa_avx:
      return "avx";
    case dnnl_cpu_isa_avx2:
      return "avx2";
    case dnnl_cpu_isa_avx2_vnni:
      return "avx2 vnni";
    case dnnl_cpu_isa_avx512_core:
      return "avx512";
    case dnnl_cpu_isa_avx512_core_vnni:
      return "avx512 vnni";
    case dnnl_cpu_isa_avx512_core_bf16:
      return "avx512 bf16";
    case dnnl_cpu_isa_avx512_core_amx:
      return "avx512 amx";
    default:
      return "other isa";
  }
}

class OneDnnGemm final : public GemmApi<float> {
 public:
  explicit OneDnnGemm(int threads) : threads_(threads) {}

  std::string Describe() const override {
    const dnnl_version_t* version = dnnl_version();
    return fmt::format("oneDNN {}.{}.{} ({}, {} thread{})", version->major, version->minor, version->patch,
                       IsaName(dnnl_get_effective_cpu_isa()), threads_, threads_ == 1 ? "" : "s");
  }

  void Multiply(const GemmInput<float>& a, const GemmInput<float>& b, float* c, int64_t c_stride, int64_t m,
                int64_t n, int64_t k, bool accumulate) override {
    omp_set_num_threads(threads_);  // a property of the calling thread, so set on each call
    const dnnl_status_t status =
        dnnl_sgemm(a.transposed ? 'T' : 'N', b.transposed ? 'T' : 'N', m, n, k, 1.0f, a.data, a.stride,
                   b.data, b.stride, accumulate ? 1.0f : 0.0f, c, c_stride);
    RINGSIDE_CHECK(status == dnnl_success);
  }

  void MultiplyWide(const GemmInput<float>& a, const GemmInput<float>& b, float* c, int64_t c_stride,
                    int64_t m, int64_t n, int64_t k) override {
    Multiply(a, b, c, c_stride, m, n, k, /*accumulate=*/false);
  }

 private:
  const int threads_;
};

}  // namespace

std::unique_ptr<GemmApi<float>> MakeOneDnnGemm(int threads) {
  return std::make_unique<OneDnnGemm>(threads);
}

}  // namespace ringside::kernels
