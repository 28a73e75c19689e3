#include <dnnl.h>
#include <omp.h>

#include "base/check.h"
#include "workers/kernels/cpu/gemm_api.h"
#include "workers/kernels/cpu/onednn_isa.h"

namespace ringside::kernels {
namespace {

class OneDnnGemm final : public GemmApi<float> {
 public:
  explicit OneDnnGemm(int threads) : threads_(threads) {}

  std::string Describe() const override { return DescribeOneDnn(threads_); }

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
