// Fits the constants of GemmLaw on half of a table of measured kernels and reports the error on the other
// half.
//   fit_gemm DEVICE gemm_DEVICE.csv [EVALUATIONS]      0: only judges the catalogue's constants
// Rows are split by a hash of their text, so that the halves are the same wherever this is run.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "sim/catalogue/catalogue.h"
#include "sim/gpu/fit_table.h"
#include "sim/gpu/gemm_law.h"
#include "sim/gpu/nelder_mead.h"

namespace {

using ringside::sim::gpu::Row;
using Law = ringside::v1::GemmLaw;

struct Shape {
  double m, n, k, seconds;
  bool held_out;
};

void Set(const std::vector<double>& x, Law* law) {
  law->set_launch_us(std::exp(x[0]));
  law->set_mma_efficiency(std::exp(x[1]));
  law->set_hbm_efficiency(std::exp(x[2]));
  law->set_prologue_k(std::exp(x[3]));
  law->set_tile_edge(std::exp(x[4]));
  law->set_wave_rounding(1 / (1 + std::exp(-x[5])));
  law->set_overlap_power(1 + std::exp(x[6]));
  law->set_l2_gbps(std::exp(x[7]));
  law->set_k_step_ns(std::exp(x[8]));
  law->set_split_us(std::exp(x[9]));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const auto device_found = ringside::sim::FindDevice(ringside::sim::BuiltInCatalogue(), argv[1]);
  if (device_found == nullptr) return 2;
  ringside::v1::GpuDevice device = *device_found;
  std::vector<Shape> shapes;
  for (const Row& row : ringside::sim::gpu::ReadTable(argv[2]))
    shapes.push_back(
        {row.Number("m"), row.Number("n"), row.Number("k"), row.Number("latency") * 1e-3, row.held_out});
  const auto error = [&](const Shape& s) {
    return ringside::sim::gpu::GemmSeconds(device, ringside::sim::gpu::Precision::kBf16, s.m, s.n, s.k) /
               s.seconds -
           1;
  };
  const auto large = [](const Shape& s) { return s.m >= 1024 && s.n >= 1024 && s.k >= 1024; };
  const auto mean = [&](bool held_out, bool only_large) {
    double sum = 0, count = 0;
    for (const Shape& s : shapes) {
      if (s.held_out != held_out || (only_large && !large(s))) continue;
      sum += std::abs(error(s)), ++count;
    }
    return 100 * sum / count;
  };
  std::vector<double> x = {std::log(3),    std::log(0.85),
                           std::log(0.85), std::log(190),
                           std::log(20),   0.0,
                           std::log(3),    std::log(device.memory_gbps() * 2.5),
                           std::log(20),   0.0};
  const auto loss = [&](const std::vector<double>& at) {
    Set(at, device.mutable_gemm());
    // No efficiency beyond 1: a constant keeps its meaning.
    const double beyond = std::max(0.0, at[1]) + std::max(0.0, at[2]);
    return mean(false, false) + 4 * mean(false, true) + 1000 * beyond;
  };
  const int evaluations = argc > 3 ? std::atoi(argv[3]) : 500;
  if (evaluations > 0) {
    for (int round = 0; round < 3; ++round)
      x = ringside::sim::gpu::NelderMead(loss, x, std::vector<double>(x.size(), 0.25), evaluations / 3);
    Set(x, device.mutable_gemm());
  }
  fmt::print("{}: fitted half {:.1f} % (m,n,k >= 1024: {:.1f} %), held-out half {:.1f} % ({:.1f} %)\n",
             device.name(), mean(false, false), mean(false, true), mean(true, false), mean(true, true));
  fmt::print("{}", device.gemm().DebugString());
  if (argc > 4) {  // where it errs: signed mean by size
    for (double low = 1; low < 1e5; low *= 4) {
      double sum = 0, absolute = 0, count = 0;
      for (const Shape& s : shapes)
        if (s.m >= low && s.m < 4 * low) sum += error(s), absolute += std::abs(error(s)), ++count;
      if (count > 0)
        fmt::print("m {:6} mean {:+.3f} abs {:.3f} n {}\n", low, sum / count, absolute / count, count);
    }
    for (double low = 1e-6; low < 1; low *= 4) {
      double sum = 0, absolute = 0, count = 0;
      for (const Shape& s : shapes)
        if (s.seconds >= low && s.seconds < 4 * low) sum += error(s), absolute += std::abs(error(s)), ++count;
      if (count > 0)
        fmt::print("s {:.1e} mean {:+.3f} abs {:.3f} n {}\n", low, sum / count, absolute / count, count);
    }
  }
  return 0;
}
