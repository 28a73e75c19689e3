#include "sim/gpu/attention_law.h"

#include <gtest/gtest.h>

#include "sim/catalogue/catalogue.h"

namespace ringside::sim::gpu {
namespace {

const v1::GpuDevice& H100() {
  return *FindDevice(BuiltInCatalogue(), "H100-80GB");
}

AttentionShape Long() {
  AttentionShape shape;
  shape.batch = 1, shape.heads = shape.kv_heads = 32, shape.queries = shape.keys = 16384;
  return shape;
}

TEST(AttentionLawTest, ACausalMaskHalvesLongSequences) {
  AttentionShape full = Long();
  full.causal = false;
  EXPECT_NEAR(FusedAttentionSeconds(H100(), Long()) / FusedAttentionSeconds(H100(), full), 0.5, 0.05);
}

TEST(AttentionLawTest, TwiceTheSequenceIsFourTimesTheWork) {
  AttentionShape twice = Long();
  twice.queries = twice.keys = 32768;
  EXPECT_NEAR(FusedAttentionSeconds(H100(), twice) / FusedAttentionSeconds(H100(), Long()), 4, 0.3);
}

TEST(AttentionLawTest, BackwardHasFiveProductsForTwo) {
  v1::GpuDevice device = H100();
  device.mutable_attention()->set_backward_efficiency(1);
  device.mutable_attention()->set_softmax_elements_per_clock(1e9);  // products alone
  EXPECT_NEAR(FusedAttentionBackwardSeconds(device, Long()) / FusedAttentionSeconds(device, Long()), 2.5,
              0.05);
}

TEST(AttentionLawTest, AWindowMakesTheTimeLinear) {
  AttentionShape window = Long();
  window.window = 128;
  AttentionShape twice = window;
  twice.queries = twice.keys = 32768;
  EXPECT_NEAR(FusedAttentionSeconds(H100(), twice) / FusedAttentionSeconds(H100(), window), 2, 0.1);
}

TEST(AttentionLawTest, NeverBeyondThePeakAndUnfusedIsSlower) {
  for (const v1::GpuDevice& device : BuiltInCatalogue().devices()) {
    const AttentionShape shape = Long();
    const double flops = 2.0 * 2 * shape.heads * shape.queries * shape.keys * 128 / 2;
    const double seconds = FusedAttentionSeconds(device, shape);
    EXPECT_LT(flops / seconds, device.peak_tflops().fp16() * 1e12) << device.name();
    EXPECT_GT(UnfusedAttentionSeconds(device, shape, 5), seconds) << device.name();
  }
}

}  // namespace
}  // namespace ringside::sim::gpu
