// Reference cross-entropy over a (possibly split) vocabulary, in the three steps of plan/program.h.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace ringside::kernels::reference {

template <class R, class S>
void XentMax(const R* logits, S* row_max, int64_t n, int64_t v) {
  for (int64_t i = 0; i < n; ++i)
    row_max[i] = static_cast<S>(*std::max_element(logits + i * v, logits + (i + 1) * v));
}

template <class R, class S>
void XentSum(const R* logits, const S* row_max, const int32_t* targets, S* stats, int64_t n, int64_t v,
             int64_t v_begin) {
  for (int64_t i = 0; i < n; ++i) {
    const R* row = logits + i * v;
    const double max = row_max[i];
    double sum = 0;
    for (int64_t j = 0; j < v; ++j) sum += std::exp(row[j] - max);
    const int64_t target = targets[i] - v_begin;
    stats[2 * i] = static_cast<S>(sum);
    stats[2 * i + 1] = target >= 0 && target < v ? static_cast<S>(row[target] - max) : S{0};
  }
}

// d loss / d logit = scale * grad_scale * (softmax - 1 at the target).
template <class R, class S>
void XentLoss(R* logits, const S* row_max, const S* stats, const int32_t* targets, S* loss, int64_t n,
              int64_t v, int64_t v_begin, double scale, double grad_scale) {
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) {
    R* row = logits + i * v;
    const double max = row_max[i], denominator = stats[2 * i];
    const int64_t target = targets[i] - v_begin;
    for (int64_t j = 0; j < v; ++j) {
      const double probability = std::exp(row[j] - max) / denominator;
      row[j] = static_cast<R>(scale * grad_scale * (probability - (j == target ? 1.0 : 0.0)));
    }
    sum += std::log(denominator) - stats[2 * i + 1];
  }
  loss[0] = static_cast<S>(loss[0] + scale * sum);
}

}  // namespace ringside::kernels::reference
