#include "workers/kernels/synthetic_data.h"

#include <algorithm>

#include "workers/kernels/random.h"

namespace ringside::kernels {
namespace {

// floor(vocab * u^3) for u = word / 2^32: frequent low ids, all ids possible.
int32_t FrequentToken(uint32_t word, int64_t vocab) {
  const double u = word * 0x1p-32;
  return static_cast<int32_t>(std::min<int64_t>(vocab - 1, static_cast<int64_t>(vocab * (u * u * u))));
}

int32_t NextToken(uint64_t seed, int32_t token, const PhiloxCounter& words, int64_t vocab) {
  const int dice = static_cast<int>(words[0] >> 28);  // 0..15
  int bound = 0;
  for (int slot = 0; slot < kSuccessors; ++slot) {
    bound += kSuccessorWeights[slot];
    if (dice < bound) return Successor(seed, token, slot, vocab);
  }
  return FrequentToken(words[1], vocab);
}

}  // namespace

int32_t Successor(uint64_t seed, int32_t token, int slot, int64_t vocab) {
  const PhiloxCounter words = RandomWords(seed, RandomStream::kLanguage, 0, static_cast<uint64_t>(token));
  return FrequentToken(words[slot], vocab);
}

void FillSample(int32_t* tokens, int32_t* targets, int64_t seq_len, int64_t sample, int64_t vocab,
                uint64_t seed) {
  // The position is the sub-stream, the sample the index: 2^32 positions of 2^64 samples.
  const auto words = [&](int64_t position) {
    return RandomWords(seed, RandomStream::kSamples, static_cast<uint32_t>(position),
                       static_cast<uint64_t>(sample));
  };
  int32_t token = FrequentToken(words(0)[1], vocab);
  for (int64_t t = 0; t < seq_len; ++t) {
    tokens[t] = token;
    token = NextToken(seed, token, words(t + 1), vocab);
    targets[t] = token;
  }
}

}  // namespace ringside::kernels
