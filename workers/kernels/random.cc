#include "workers/kernels/random.h"

#include <cmath>
#include <numbers>

namespace ringside::kernels {
namespace {

struct NormalPair {
  double even, odd;
};

// 53 bits in (0, 1]: never 0, whose logarithm Box-Muller could not take.
double OpenUnit(uint32_t low, uint32_t high) {
  const uint64_t bits = (uint64_t{high} << 32 | low) >> 11;
  return (static_cast<double>(bits) + 0.5) * 0x1p-53;
}

NormalPair Draw(uint64_t seed, uint32_t param_id, uint64_t pair) {
  const PhiloxCounter words = RandomWords(seed, RandomStream::kWeights, param_id, pair);
  const double radius = std::sqrt(-2.0 * std::log(OpenUnit(words[0], words[1])));
  const double angle = 2.0 * std::numbers::pi * OpenUnit(words[2], words[3]);
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

}  // namespace

double StandardNormal(uint64_t seed, uint32_t param_id, uint64_t index) {
  const NormalPair pair = Draw(seed, param_id, index / 2);
  return index % 2 == 0 ? pair.even : pair.odd;
}

template <class R>
void FillNormal(R* out, int64_t param_id, int64_t outer, int64_t mid_total, int64_t mid_begin,
                int64_t mid_count, int64_t inner, double stddev, uint64_t seed) {
  const uint32_t id = static_cast<uint32_t>(param_id);
  const int64_t run = mid_count * inner;  // consecutive both here and in the global tensor
  for (int64_t o = 0; o < outer; ++o) {
    const uint64_t first = static_cast<uint64_t>((o * mid_total + mid_begin) * inner);
    R* row = out + o * run;
    int64_t i = 0;
    if (first % 2 == 1 && run > 0) row[i++] = static_cast<R>(stddev * StandardNormal(seed, id, first));
    for (; i + 1 < run; i += 2) {
      const NormalPair pair = Draw(seed, id, (first + static_cast<uint64_t>(i)) / 2);
      row[i] = static_cast<R>(stddev * pair.even);
      row[i + 1] = static_cast<R>(stddev * pair.odd);
    }
    if (i < run) row[i] = static_cast<R>(stddev * StandardNormal(seed, id, first + static_cast<uint64_t>(i)));
  }
}

template void FillNormal(float*, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, double, uint64_t);
template void FillNormal(double*, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, double, uint64_t);

}  // namespace ringside::kernels
