#include "workers/kernels/synthetic_images.h"

#include <cmath>
#include <numbers>

#include "workers/kernels/random.h"

namespace ringside::kernels {
namespace {

constexpr int kWaves = 3;         // of a channel
constexpr double kSignal = 0.7;   // share of the variance; the rest is noise
constexpr int64_t kMaxShift = 3;  // pixels, each way: shift 0 .. kMaxShift - 1

double Unit(uint32_t word) {
  return (word + 0.5) * 0x1p-32;
}

// Each of the first words of (sample, what): numbers of one sample are sub-streams, as in synthetic_data.cc.
PhiloxCounter SampleWords(uint64_t seed, int64_t sample, uint32_t what) {
  return RandomWords(seed, RandomStream::kImages, what, static_cast<uint64_t>(sample));
}

struct Wave {
  double down, across, phase;  // cycles an image, radians
};

// The waves of a class's channel: one to three cycles over the image, either way.
Wave ClassWave(uint64_t seed, int64_t label, int64_t channel, int wave) {
  const PhiloxCounter words =
      RandomWords(seed, RandomStream::kImageClasses, static_cast<uint32_t>(channel * kWaves + wave),
                  static_cast<uint64_t>(label));
  return {1.0 + words[0] % 3, static_cast<double>(words[1] % 7) - 3.0, 2 * std::numbers::pi * Unit(words[2])};
}

}  // namespace

void FillImage(float* pixels, int32_t* label, int64_t h, int64_t w, int64_t c, int64_t classes,
               int64_t sample, uint64_t seed) {
  const PhiloxCounter draw = SampleWords(seed, sample, 0);
  *label = static_cast<int32_t>(static_cast<double>(classes) * (draw[0] * 0x1p-32));
  const int64_t shift_y = draw[1] % kMaxShift, shift_x = draw[2] % kMaxShift;
  // A sine has variance 1/2; the sum of the waves gets kSignal.
  const double amplitude = std::sqrt(2.0 * kSignal / kWaves), noise = std::sqrt(1.0 - kSignal);
  for (int64_t channel = 0; channel < c; ++channel) {
    Wave waves[kWaves];
    for (int i = 0; i < kWaves; ++i) waves[i] = ClassWave(seed, *label, channel, i);
    for (int64_t y = 0; y < h; ++y) {
      for (int64_t x = 0; x < w; ++x) {
        const int64_t at = (y * w + x) * c + channel;
        const double down = static_cast<double>(y + shift_y) / static_cast<double>(h);
        const double across = static_cast<double>(x + shift_x) / static_cast<double>(w);
        double value = 0;
        for (const Wave& wave : waves) {
          value += std::sin(2 * std::numbers::pi * (wave.down * down + wave.across * across) + wave.phase);
        }
        // Irwin-Hall: the sum of four uniform numbers has mean 2 and variance 1/3.
        const PhiloxCounter dice = SampleWords(seed, sample, static_cast<uint32_t>(at + 1));
        const double sum = Unit(dice[0]) + Unit(dice[1]) + Unit(dice[2]) + Unit(dice[3]);
        pixels[at] = static_cast<float>(amplitude * value + noise * std::numbers::sqrt3 * (sum - 2.0));
      }
    }
  }
}

}  // namespace ringside::kernels
