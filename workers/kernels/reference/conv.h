// Reference convolutional nets: windows, batch normalisation (Ioffe and Szegedy 2015), pooling.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace ringside::kernels::reference {

struct ConvShape {
  int64_t b, h, w, c, k, stride;
  int64_t out_h() const { return (h + stride - 1) / stride; }
  int64_t out_w() const { return (w + stride - 1) / stride; }
  // The input row (or column) under element `at` of the window of output row (or column) `out`.
  int64_t Under(int64_t out, int64_t at) const { return out * stride + at - k / 2; }
};

template <class R>
void Im2col(const R* x, R* cols, const ConvShape& s) {
  R* out = cols;
  for (int64_t b = 0; b < s.b; ++b) {
    for (int64_t oy = 0; oy < s.out_h(); ++oy) {
      for (int64_t ox = 0; ox < s.out_w(); ++ox) {
        for (int64_t ky = 0; ky < s.k; ++ky) {
          for (int64_t kx = 0; kx < s.k; ++kx, out += s.c) {
            const int64_t y = s.Under(oy, ky), px = s.Under(ox, kx);
            if (y >= 0 && y < s.h && px >= 0 && px < s.w) {
              std::copy_n(x + ((b * s.h + y) * s.w + px) * s.c, s.c, out);
            } else {
              std::fill_n(out, s.c, R{0});
            }
          }
        }
      }
    }
  }
}

// dx of a pixel: the sum over the windows that hold it.
template <class R>
void Col2im(const R* dcols, R* dx, const ConvShape& s, bool accumulate) {
  for (int64_t at = 0; at < s.b * s.h * s.w * s.c; ++at) {
    const int64_t channel = at % s.c, x = at / s.c % s.w, y = at / s.c / s.w % s.h, b = at / s.c / s.w / s.h;
    double sum = accumulate ? static_cast<double>(dx[at]) : 0.0;
    for (int64_t ky = 0; ky < s.k; ++ky) {
      for (int64_t kx = 0; kx < s.k; ++kx) {
        const int64_t down = y + s.k / 2 - ky, across = x + s.k / 2 - kx;  // stride times the window's place
        if (down < 0 || across < 0 || down % s.stride != 0 || across % s.stride != 0) continue;
        const int64_t oy = down / s.stride, ox = across / s.stride;
        if (oy >= s.out_h() || ox >= s.out_w()) continue;
        sum += dcols[((((b * s.out_h() + oy) * s.out_w() + ox) * s.k + ky) * s.k + kx) * s.c + channel];
      }
    }
    dx[at] = static_cast<R>(sum);
  }
}

template <class R, class S>
void ColumnSums(const R* x, S* sums, int64_t n, int64_t c) {
  for (int64_t j = 0; j < c; ++j) {
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < n; ++i) {
      const double value = x[i * c + j];
      sum += value;
      squares += value * value;
    }
    sums[j] = static_cast<S>(sum);
    sums[c + j] = static_cast<S>(squares);
  }
}

struct ColumnMoments {
  double mean, rstd;
};
template <class S>
ColumnMoments MomentsOf(const S* sums, int64_t j, int64_t c, int64_t count, double eps) {
  const double mean = sums[j] / static_cast<double>(count);
  const double variance = std::max(0.0, sums[c + j] / static_cast<double>(count) - mean * mean);
  return {mean, 1.0 / std::sqrt(variance + eps)};
}

template <class R, class S>
void BatchNorm(const R* x, const S* sums, const R* gamma, const R* beta, R* y, int64_t n, int64_t c,
               int64_t count, double eps) {
  for (int64_t j = 0; j < c; ++j) {
    const ColumnMoments m = MomentsOf(sums, j, c, count, eps);
    for (int64_t i = j; i < n * c; i += c)
      y[i] = static_cast<R>((x[i] - m.mean) * m.rstd * gamma[j] + beta[j]);
  }
}

template <class R, class S>
void BatchNormSums(const R* dy, const R* x, const S* sums, S* dsums, int64_t n, int64_t c, int64_t count,
                   double eps) {
  for (int64_t j = 0; j < c; ++j) {
    const ColumnMoments m = MomentsOf(sums, j, c, count, eps);
    double sum = 0, norm_sum = 0;
    for (int64_t i = j; i < n * c; i += c) {
      sum += dy[i];
      norm_sum += dy[i] * ((x[i] - m.mean) * m.rstd);
    }
    dsums[j] = static_cast<S>(sum);
    dsums[c + j] = static_cast<S>(norm_sum);
  }
}

template <class R, class S>
void BatchNormBackward(const R* dy, const R* x, const S* sums, const S* dsums, const R* gamma, R* dx,
                       int64_t n, int64_t c, int64_t count, double eps) {
  for (int64_t j = 0; j < c; ++j) {
    const ColumnMoments m = MomentsOf(sums, j, c, count, eps);
    const double mean_dy = dsums[j] / static_cast<double>(count);
    const double mean_norm = dsums[c + j] / static_cast<double>(count);
    for (int64_t i = j; i < n * c; i += c) {
      const double norm = (x[i] - m.mean) * m.rstd;
      dx[i] = static_cast<R>(gamma[j] * m.rstd * (dy[i] - mean_dy - norm * mean_norm));
    }
  }
}

template <class R>
void MeanRows(const R* x, R* out, int64_t b, int64_t p, int64_t c) {
  for (int64_t at = 0; at < b * c; ++at) {
    const R* first = x + at / c * p * c + at % c;
    double sum = 0;
    for (int64_t i = 0; i < p; ++i) sum += first[i * c];
    out[at] = static_cast<R>(sum / static_cast<double>(p));
  }
}

template <class R>
void MeanRowsBackward(const R* dout, R* dx, int64_t b, int64_t p, int64_t c) {
  for (int64_t at = 0; at < b * p * c; ++at) {
    dx[at] = static_cast<R>(dout[at / (p * c) * c + at % c] / static_cast<double>(p));
  }
}

}  // namespace ringside::kernels::reference
