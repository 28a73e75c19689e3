#include <dlfcn.h>
#include <fmt/format.h>
#include <stdlib.h>

#include <optional>

#include "base/check.h"
#include "workers/kernels/cpu/gemm_api.h"

namespace ringside::kernels {
namespace {

// Of cblas.h, which is not included, so that nothing links the library.
constexpr int kRowMajor = 101, kNoTrans = 111, kTrans = 112;
using SgemmFunction = void (*)(int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
                               const float* a, int lda, const float* b, int ldb, float beta, float* c,
                               int ldc);

struct Library {
  SgemmFunction sgemm = nullptr;
  void (*set_num_threads)(int) = nullptr;
  const char* (*config)() = nullptr;
};

// Sets a variable for the time of its life, unless the user has set it.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const char* value) : name_(name), set_(value && getenv(name) == nullptr) {
    if (set_) setenv(name, value, /*overwrite=*/0);
  }
  ~ScopedVariable() {
    if (set_) unsetenv(name_);
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  const char* const name_;
  const bool set_;
};

const char* CoreType() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")) {
    return __builtin_cpu_supports("avx512bf16") ? "COOPERLAKE" : "SKYLAKEX";
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "HASWELL";
#endif
  return nullptr;  // its own choice
}

absl::StatusOr<Library> Load() {
  const ScopedVariable core_type("OPENBLAS_CORETYPE", CoreType());
  // Else it would start a thread for every core when loaded.
  const ScopedVariable num_threads("OPENBLAS_NUM_THREADS", "1");
  void* handle = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    return absl::UnavailableError(fmt::format(
        "kernels: cannot load libopenblas.so.0 ({}); install libopenblas0-pthread or use oneDNN", dlerror()));
  }
  Library library;
  library.sgemm = reinterpret_cast<SgemmFunction>(dlsym(handle, "cblas_sgemm"));
  library.set_num_threads = reinterpret_cast<void (*)(int)>(dlsym(handle, "openblas_set_num_threads"));
  library.config = reinterpret_cast<const char* (*)()>(dlsym(handle, "openblas_get_config"));
  if (!library.sgemm || !library.set_num_threads || !library.config) {
    return absl::UnavailableError("kernels: libopenblas.so.0 lacks cblas_sgemm or openblas_*; use oneDNN");
  }
  return library;
}

class OpenBlasGemm final : public GemmApi<float> {
 public:
  OpenBlasGemm(const Library& library, int threads) : library_(library), threads_(threads) {
    library_.set_num_threads(threads);
  }

  // openblas_get_config names version and core type: "OpenBLAS 0.3.21 ... Cooperlake MAX_THREADS=64".
  std::string Describe() const override {
    return fmt::format("{} ({} thread{})", library_.config(), threads_, threads_ == 1 ? "" : "s");
  }

  void Multiply(const GemmInput<float>& a, const GemmInput<float>& b, float* c, int64_t c_stride, int64_t m,
                int64_t n, int64_t k, bool accumulate) override {
    const auto narrow = [](int64_t value) {
      RINGSIDE_CHECK(value >= 0 && value <= INT32_MAX);
      return static_cast<int>(value);
    };
    library_.sgemm(kRowMajor, a.transposed ? kTrans : kNoTrans, b.transposed ? kTrans : kNoTrans, narrow(m),
                   narrow(n), narrow(k), 1.0f, a.data, narrow(a.stride), b.data, narrow(b.stride),
                   accumulate ? 1.0f : 0.0f, c, narrow(c_stride));
  }

  void MultiplyWide(const GemmInput<float>& a, const GemmInput<float>& b, float* c, int64_t c_stride,
                    int64_t m, int64_t n, int64_t k) override {
    Multiply(a, b, c, c_stride, m, n, k, /*accumulate=*/false);
  }

 private:
  const Library library_;
  const int threads_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<GemmApi<float>>> MakeOpenBlasGemm(int threads) {
  // The library can be loaded, and its core type be chosen, only once a process.
  static const auto* const library = new absl::StatusOr<Library>(Load());
  if (!library->ok()) return library->status();
  return std::make_unique<OpenBlasGemm>(**library, threads);
}

}  // namespace ringside::kernels
