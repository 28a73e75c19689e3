// Windows of images and their mean; the products of a convolution are GEMMs.
#pragma once

#include <algorithm>

#include "workers/kernels/cpu/basics.h"
#include "workers/kernels/cpu/cpu_kernels.h"
#include "workers/kernels/cpu/reductions.h"

namespace ringside::kernels {

// A row of a window lies in the image as one run of pixels, cut off at the edges.
template <class R>
void CpuKernels<R>::Im2col(const R* x, R* cols, int64_t b, int64_t h, int64_t w, int64_t c, int64_t k,
                           int64_t stride) {
  const int64_t out_h = (h + stride - 1) / stride, out_w = (w + stride - 1) / stride;
  R* out = cols;
  for (int64_t image = 0; image < b; ++image) {
    for (int64_t oy = 0; oy < out_h; ++oy) {
      for (int64_t ox = 0; ox < out_w; ++ox) {
        const int64_t left = ox * stride - k / 2;
        const int64_t begin = std::max<int64_t>(0, -left), end = std::min(k, w - left);
        for (int64_t y = oy * stride - k / 2; y < oy * stride - k / 2 + k; ++y, out += k * c) {
          if (y < 0 || y >= h || begin >= end) {
            std::fill_n(out, k * c, R{0});
            continue;
          }
          std::fill_n(out, begin * c, R{0});
          std::copy_n(x + ((image * h + y) * w + left + begin) * c, (end - begin) * c, out + begin * c);
          std::fill_n(out + end * c, (k - end) * c, R{0});
        }
      }
    }
  }
}

// Pixel by pixel: the sum over the windows that hold it.
template <class R>
void CpuKernels<R>::Col2im(const R* dcols, R* dx, int64_t b, int64_t h, int64_t w, int64_t c, int64_t k,
                           int64_t stride, bool accumulate) {
  const int64_t out_h = (h + stride - 1) / stride, out_w = (w + stride - 1) / stride;
  ForColumnTiles(c, [&](int64_t first, int64_t width) {
    float sums[kColumnTile];
    for (int64_t pixel = 0; pixel < b * h * w; ++pixel) {
      const int64_t x = pixel % w, y = pixel / w % h, image = pixel / (h * w);
      R* dx_pixel = dx + pixel * c + first;
      accumulate ? ConvertRow(dx_pixel, sums, width) : static_cast<void>(std::fill_n(sums, width, 0.0f));
      // Element ky of window row oy is over image row oy * stride + ky - k / 2.
      for (int64_t ky = (y + k / 2) % stride; ky < k && ky <= y + k / 2; ky += stride) {
        const int64_t oy = (y + k / 2 - ky) / stride;
        if (oy >= out_h) continue;
        for (int64_t kx = (x + k / 2) % stride; kx < k && kx <= x + k / 2; kx += stride) {
          const int64_t ox = (x + k / 2 - kx) / stride;
          if (ox >= out_w) continue;
          const int64_t window = (image * out_h + oy) * out_w + ox;
          AddWide(sums, dcols + ((window * k + ky) * k + kx) * c + first, width);
        }
      }
      ConvertRow(sums, dx_pixel, width);
    }
  });
}

template <class R>
void CpuKernels<R>::MeanRows(const R* x, R* out, int64_t b, int64_t p, int64_t c) {
  ForColumnTiles(c, [&](int64_t first, int64_t width) {
    for (int64_t image = 0; image < b; ++image) {
      float sums[kColumnTile] = {};
      for (int64_t i = 0; i < p; ++i) AddWide(sums, x + (image * p + i) * c + first, width);
      for (int64_t j = 0; j < width; ++j) sums[j] /= static_cast<float>(p);
      ConvertRow(sums, out + image * c + first, width);
    }
  });
}

template <class R>
void CpuKernels<R>::MeanRowsBackward(const R* dout, R* dx, int64_t b, int64_t p, int64_t c) {
  const float share = 1.0f / static_cast<float>(p);
  for (int64_t row = 0; row < b * p; ++row) {
    const R* __restrict from = dout + row / p * c;
    R* __restrict to = dx + row * c;
    for (int64_t j = 0; j < c; ++j) to[j] = static_cast<R>(static_cast<float>(from[j]) * share);
  }
}

}  // namespace ringside::kernels
