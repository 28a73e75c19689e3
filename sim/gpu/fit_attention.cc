// As fit_gemm, for AttentionLaw: fit_attention DEVICE attention_DEVICE.csv [EVALUATIONS], 0: no fit.
// Sequences of 1024 and more count; the others are fitted with a small weight. The table holds two
// measurements of most shapes, which differ in something that it does not say: `repeats` is the error that no
// function of the columns can be without.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <vector>

#include "sim/catalogue/catalogue.h"
#include "sim/gpu/attention_law.h"
#include "sim/gpu/fit_table.h"
#include "sim/gpu/nelder_mead.h"

namespace {

using ringside::sim::gpu::AttentionShape;

struct Point {
  AttentionShape shape;
  double seconds;
  bool held_out;
};

void Set(const std::vector<double>& x, ringside::v1::AttentionLaw* law) {
  law->set_launch_us(std::exp(x[0]));
  law->set_efficiency(std::exp(x[1]));
  law->set_ramp_keys(std::exp(x[2]));
  law->set_small_head_loss(std::exp(x[3]));
  law->set_wave_rounding(1 / (1 + std::exp(-x[4])));
  law->set_softmax_elements_per_clock(std::exp(x[5]));
  law->set_large_head_loss(std::exp(x[6]));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const auto* found = ringside::sim::FindDevice(ringside::sim::BuiltInCatalogue(), argv[1]);
  if (found == nullptr) return 2;
  ringside::v1::GpuDevice device = *found;
  std::vector<Point> points;
  std::map<std::string, std::vector<double>> same;
  for (const auto& row : ringside::sim::gpu::ReadTable(argv[2])) {
    Point p;
    p.shape.batch = row.Number("batch_size");
    p.shape.queries = p.shape.keys = row.Number("isl");
    p.shape.heads = row.Number("num_heads");
    p.shape.kv_heads = row.Number("num_key_value_heads");
    p.shape.head_dim = p.shape.value_dim = row.Number("head_dim");
    p.seconds = row.Number("latency") * 1e-3;
    p.held_out = row.held_out;
    points.push_back(p);
    if (p.shape.queries >= 1024)
      same[fmt::format("{}/{}/{}/{}/{}", p.shape.batch, p.shape.queries, p.shape.heads, p.shape.kv_heads,
                       p.shape.head_dim)]
          .push_back(p.seconds);
  }
  double repeats = 0, repeated = 0;
  for (auto& [key, times] : same) {
    if (times.size() < 2) continue;
    const auto [low, high] = std::minmax_element(times.begin(), times.end());
    // Predicting anything between: the mean of the two errors is at least (high/low - 1) / 2 * low / high ...
    repeats += (*high - *low) / (*high + *low), ++repeated;
  }
  const auto error = [&](const Point& p) {
    return ringside::sim::gpu::FusedAttentionSeconds(device, p.shape) / p.seconds - 1;
  };
  const auto mean = [&](bool held_out, bool is_long) {
    double sum = 0, count = 0;
    for (const Point& p : points) {
      if (p.held_out != held_out || (p.shape.queries >= 1024) != is_long) continue;
      sum += std::abs(error(p)), ++count;
    }
    return 100 * sum / std::max(1.0, count);
  };
  std::vector<double> x = {std::log(6), std::log(0.7), std::log(200), std::log(0.3),
                           0,           std::log(16),  std::log(0.1)};
  const auto loss = [&](const std::vector<double>& at) {
    Set(at, device.mutable_attention());
    return mean(false, true) + 0.2 * mean(false, false) + 1000 * std::max(0.0, at[1]);
  };
  const int evaluations = argc > 3 ? std::atoi(argv[3]) : 900;
  if (evaluations > 0) {
    for (int round = 0; round < 3; ++round)
      x = ringside::sim::gpu::NelderMead(loss, x, std::vector<double>(x.size(), 0.3), evaluations / 3);
    Set(x, device.mutable_attention());
  }
  fmt::print(
      "{}: from 1024 tokens: fitted half {:.1f} %, held-out half {:.1f} % (shorter: {:.1f} %); repeats "
      "{:.1f} %\n",
      device.name(), mean(false, true), mean(true, true), mean(true, false), 100 * repeats / repeated);
  fmt::print("{}", device.attention().DebugString());
  if (argc > 4) {
    for (const double d : {64., 128., 192., 256.})
      for (double low = 256; low < 40000; low *= 4) {
        double sum = 0, absolute = 0, count = 0;
        for (const Point& p : points)
          if (p.shape.head_dim == d && p.shape.queries >= low && p.shape.queries < 4 * low)
            sum += error(p), absolute += std::abs(error(p)), ++count;
        if (count > 0)
          fmt::print("d {} s {} mean {:+.3f} abs {:.3f} n {}\n", d, low, sum / count, absolute / count,
                     count);
      }
    for (const double g : {1., 2., 4., 8., 16.}) {
      double sum = 0, count = 0;
      for (const Point& p : points)
        if (p.shape.queries >= 1024 && std::floor(p.shape.heads / p.shape.kv_heads) >= g &&
            p.shape.heads / p.shape.kv_heads < 2 * g)
          sum += error(p), ++count;
      if (count > 0) fmt::print("group {} mean {:+.3f} n {}\n", g, sum / count, count);
    }
  }
  return 0;
}
