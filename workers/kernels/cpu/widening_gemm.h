// Products of narrow matrices by way of float, where no library multiplies them directly. Its copies grow to
// the largest product seen and stay.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "workers/kernels/cpu/basics.h"
#include "workers/kernels/cpu/gemm_api.h"

namespace ringside::kernels {

template <class R>
class WideningGemm final : public GemmApi<R> {
 public:
  explicit WideningGemm(std::unique_ptr<GemmApi<float>> gemm) : gemm_(std::move(gemm)) {}

  std::string Describe() const override { return fmt::format("by way of f32: {}", gemm_->Describe()); }

  void Multiply(const GemmInput<R>& a, const GemmInput<R>& b, R* c, int64_t c_stride, int64_t m, int64_t n,
                int64_t k, bool accumulate) override {
    if (static_cast<int64_t>(c_.size()) < m * n) c_.resize(static_cast<size_t>(m * n));
    for (int64_t i = 0; i < m && accumulate; ++i) ConvertRow(c + i * c_stride, c_.data() + i * n, n);
    MultiplyInto(a, b, c_.data(), n, m, n, k, accumulate);
    for (int64_t i = 0; i < m; ++i) ConvertRow(c_.data() + i * n, c + i * c_stride, n);
  }
  void MultiplyWide(const GemmInput<R>& a, const GemmInput<R>& b, float* c, int64_t c_stride, int64_t m,
                    int64_t n, int64_t k) override {
    MultiplyInto(a, b, c, c_stride, m, n, k, false);
  }

 private:
  // op(x) is [rows, columns].
  static GemmInput<float> Widen(const GemmInput<R>& x, int64_t rows, int64_t columns,
                                std::vector<float>* copy) {
    const int64_t stored_rows = x.transposed ? columns : rows, width = x.transposed ? rows : columns;
    if (static_cast<int64_t>(copy->size()) < rows * columns)
      copy->resize(static_cast<size_t>(rows * columns));
    for (int64_t i = 0; i < stored_rows; ++i)
      ConvertRow(x.data + i * x.stride, copy->data() + i * width, width);
    return {copy->data(), width, x.transposed};
  }
  void MultiplyInto(const GemmInput<R>& a, const GemmInput<R>& b, float* c, int64_t c_stride, int64_t m,
                    int64_t n, int64_t k, bool accumulate) {
    const GemmInput<float> wide_a = Widen(a, m, k, &a_);
    gemm_->Multiply(wide_a, Widen(b, k, n, &b_), c, c_stride, m, n, k, accumulate);
  }

  const std::unique_ptr<GemmApi<float>> gemm_;
  std::vector<float> a_, b_, c_;
};

}  // namespace ringside::kernels
