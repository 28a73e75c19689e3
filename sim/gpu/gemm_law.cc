#include "sim/gpu/gemm_law.h"

#include <algorithm>
#include <cmath>

namespace ringside::sim::gpu {
namespace {

struct Tile {
  double m, n;
};
// What CUTLASS and cuBLAS offer on all generations; narrow ones serve few tokens.
constexpr Tile kTiles[] = {{256, 128}, {128, 256}, {128, 128}, {128, 64}, {64, 128},
                           {64, 64},   {128, 32},  {32, 128},  {64, 16},  {16, 64}};
constexpr int kSplits[] = {1, 2, 4, 8, 16};

}  // namespace

double PeakTflops(const v1::GpuDevice& device, Precision precision) {
  const v1::Rates& peak = device.peak_tflops();
  switch (precision) {
    case Precision::kFp4:
      if (peak.fp4() > 0) return peak.fp4();
      [[fallthrough]];
    case Precision::kFp8:
      if (peak.fp8() > 0) return peak.fp8();
      [[fallthrough]];
    case Precision::kBf16:
      if (peak.bf16() > 0) return peak.bf16();
      [[fallthrough]];
    case Precision::kFp16:
      return peak.fp16();
    case Precision::kTf32:
      if (peak.tf32() > 0) return peak.tf32();
      [[fallthrough]];
    case Precision::kFp32:
      return peak.fp32();
  }
  return peak.fp32();
}

double OperandBytes(Precision precision) {
  switch (precision) {
    case Precision::kFp4:
      return 0.5625;  // one scale byte for 16 elements
    case Precision::kFp8:
      return 1;
    case Precision::kBf16:
    case Precision::kFp16:
      return 2;
    default:
      return 4;
  }
}

double GemmSeconds(const v1::GpuDevice& device, Precision precision, double m, double n, double k,
                   double count) {
  const v1::GemmLaw& law = device.gemm();
  const double peak = PeakTflops(device, precision);
  double efficiency = law.mma_efficiency();
  if (precision == Precision::kFp8 && device.peak_tflops().fp8() > 0) efficiency *= law.fp8_efficiency();
  if (precision == Precision::kFp4 && device.peak_tflops().fp4() > 0) efficiency *= law.fp4_efficiency();
  const double bytes = OperandBytes(precision);
  const double sms = device.multiprocessors();
  const double rate = peak * 1e12 / sms * efficiency;  // one multiprocessor
  const double prologue = law.prologue_k() * 2 / bytes;
  double mma = 1e30;
  for (const Tile& tile : kTiles) {
    if (tile.m > 128 && m <= 128) continue;
    if (tile.n > 128 && n <= 128) continue;
    const double tiles = std::ceil(m / tile.m) * std::ceil(n / tile.n) * count;
    const double loss = 1 + law.tile_edge() * (1 / tile.m + 1 / tile.n);
    for (const int split : kSplits) {
      if (split > 1 && (tiles * split / 2 >= sms || k < 256.0 * split)) break;
      const double even = tiles * split / sms;
      const double waves =
          std::max(1.0, law.wave_rounding() * std::ceil(even) + (1 - law.wave_rounding()) * even);
      const double depth = k / split + prologue;
      const double work =
          std::max(2 * tile.m * tile.n * depth * loss / rate, depth * bytes / 128 * law.k_step_ns() * 1e-9);
      // Partial results are written and read in fp32.
      const double partial =
          split > 1 ? law.split_us() * 1e-6 + 8.0 * m * n * count * split / (law.l2_gbps() * 1e9) : 0;
      const double operands = (tile.m + tile.n) * k * bytes * tiles / (law.l2_gbps() * 1e9);
      mma = std::min(mma, std::max(waves * work, operands) + partial);
    }
  }
  const double memory =
      count * (bytes * (m * k + k * n) + 2 * m * n) / (device.memory_gbps() * 1e9 * law.hbm_efficiency());
  const double p = law.overlap_power();
  const double longest = std::max(mma, memory), ratio = std::min(mma, memory) / longest;
  return law.launch_us() * 1e-6 + longest * std::pow(1 + std::pow(ratio, p), 1 / p);
}

}  // namespace ringside::sim::gpu
