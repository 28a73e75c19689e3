// The backward kernels of a GPT's ops against central differences (testing/gradient_check.h).
#include "workers/kernels/testing/gradient_check.h"

namespace ringside::kernels {
namespace {

using testing::GradientTest;
using testing::Values;

// y = gelu(x W^T + b) and the three products and sums that make its gradients.
TEST_F(GradientTest, LinearWithGelu) {
  const int64_t n = 5, in = 4, out = 6;
  Values x = Draw(n * in), w = Draw(out * in), b = Draw(out), upstream = Draw(n * out), y(n * out),
         pre(n * out);
  const auto loss = [&] {
    k_->Gemm(x.data(), w.data(), b.data(), y.data(), pre.data(), n, out, in, false, true, false);
    return Dot(upstream, y);
  };
  loss();
  Values dpre = upstream, dx(n * in), dw(out * in), db(out);
  k_->GeluBackward(pre.data(), dpre.data(), n * out);
  k_->Gemm(dpre.data(), w.data(), nullptr, dx.data(), nullptr, n, in, out, false, false, false);
  k_->Gemm(dpre.data(), x.data(), nullptr, dw.data(), nullptr, out, in, n, true, false, false);
  k_->BiasGrad(dpre.data(), db.data(), n, out, false);
  Check(x, dx, loss, "dx");
  Check(w, dw, loss, "dw");
  Check(b, db, loss, "db");
}

TEST_F(GradientTest, LayerNorm) {
  const int64_t n = 4, c = 7;
  Values x = Draw(n * c), gamma = Draw(c), beta = Draw(c), upstream = Draw(n * c), y(n * c), mean(n), rstd(n);
  const auto loss = [&] {
    k_->LayerNorm(x.data(), gamma.data(), beta.data(), y.data(), mean.data(), rstd.data(), n, c, 1e-5);
    return Dot(upstream, y);
  };
  loss();
  Values dx(n * c, 0.0), dgamma(c), dbeta(c);
  k_->LayerNormBackward(upstream.data(), x.data(), gamma.data(), mean.data(), rstd.data(), dx.data(),
                        dgamma.data(), dbeta.data(), n, c, false);
  Check(x, dx, loss, "dx");
  Check(gamma, dgamma, loss, "dgamma");
  Check(beta, dbeta, loss, "dbeta");
}

TEST_F(GradientTest, Attention) {
  for (const int64_t g : {4, 2, 1}) {
    const int64_t b = 2, t = 5, h = 4, d = 3, c = h * d;
    Values qkv = Draw(b * t * (h + 2 * g) * d), upstream = Draw(b * t * c), out(b * t * c), lse(b * h * t),
           scratch(plan::AttentionScratchElems(t));
    const auto loss = [&] {
      k_->Attention(qkv.data(), out.data(), lse.data(), scratch.data(), b, t, h, g, d);
      return Dot(upstream, out);
    };
    loss();
    Values dqkv(qkv.size());
    k_->AttentionBackward(upstream.data(), qkv.data(), out.data(), lse.data(), dqkv.data(), scratch.data(), b,
                          t, h, g, d);
    Check(qkv, dqkv, loss, "dqkv");
  }
}

TEST_F(GradientTest, CrossEntropy) {
  const int64_t n = 4, v = 9;
  const double scale = 0.7;
  Values logits = Draw(n * v, 2.0), gradient;
  const std::vector<int32_t> targets = {0, 8, 3, 3};
  const auto loss = [&] {
    Values row_max(n), stats(2 * n), value = {0.0};
    gradient = logits;
    k_->XentMax(gradient.data(), row_max.data(), n, v);
    k_->XentSum(gradient.data(), row_max.data(), targets.data(), stats.data(), n, v, 0);
    k_->XentLoss(gradient.data(), row_max.data(), stats.data(), targets.data(), value.data(), n, v, 0, scale,
                 1.0);
    return value[0];
  };
  loss();
  Check(logits, Values(gradient), loss, "dlogits");
}

// The loss itself, by its definition.
TEST_F(GradientTest, CrossEntropyIsMinusLogLikelihood) {
  Values logits = {1.0, 2.0, 0.5}, row_max(1), stats(2), loss = {0.25};
  const int32_t target = 2;
  const double expected = -std::log(std::exp(0.5) / (std::exp(1.0) + std::exp(2.0) + std::exp(0.5)));
  k_->XentMax(logits.data(), row_max.data(), 1, 3);
  k_->XentSum(logits.data(), row_max.data(), &target, stats.data(), 1, 3, 0);
  k_->XentLoss(logits.data(), row_max.data(), stats.data(), &target, loss.data(), 1, 3, 0, 2.0, 1.0);
  EXPECT_NEAR(loss[0], 0.25 + 2 * expected, 1e-14);
}

TEST_F(GradientTest, Embeddings) {
  const int64_t n = 6, c = 3, t = 3, v_begin = 2, v_count = 4;
  Values table = Draw(v_count * c), positions = Draw(t * c), upstream = Draw(n * c), x(n * c);
  const std::vector<int32_t> tokens = {2, 5, 1, 6, 5, 3};  // 1 and 6 are of other shards
  const auto loss = [&] {
    k_->Embedding(tokens.data(), table.data(), x.data(), n, c, v_begin, v_count);
    k_->AddPosition(x.data(), positions.data(), n, c, t, 1, 0, 0);
    return Dot(upstream, x);
  };
  loss();
  Values dtable(table.size(), 0.0), dpositions(positions.size());
  k_->EmbeddingBackward(tokens.data(), upstream.data(), dtable.data(), n, c, v_begin, v_count);
  k_->PositionBackward(upstream.data(), dpositions.data(), n, c, t, 1, 0, 0, false);
  Check(table, dtable, loss, "dtable");
  Check(positions, dpositions, loss, "dpositions");
}

TEST_F(GradientTest, BiasResidual) {
  const int64_t n = 3, c = 4;
  Values x = Draw(n * c), bias = Draw(c), residual = Draw(n * c), upstream = Draw(n * c), y(n * c);
  const auto loss = [&] {
    k_->BiasResidual(x.data(), bias.data(), residual.data(), y.data(), n, c);
    return Dot(upstream, y);
  };
  Values dbias(c);
  k_->BiasGrad(upstream.data(), dbias.data(), n, c, false);
  Check(x, upstream, loss, "dx");
  Check(residual, upstream, loss, "dresidual");
  Check(bias, dbias, loss, "dbias");
}

}  // namespace
}  // namespace ringside::kernels
