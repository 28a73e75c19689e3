#include "workers/kernels/cuda/conv.h"

#include "workers/kernels/cuda/device.cuh"

namespace ringside::kernels::cuda {

template <class E>
void Conv<E>::Im2col(const Launch& l, const E* x, E* cols, int64_t b, int64_t h, int64_t w, int64_t c,
                     int64_t k, int64_t stride) {
  const int64_t out_h = (h + stride - 1) / stride, out_w = (w + stride - 1) / stride;
  ForEach(l, b * out_h * out_w * k * k * c, [=] __device__(int64_t at) {
    const int64_t channel = at % c, kx = at / c % k, ky = at / c / k % k, window = at / c / k / k;
    const int64_t ox = window % out_w, oy = window / out_w % out_h, image = window / out_w / out_h;
    const int64_t across = ox * stride + kx - k / 2, down = oy * stride + ky - k / 2;
    const bool inside = down >= 0 && down < h && across >= 0 && across < w;
    cols[at] = inside ? x[((image * h + down) * w + across) * c + channel] : Round<E>(0);
  });
}

// A pixel gathers from the windows that hold it: no two threads write the same element.
template <class E>
void Conv<E>::Col2im(const Launch& l, const E* dcols, E* dx, int64_t b, int64_t h, int64_t w, int64_t c,
                     int64_t k, int64_t stride, bool accumulate) {
  const int64_t out_h = (h + stride - 1) / stride, out_w = (w + stride - 1) / stride;
  ForEach(l, b * h * w * c, [=] __device__(int64_t at) {
    const int64_t channel = at % c, x = at / c % w, y = at / c / w % h, image = at / c / w / h;
    Stat<E> sum = accumulate ? Load(dx[at]) : Stat<E>(0);
    for (int64_t ky = 0; ky < k; ++ky) {
      for (int64_t kx = 0; kx < k; ++kx) {
        const int64_t down = y + k / 2 - ky, across = x + k / 2 - kx;  // stride times the window's place
        if (down < 0 || across < 0 || down % stride != 0 || across % stride != 0) continue;
        const int64_t oy = down / stride, ox = across / stride;
        if (oy >= out_h || ox >= out_w) continue;
        sum += Load(dcols[((((image * out_h + oy) * out_w + ox) * k + ky) * k + kx) * c + channel]);
      }
    }
    dx[at] = Round<E>(sum);
  });
}

template <class E>
void Conv<E>::MeanRows(const Launch& l, const E* x, E* out, int64_t b, int64_t p, int64_t c) {
  ForEach(l, b * c, [=] __device__(int64_t at) {
    const E* first = x + at / c * p * c + at % c;
    Stat<E> sum = 0;
    for (int64_t i = 0; i < p; ++i) sum += Load(first[i * c]);
    out[at] = Round<E>(sum / static_cast<Stat<E>>(p));
  });
}

template <class E>
void Conv<E>::MeanRowsBackward(const Launch& l, const E* dout, E* dx, int64_t b, int64_t p, int64_t c) {
  ForEach(l, b * p * c, [=] __device__(int64_t at) {
    dx[at] = Round<E>(Load(dout[at / (p * c) * c + at % c]) / static_cast<Stat<E>>(p));
  });
}

RINGSIDE_CUDA_INSTANTIATE(Conv);

}  // namespace ringside::kernels::cuda
