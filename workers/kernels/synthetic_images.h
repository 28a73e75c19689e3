// The built-in labelled images: what the convolutional net trains on. A class is a seeded pattern of smooth
// waves; a sample is its class's pattern, shifted, plus noise. A function of (seed, sample) alone.
#pragma once

#include <cstdint>

namespace ringside::kernels {

// pixels [H, W, C], about N(0, 1); label in [0, classes).
void FillImage(float* pixels, int32_t* label, int64_t h, int64_t w, int64_t c, int64_t classes,
               int64_t sample, uint64_t seed);

}  // namespace ringside::kernels
