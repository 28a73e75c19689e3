#include <time.h>

#include <algorithm>
#include <vector>

#include "workers/kernels/cpu/gemm_api.h"

namespace ringside::kernels {
namespace {

// OpenBLAS must be this much faster to be taken: two runs on one machine must not differ by noise.
constexpr double kMargin = 1.25;

// CPU time of this thread: other processes on the same core do not count.
double ThreadSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// Seconds for a forward and a weight-gradient product of a GPT-2 sized layer, best of a few, with the
// libraries taking turns so that a busy moment hits both.
std::vector<double> Measure(const std::vector<GemmApi<float>*>& apis) {
  constexpr int64_t kRows = 128, kOut = 512, kIn = 768;
  constexpr int kRepeats = 8;  // the first also warms up
  const std::vector<float> x(kRows * kIn, 0.5f), w(kOut * kIn, 0.25f);
  std::vector<float> y(kRows * kOut), dw(kOut * kIn);
  std::vector<double> best(apis.size(), 1e9);
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    for (size_t i = 0; i < apis.size(); ++i) {
      const double begin = ThreadSeconds();
      apis[i]->Multiply({x.data(), kIn, false}, {w.data(), kIn, true}, y.data(), kOut, kRows, kOut, kIn,
                        false);
      apis[i]->Multiply({y.data(), kOut, true}, {x.data(), kIn, false}, dw.data(), kIn, kOut, kIn, kRows,
                        false);
      best[i] = std::min(best[i], ThreadSeconds() - begin);
    }
  }
  return best;
}

GemmLibrary MeasureFaster() {
  const auto open_blas = MakeOpenBlasGemm(1);
  if (!open_blas.ok()) return GemmLibrary::kOneDnn;
  const auto one_dnn = MakeOneDnnGemm(1);
  const std::vector<double> seconds = Measure({one_dnn.get(), open_blas->get()});
  return seconds[0] > kMargin * seconds[1] ? GemmLibrary::kOpenBlas : GemmLibrary::kOneDnn;
}

}  // namespace

absl::StatusOr<std::unique_ptr<GemmApi<float>>> ChooseGemm(const FastKernelOptions& options) {
  GemmLibrary library = options.gemm;
  if (library == GemmLibrary::kAuto) {
    static const GemmLibrary faster = MeasureFaster();  // a fact about this machine
    library = faster;
  }
  if (library == GemmLibrary::kOpenBlas) return MakeOpenBlasGemm(options.gemm_threads);
  return MakeOneDnnGemm(options.gemm_threads);
}

}  // namespace ringside::kernels
