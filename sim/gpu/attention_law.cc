#include "sim/gpu/attention_law.h"

#include <algorithm>
#include <cmath>

#include "sim/gpu/gemm_law.h"

namespace ringside::sim::gpu {
namespace {

constexpr double kQueryBlock = 128;

// Keys that a query sees on average.
double MeanKeys(const AttentionShape& shape) {
  double keys =
      shape.causal && shape.queries > 1 ? (shape.keys + std::min(shape.keys, kQueryBlock)) / 2 : shape.keys;
  if (shape.window > 0) keys = std::min(keys, shape.window);
  return keys;
}

double HeadLoss(const v1::AttentionLaw& law, double head_dim) {
  return head_dim < 128 ? 1 + law.small_head_loss() * (128 - head_dim) / 128
                        : 1 + law.large_head_loss() * (head_dim - 128) / 128;
}

double Bytes(const AttentionShape& shape) {
  const double q = shape.batch * shape.heads * shape.queries * (shape.head_dim + shape.value_dim);
  const double kv = shape.batch * shape.kv_heads * shape.keys * (shape.head_dim + shape.value_dim);
  return 2 * (q + kv);
}

double KernelSeconds(const v1::GpuDevice& device, const AttentionShape& shape, double products,
                     double efficiency, double traffic) {
  const v1::AttentionLaw& law = device.attention();
  const double keys = MeanKeys(shape);
  const double rate =
      PeakTflops(device, Precision::kBf16) * 1e12 * efficiency / HeadLoss(law, shape.head_dim);
  const double sms = device.multiprocessors();
  const double blocks = shape.batch * shape.heads * std::ceil(shape.queries / kQueryBlock);
  const double even = blocks / sms;
  const double waves =
      std::max(1.0, law.wave_rounding() * std::ceil(even) + (1 - law.wave_rounding()) * even);
  const double width = (shape.head_dim + shape.value_dim) / 2;
  const double block_flops = 2 * products * kQueryBlock * (keys + law.ramp_keys()) * width;
  const double mma = waves * block_flops / (rate / sms);
  const double exponentials =
      waves * kQueryBlock * keys / (law.softmax_elements_per_clock() * device.clock_mhz() * 1e6);
  const double memory =
      traffic * Bytes(shape) / (device.memory_gbps() * 1e9 * device.gemm().hbm_efficiency());
  const double compute = std::sqrt(mma * mma + exponentials * exponentials);
  return law.launch_us() * 1e-6 + std::sqrt(compute * compute + memory * memory);
}

double ScorePasses(const v1::GpuDevice& device, const AttentionShape& shape, double passes) {
  const double scores = shape.batch * shape.heads * shape.queries * shape.keys;
  return passes * (device.kernel_us() * 1e-6 +
                   2 * scores / (device.memory_gbps() * 1e9 * device.elementwise_efficiency()));
}

}  // namespace

double FusedAttentionSeconds(const v1::GpuDevice& device, const AttentionShape& shape) {
  return KernelSeconds(device, shape, 2, device.attention().efficiency(), 1);
}

double FusedAttentionBackwardSeconds(const v1::GpuDevice& device, const AttentionShape& shape) {
  const v1::AttentionLaw& law = device.attention();
  return KernelSeconds(device, shape, 5, law.efficiency() * law.backward_efficiency(), 3);
}

double UnfusedAttentionSeconds(const v1::GpuDevice& device, const AttentionShape& shape, double passes) {
  const double count = shape.batch * shape.heads;
  return GemmSeconds(device, Precision::kFp16, shape.queries, shape.keys, shape.head_dim, count) +
         GemmSeconds(device, Precision::kFp16, shape.queries, shape.value_dim, shape.keys, count) +
         ScorePasses(device, shape, passes);
}

double UnfusedAttentionBackwardSeconds(const v1::GpuDevice& device, const AttentionShape& shape,
                                       double passes) {
  const double count = shape.batch * shape.heads;
  return 2 * (GemmSeconds(device, Precision::kFp16, shape.queries, shape.keys, shape.head_dim, count) +
              GemmSeconds(device, Precision::kFp16, shape.queries, shape.value_dim, shape.keys, count)) +
         ScorePasses(device, shape, passes * 1.5);
}

}  // namespace ringside::sim::gpu
