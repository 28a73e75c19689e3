// The backward kernels of mixtures of experts and of convolutional nets against central differences.
#include "workers/kernels/testing/gradient_check.h"

namespace ringside::kernels {
namespace {

using testing::GradientTest;
using testing::Values;

// Weights of the chosen and the load-balance loss together, as far as the choice stays what it is.
TEST_F(GradientTest, RouterAndAuxLoss) {
  for (const int64_t k : {1, 2, 3}) {
    const int64_t n = 8, e = 4, t = 4, cp = 2;
    const double aux = 0.3;
    Values logits = Draw(n * e, 2.0), upstream = Draw(n * k), probs(n * e), weight(n * k), load(n / t * e);
    std::vector<int32_t> slot(n * k), choice(n * k);
    const auto loss = [&] {
      k_->Router(logits.data(), probs.data(), slot.data(), choice.data(), weight.data(), load.data(), n, e, k,
                 t, /*capacity=*/t, cp);
      double value = Dot(upstream, weight) / 5;
      k_->AuxLoss(probs.data(), load.data(), &value, n, e, t, cp, aux);
      return 5 * value;
    };
    loss();
    Values gradient(n * e);
    k_->RouterBackward(probs.data(), slot.data(), choice.data(), upstream.data(), load.data(),
                       gradient.data(), n, e, k, t, cp, aux, /*grad_scale=*/5);
    Check(logits, gradient, loss, "dlogits");
  }
}

// The load-balance loss is least, and is 1, where every expert has the same load and probability.
TEST_F(GradientTest, AuxLossIsOneWhereBalanced) {
  const int64_t e = 4, t = 6;
  const Values probs(2 * t * e, 1.0 / e), load(2 * e, 1.0 / e);
  double loss = 0;
  k_->AuxLoss(probs.data(), load.data(), &loss, 2 * t, e, t, 1, 0.5);
  EXPECT_NEAR(loss, 0.5 * 2, 1e-12);  // two sequences
}

// Tokens through two experts and back, one choice dropped.
TEST_F(GradientTest, DispatchExpertsCombine) {
  const int64_t n = 3, k = 2, c = 4, f = 5, e = 2, m = 3, rows = e * m;
  const std::vector<int32_t> slot = {0, 3, 1, 5, 4, -1};
  Values x = Draw(n * c), w = Draw(e * f * c), weight = Draw(n * k), upstream = Draw(n * f);
  Values in(rows * c), y(rows * f), out(n * f);
  const auto loss = [&] {
    k_->Dispatch(x.data(), slot.data(), in.data(), n, k, c, rows);
    k_->ExpertGemm(in.data(), w.data(), y.data(), e, e, m, f, c, true);
    k_->Combine(y.data(), slot.data(), weight.data(), out.data(), n, k, f, rows);
    return Dot(upstream, out);
  };
  loss();
  Values dy(rows * f), dweight(n * k), din(rows * c), dw(w.size()), dx(n * c);
  k_->CombineBackward(upstream.data(), y.data(), slot.data(), weight.data(), dy.data(), dweight.data(), n, k,
                      f, rows);
  k_->ExpertWeightGrad(dy.data(), in.data(), dw.data(), e, e, m, f, c, false);
  k_->ExpertGemm(dy.data(), w.data(), din.data(), e, e, m, c, f, false);
  k_->DispatchBackward(din.data(), slot.data(), dx.data(), n, k, c, rows);
  Check(x, dx, loss, "dx");
  Check(w, dw, loss, "dw");
  Check(weight, dweight, loss, "dweight");
}

// A convolution: windows times weights.
TEST_F(GradientTest, Convolution) {
  for (const int64_t stride : {1, 2}) {
    const int64_t b = 2, h = 5, w = 4, c = 2, k = 3, out_c = 3;
    const int64_t rows = b * ((h + stride - 1) / stride) * ((w + stride - 1) / stride), window = k * k * c;
    Values x = Draw(b * h * w * c), weights = Draw(out_c * window), upstream = Draw(rows * out_c);
    Values cols(rows * window), y(rows * out_c);
    const auto loss = [&] {
      k_->Im2col(x.data(), cols.data(), b, h, w, c, k, stride);
      k_->Gemm(cols.data(), weights.data(), nullptr, y.data(), nullptr, rows, out_c, window, false, true,
               false);
      return Dot(upstream, y);
    };
    loss();
    Values dcols(cols.size()), dx(x.size()), dw(weights.size());
    k_->Gemm(upstream.data(), weights.data(), nullptr, dcols.data(), nullptr, rows, window, out_c, false,
             false, false);
    k_->Gemm(upstream.data(), cols.data(), nullptr, dw.data(), nullptr, out_c, window, rows, true, false,
             false);
    k_->Col2im(dcols.data(), dx.data(), b, h, w, c, k, stride, false);
    Check(x, dx, loss, "dx");
    Check(weights, dw, loss, "dw");
  }
}

// Two ranks, whose sums are added.
TEST_F(GradientTest, BatchNormOverRanks) {
  const int64_t n = 5, c = 3, count = 2 * n;
  Values x = Draw(2 * n * c), gamma = Draw(c), beta = Draw(c), upstream = Draw(2 * n * c), y(2 * n * c);
  Values sums(2 * c);
  const auto add_up = [&](const auto& of_rank) {
    Values total(2 * c, 0.0), part(2 * c);
    for (int64_t rank = 0; rank < 2; ++rank) {
      of_rank(rank * n * c, part.data());
      k_->Reduce(total.data(), part.data(), 2 * c, false);
    }
    return total;
  };
  const auto loss = [&] {
    sums = add_up([&](int64_t at, double* part) { k_->ColumnSums(x.data() + at, part, n, c); });
    for (int64_t at : {int64_t{0}, n * c}) {
      k_->BatchNorm(x.data() + at, sums.data(), gamma.data(), beta.data(), y.data() + at, n, c, count, 1e-3);
    }
    return Dot(upstream, y);
  };
  loss();
  const Values dsums = add_up([&](int64_t at, double* part) {
    k_->BatchNormSums(upstream.data() + at, x.data() + at, sums.data(), part, n, c, count, 1e-3);
  });
  Values dx(x.size()), dgamma(c), dbeta(c);
  for (int64_t at : {int64_t{0}, n * c}) {
    k_->BatchNormBackward(upstream.data() + at, x.data() + at, sums.data(), dsums.data(), gamma.data(),
                          dx.data() + at, n, c, count, 1e-3);
  }
  k_->BatchNormGrad(dsums.data(), dgamma.data(), dbeta.data(), c, false);
  Check(x, dx, loss, "dx");
  Check(gamma, dgamma, loss, "dgamma");
  Check(beta, dbeta, loss, "dbeta");
}

TEST_F(GradientTest, MeanRows) {
  const int64_t b = 2, p = 4, c = 3;
  Values x = Draw(b * p * c), upstream = Draw(b * c), out(b * c), dx(x.size());
  const auto loss = [&] {
    k_->MeanRows(x.data(), out.data(), b, p, c);
    return Dot(upstream, out);
  };
  k_->MeanRowsBackward(upstream.data(), dx.data(), b, p, c);
  Check(x, dx, loss, "dx");
}

}  // namespace
}  // namespace ringside::kernels
