#include "sim/gpu/gemm_law.h"

#include <gtest/gtest.h>

#include "sim/catalogue/catalogue.h"

namespace ringside::sim::gpu {
namespace {

// One multiprocessor that does 1 TFLOP/s at its peak, memory without limit: times by hand.
v1::GpuDevice Simple() {
  v1::GpuDevice device;
  device.mutable_peak_tflops()->set_bf16(1);
  device.set_multiprocessors(1);
  device.set_memory_gbps(1e9);
  v1::GemmLaw& law = *device.mutable_gemm();
  law.set_launch_us(3);
  law.set_mma_efficiency(1);
  law.set_hbm_efficiency(1);
  law.set_wave_rounding(1);
  law.set_overlap_power(4);
  law.set_l2_gbps(1e9);
  law.set_fp8_efficiency(1);
  return device;
}

TEST(GemmLawTest, ATileOnOneMultiprocessorTakesItsFlopsOverThePeakAndTheLaunch) {
  EXPECT_NEAR(GemmSeconds(Simple(), Precision::kBf16, 128, 128, 128), 3e-6 + 2.0 * 128 * 128 * 128 / 1e12,
              1e-9);
}

TEST(GemmLawTest, PartOfATileCostsAWholeOne) {
  EXPECT_NEAR(GemmSeconds(Simple(), Precision::kBf16, 113, 128, 128),
              GemmSeconds(Simple(), Precision::kBf16, 128, 128, 128), 1e-9);
}

TEST(GemmLawTest, OneTileMoreThanAWaveCostsAnotherWave) {
  v1::GpuDevice device = Simple();
  device.set_multiprocessors(16);
  device.mutable_gemm()->set_tile_edge(64);  // so that small tiles are no way out
  // 16 tiles of 128 x 128 are one wave; whatever the tiles, 17 x 128 rows cannot be as fast as 16 x 128.
  const double one = GemmSeconds(device, Precision::kBf16, 128 * 16, 128, 4096);
  const double more = GemmSeconds(device, Precision::kBf16, 128 * 17, 128, 4096);
  EXPECT_GT((more - 3e-6) / (one - 3e-6), 1.3);  // much more than the 1/16 of the work
}

TEST(GemmLawTest, AThinProductIsBoundByMemory) {
  v1::GpuDevice device = Simple();
  device.set_memory_gbps(1);
  // The weights alone: 2 * 4096 * 4096 bytes at 1 GB/s.
  EXPECT_NEAR(GemmSeconds(device, Precision::kBf16, 1, 4096, 4096), 2.0 * 4096 * 4096 / 1e9, 1e-3);
}

TEST(GemmLawTest, MoreWorkAndASlowerDeviceAreNeverFaster) {
  const v1::Catalogue& catalogue = BuiltInCatalogue();
  for (const v1::GpuDevice& device : catalogue.devices()) {
    double last = 0;
    for (double m = 128; m <= 65536; m *= 2) {
      const double now = GemmSeconds(device, Precision::kBf16, m, 4096, 4096);
      EXPECT_GE(now, last) << device.name() << " m " << m;
      last = now;
    }
    v1::GpuDevice slower = device;
    slower.set_memory_gbps(device.memory_gbps() / 2);
    EXPECT_GE(GemmSeconds(slower, Precision::kBf16, 16, 8192, 8192),
              GemmSeconds(device, Precision::kBf16, 16, 8192, 8192));
  }
}

TEST(GemmLawTest, NeverBeyondThePeak) {
  for (const v1::GpuDevice& device : BuiltInCatalogue().devices()) {
    for (const Precision precision : {Precision::kFp16, Precision::kBf16, Precision::kTf32}) {
      const double n = 16384;
      const double tflops = 2 * n * n * n / GemmSeconds(device, precision, n, n, n) / 1e12;
      EXPECT_LT(tflops, PeakTflops(device, precision)) << device.name();
      EXPECT_GT(tflops, 0.3 * PeakTflops(device, precision)) << device.name();
    }
  }
}

TEST(GemmLawTest, AFormatThatADeviceLacksRunsInTheNextWider) {
  const v1::GpuDevice* a100 = FindDevice(BuiltInCatalogue(), "A100-80GB");
  EXPECT_EQ(PeakTflops(*a100, Precision::kFp8), 312);
  const v1::GpuDevice* h100 = FindDevice(BuiltInCatalogue(), "H100-80GB");
  EXPECT_EQ(PeakTflops(*h100, Precision::kFp4), PeakTflops(*h100, Precision::kFp8));
}

}  // namespace
}  // namespace ringside::sim::gpu
