#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "workers/kernels/cpu/gemm_api.h"

namespace ringside::kernels {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

std::string DescribeFast(GemmLibrary library) {
  FastKernelOptions options;
  options.gemm = library;
  const auto kernels = MakeFastKernels(options);
  return kernels.ok() ? (*kernels)->Describe() : kernels.status().ToString();
}

TEST(ChooseGemmTest, AnExplicitLibraryIsTaken) {
  EXPECT_THAT(DescribeFast(GemmLibrary::kOneDnn), HasSubstr("oneDNN"));
  if (MakeOpenBlasGemm(1).ok()) {
    EXPECT_THAT(DescribeFast(GemmLibrary::kOpenBlas), HasSubstr("OpenBLAS"));
  } else {
    EXPECT_THAT(DescribeFast(GemmLibrary::kOpenBlas), HasSubstr("UNAVAILABLE"));
  }
}

TEST(ChooseGemmTest, AutoTakesOneAndStaysWithIt) {
  const std::string first = DescribeFast(GemmLibrary::kAuto);
  EXPECT_THAT(first, AnyOf(HasSubstr("oneDNN"), HasSubstr("OpenBLAS")));
  EXPECT_EQ(DescribeFast(GemmLibrary::kAuto), first);
}

// OpenBLAS 0.3.21 by itself takes an unknown AVX-512 CPU for Haswell, and then runs at half speed.
TEST(ChooseGemmTest, OpenBlasUsesAvx512WhereThereIs) {
  const auto open_blas = MakeOpenBlasGemm(1);
  if (!open_blas.ok()) GTEST_SKIP() << open_blas.status().ToString();
  EXPECT_EQ(getenv("OPENBLAS_CORETYPE"), nullptr) << "set by the user, or left behind";
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx512vl")) GTEST_SKIP() << "no AVX-512 on this CPU";
  EXPECT_THAT((*open_blas)->Describe(), AnyOf(HasSubstr("SkylakeX"), HasSubstr("Cooperlake")));
#endif
}

}  // namespace
}  // namespace ringside::kernels
