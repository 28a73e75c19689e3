#include "workers/kernels/random.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "workers/kernels/number.h"

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
                int64_t mid_count, int64_t inner, int64_t begin, int64_t count, double stddev,
                uint64_t seed) {
  const uint32_t id = static_cast<uint32_t>(param_id);
  const int64_t run = mid_count * inner;  // consecutive both here and in the global tensor
  const int64_t end = begin + count;
  for (int64_t at = begin; at < end;) {
    const int64_t o = at / run, stop = std::min(end, (o + 1) * run);
    const int64_t shift = (o * mid_total + mid_begin) * inner - o * run;  // from here to the global index
    const auto single = [&](int64_t i) {
      out[i - begin] = static_cast<R>(stddev * StandardNormal(seed, id, static_cast<uint64_t>(i + shift)));
    };
    if ((at + shift) % 2 == 1) single(at++);
    for (; at + 1 < stop; at += 2) {
      const NormalPair pair = Draw(seed, id, static_cast<uint64_t>(at + shift) / 2);
      out[at - begin] = static_cast<R>(stddev * pair.even);
      out[at + 1 - begin] = static_cast<R>(stddev * pair.odd);
    }
    if (at < stop) single(at++);
  }
}

#define RINGSIDE_FILL_NORMAL(R)                                                                        \
  template void FillNormal(R*, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, \
                           double, uint64_t)
RINGSIDE_FILL_NORMAL(float);
RINGSIDE_FILL_NORMAL(double);
RINGSIDE_FILL_NORMAL(Bf16);
RINGSIDE_FILL_NORMAL(F16);
#undef RINGSIDE_FILL_NORMAL

}  // namespace ringside::kernels
