// Needs no GPU: cuBLASLt has every function that is called.
#include "workers/kernels/cuda/cublas_lt.h"

#include <gtest/gtest.h>

namespace ringside::kernels::cuda {
namespace {

TEST(CublasLtTest, HasWhatIsCalled) {
  const auto lt = CublasLt::Load();
  if (!lt.ok() && lt.status().message().find("cannot be loaded") != std::string::npos) {
    GTEST_SKIP() << lt.status();
  }
  ASSERT_TRUE(lt.ok()) << lt.status();
  EXPECT_GE((*lt)->get_version(), 110000u);
}

}  // namespace
}  // namespace ringside::kernels::cuda
