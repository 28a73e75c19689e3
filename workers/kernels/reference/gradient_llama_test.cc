// The backward kernels of a Llama's ops, of the other activations and of dropout against central differences.
#include "workers/kernels/testing/gradient_check.h"

namespace ringside::kernels {
namespace {

using testing::GradientTest;
using testing::Values;

TEST_F(GradientTest, RmsNorm) {
  const int64_t n = 4, c = 7;
  Values x = Draw(n * c), gamma = Draw(c), upstream = Draw(n * c), y(n * c), rstd(n);
  const auto loss = [&] {
    k_->RmsNorm(x.data(), gamma.data(), y.data(), rstd.data(), n, c, 1e-5);
    return Dot(upstream, y);
  };
  loss();
  const Values before = Draw(n * c);
  Values dx = before, dgamma(c);
  k_->RmsNormBackward(upstream.data(), x.data(), gamma.data(), rstd.data(), dx.data(), dgamma.data(), n, c,
                      false);
  for (int64_t i = 0; i < n * c; ++i) dx[i] -= before[i];  // it is added to
  Check(x, dx, loss, "dx");
  Check(gamma, dgamma, loss, "dgamma");
}

TEST_F(GradientTest, Swiglu) {
  const int64_t n = 3, f = 5;
  Values gate_up = Draw(2 * n * f, 2.0), upstream = Draw(n * f), out(n * f), gradient(2 * n * f);
  const auto loss = [&] {
    k_->Swiglu(gate_up.data(), out.data(), n, f);
    return Dot(upstream, out);
  };
  k_->SwigluBackward(gate_up.data(), upstream.data(), gradient.data(), n, f);
  Check(gate_up, gradient, loss, "dgate_up");
}

TEST_F(GradientTest, Activations) {
  for (const auto activation : {plan::Activation::kRelu, plan::Activation::kSigmoid}) {
    const int64_t n = 40;
    Values pre = Draw(n, 2.0), upstream = Draw(n), out(n);
    const auto loss = [&] {
      k_->Activation(pre.data(), out.data(), n, activation);
      return Dot(upstream, out);
    };
    Values gradient = upstream;
    k_->ActivationBackward(pre.data(), gradient.data(), n, activation);
    Check(pre, gradient, loss, "dpre");
  }
}

// The inverse turns back, which is also the transpose: the backward pass.
TEST_F(GradientTest, Rope) {
  const int64_t n = 8, rotated = 2, heads = 3, d = 6, t = 4;
  Values qkv = Draw(n * heads * d), upstream = Draw(qkv.size()), gradient = upstream;
  const auto rope = [&](Values* x, bool inverse) {
    k_->Rope(x->data(), n, rotated, heads, d, t, 2, 1, 100.0, inverse);
  };
  const auto loss = [&] {
    Values out = qkv;
    rope(&out, false);
    return Dot(upstream, out);
  };
  rope(&gradient, true);
  Check(qkv, gradient, loss, "dqkv");
  Values back = qkv;
  rope(&back, false);
  EXPECT_NE(back, qkv);
  rope(&back, true);
  for (size_t i = 0; i < qkv.size(); ++i) EXPECT_NEAR(back[i], qkv[i], 1e-15 * 8);
}

// Scores depend on distances alone: the product of a query and a key at positions p and q is that at p + s
// and q + s.
TEST_F(GradientTest, RopeScoresDependOnTheDistance) {
  const int64_t d = 8, t = 6;
  const Values vector = Draw(2 * d);
  Values rows;  // the same query and key at every position
  for (int64_t i = 0; i < t; ++i) rows.insert(rows.end(), vector.begin(), vector.end());
  k_->Rope(rows.data(), t, 2, 2, d, t, 1, 0, 10000.0, false);
  const auto score = [&](int64_t query, int64_t key) {
    double sum = 0;
    for (int64_t x = 0; x < d; ++x) sum += rows[query * 2 * d + x] * rows[key * 2 * d + d + x];
    return sum;
  };
  EXPECT_NEAR(score(3, 1), score(5, 3), 1e-13);
  EXPECT_GT(std::abs(score(3, 1) - score(3, 2)), 1e-6);
}

// The mask of the backward pass is that of the forward pass: dropout of the gradient without bias.
TEST_F(GradientTest, Dropout) {
  const int64_t n = 6, c = 5;
  const BatchSlice slice{0, 3, 10, 1, 0};
  Values x = Draw(n * c), bias = Draw(c), upstream = Draw(n * c), dbias(c);
  const auto loss = [&] {
    Values y = x;
    k_->Dropout(y.data(), bias.data(), n, c, slice, 0, 4, 0.4, 7);
    return Dot(upstream, y);
  };
  Values dx = upstream;
  k_->Dropout(dx.data(), nullptr, n, c, slice, 0, 4, 0.4, 7);
  k_->BiasGrad(dx.data(), dbias.data(), n, c, false);
  Check(x, dx, loss, "dx");
  Check(bias, dbias, loss, "dbias");
}

TEST_F(GradientTest, AttentionOverOtherKeys) {
  const int64_t b = 2, t = 4, h = 4, g = 2, d = 3;
  for (const auto& [q_rank, kv_rank] : {std::pair<int64_t, int64_t>{0, 0}, {1, 0}, {0, 1}}) {
    Values qkv = Draw(b * t * (h + 2 * g) * d), kv = Draw(b * t * 2 * g * d), upstream = Draw(b * t * h * d);
    Values out(b * t * h * d), lse(b * h * t), scratch(plan::AttentionScratchElems(t));
    const auto loss = [&] {
      k_->RingAttention(qkv.data(), kv.data(), out.data(), lse.data(), scratch.data(), b, t, h, g, d, 2,
                        q_rank, kv_rank, false);
      return Dot(upstream, out);
    };
    loss();
    Values dqkv(qkv.size(), 0.0), dkv(kv.size());
    k_->RingAttentionBackward(upstream.data(), qkv.data(), kv.data(), out.data(), lse.data(), dqkv.data(),
                              dkv.data(), scratch.data(), b, t, h, g, d, 2, q_rank, kv_rank, true);
    Check(qkv, dqkv, loss, "dqkv");  // keys and values inside qkv are not read and have no gradient
    Check(kv, dkv, loss, "dkv");
  }
}

}  // namespace
}  // namespace ringside::kernels
