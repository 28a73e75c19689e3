#include "trace/analyze/kernel_class.h"

#include "gtest/gtest.h"

namespace ringside::trace {
namespace {

TEST(KernelClasses, KnowsNamesOfManyReleases) {
  const KernelClasses classes = KernelClasses::Default();
  for (const char* name :
       {"ncclKernel_AllReduce_RING_LL_Sum_float(ncclWorkElem)", "ncclDevKernel_Generic(x)",
        "void ncclDevKernel_AllGather_RING_LL(ncclDevKernelArgsStorage<4096ul>)",
        "void dpsk::ep::dispatch<4>(int)", "void deep_ep::internode::combine()", "nvshmemi_proxy_kernel",
        "void cross_device_reduce_1stage<float, 2>(RankData*)", "multimem_one_shot_all_reduce_kernel"}) {
    EXPECT_EQ(classes.Of(name), KernelClass::kCommunication) << name;
  }
  EXPECT_EQ(classes.Of("Memcpy HtoD (Pageable -> Device)"), KernelClass::kMemory);
  EXPECT_EQ(classes.Of("hipMemcpyAsync"), KernelClass::kMemory);
  EXPECT_EQ(classes.Of("Memset (Device)"), KernelClass::kMemory);
  EXPECT_EQ(classes.Of("Stream Wait Event"), KernelClass::kOther);
  EXPECT_EQ(classes.Of("Event Sync"), KernelClass::kOther);
  EXPECT_EQ(classes.Of("volta_sgemm_128x32_nt"), KernelClass::kCompute);
  EXPECT_EQ(classes.Of("Cijk_Ailk_Bljk_HHS_BH"), KernelClass::kCompute);
  EXPECT_EQ(classes.Of(""), KernelClass::kCompute);
}

TEST(KernelClasses, TheFirstRuleDecides) {
  const auto classes =
      KernelClasses::Parse("# mine\n\ncompute ^all_reduce_fused\r\ncommunication all_reduce\n", "f");
  ASSERT_TRUE(classes.ok()) << classes.status();
  EXPECT_EQ(classes->Of("all_reduce_fused_gemm"), KernelClass::kCompute);
  EXPECT_EQ(classes->Of("my_all_reduce"), KernelClass::kCommunication);
  EXPECT_EQ(classes->Of("ncclKernel"), KernelClass::kCompute);
}

TEST(KernelClasses, NamesTheLineThatIsWrong) {
  const auto status = [](const char* text) {
    return std::string(KernelClasses::Parse(text, "my.txt").status().message());
  };
  EXPECT_NE(status("compute a\ncomm b").find("my.txt:2: begins with no class"), std::string::npos);
  EXPECT_NE(status("compute").find("my.txt:1: a pattern is missing"), std::string::npos);
  EXPECT_NE(status("compute (").find("my.txt:1: no regular expression"), std::string::npos);
}

}  // namespace
}  // namespace ringside::trace
