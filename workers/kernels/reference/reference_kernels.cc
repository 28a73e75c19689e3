// The plain kernels behind the interface: correctness and readability before speed. Every sum runs in
// double, whatever R is.
#include <algorithm>
#include <cmath>

#include "workers/kernels/kernels.h"
#include "workers/kernels/random.h"
#include "workers/kernels/reference/attention.h"
#include "workers/kernels/reference/cross_entropy.h"
#include "workers/kernels/reference/embedding.h"
#include "workers/kernels/reference/gemm.h"
#include "workers/kernels/reference/layer_norm.h"
#include "workers/kernels/synthetic_data.h"

namespace ringside::kernels {
namespace {

template <class R>
class ReferenceKernels final : public Kernels<R> {
 public:
  std::string Describe() const override {
    return sizeof(R) == sizeof(double) ? "reference: plain loops, f64"
                                       : "reference: plain loops, f32, sums in f64";
  }

  void LoadBatch(int32_t* tokens, int32_t* targets, int64_t batch, int64_t seq_len, int64_t first_sample,
                 int64_t vocab, uint64_t seed) override {
    FillBatch(tokens, targets, batch, seq_len, first_sample, vocab, seed);
  }
  void Fill(R* out, int64_t n, double value) override { std::fill_n(out, n, static_cast<R>(value)); }
  void InitNormal(R* out, int64_t param_id, int64_t outer, int64_t mid_total, int64_t mid_begin,
                  int64_t mid_count, int64_t inner, double stddev, uint64_t seed) override {
    FillNormal(out, param_id, outer, mid_total, mid_begin, mid_count, inner, stddev, seed);
  }

  void Embedding(const int32_t* tokens, const R* table, R* out, int64_t n, int64_t c, int64_t v_begin,
                 int64_t v_count) override {
    reference::Embedding(tokens, table, out, n, c, v_begin, v_count);
  }
  void AddPosition(R* x, const R* table, int64_t n, int64_t c, int64_t t) override {
    reference::AddPosition(x, table, n, c, t);
  }
  void LayerNorm(const R* x, const R* gamma, const R* beta, R* y, R* mean, R* rstd, int64_t n, int64_t c,
                 double eps) override {
    reference::LayerNorm(x, gamma, beta, y, mean, rstd, n, c, eps);
  }
  void Gemm(const R* a, const R* b, const R* bias, R* c, R* pre, int64_t m, int64_t n, int64_t k,
            bool trans_a, bool trans_b, bool accumulate) override {
    reference::Gemm(a, b, bias, c, pre, m, n, k, trans_a, trans_b, accumulate);
  }
  void Attention(const R* qkv, R* out, R* lse, R* scratch, int64_t batch, int64_t t, int64_t h,
                 int64_t d) override {
    reference::Attention(qkv, out, lse, scratch, batch, t, h, d);
  }
  void BiasResidual(R* x, const R* bias, const R* residual, int64_t n, int64_t c) override {
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j < c; ++j) x[i * c + j] = residual[i * c + j] + x[i * c + j] + bias[j];
    }
  }
  void XentMax(const R* logits, R* row_max, int64_t n, int64_t v) override {
    reference::XentMax(logits, row_max, n, v);
  }
  void XentSum(const R* logits, const R* row_max, const int32_t* targets, R* stats, int64_t n, int64_t v,
               int64_t v_begin) override {
    reference::XentSum(logits, row_max, targets, stats, n, v, v_begin);
  }
  void XentLoss(R* logits, const R* row_max, const R* stats, const int32_t* targets, R* loss, int64_t n,
                int64_t v, int64_t v_begin, double scale) override {
    reference::XentLoss(logits, row_max, stats, targets, loss, n, v, v_begin, scale);
  }

  void EmbeddingBackward(const int32_t* tokens, const R* dout, R* dtable, int64_t n, int64_t c,
                         int64_t v_begin, int64_t v_count) override {
    reference::EmbeddingBackward(tokens, dout, dtable, n, c, v_begin, v_count);
  }
  void PositionBackward(const R* dout, R* dtable, int64_t n, int64_t c, int64_t t, bool accumulate) override {
    reference::PositionBackward(dout, dtable, n, c, t, accumulate);
  }
  void LayerNormBackward(const R* dy, const R* x, const R* gamma, const R* mean, const R* rstd, R* dx,
                         R* dgamma, R* dbeta, int64_t n, int64_t c, bool accumulate) override {
    reference::LayerNormBackward(dy, x, gamma, mean, rstd, dx, dgamma, dbeta, n, c, accumulate);
  }
  void BiasGrad(const R* dout, R* dbias, int64_t n, int64_t c, bool accumulate) override {
    reference::BiasGrad(dout, dbias, n, c, accumulate);
  }
  void Gelu(const R* pre, R* out, int64_t n) override {
    for (int64_t i = 0; i < n; ++i) out[i] = static_cast<R>(reference::Gelu(pre[i]));
  }
  void GeluBackward(const R* pre, R* dout, int64_t n) override {
    for (int64_t i = 0; i < n; ++i) dout[i] = static_cast<R>(dout[i] * reference::GeluDerivative(pre[i]));
  }
  void AttentionBackward(const R* dout, const R* qkv, const R* out, const R* lse, R* dqkv, R* scratch,
                         int64_t batch, int64_t t, int64_t h, int64_t d) override {
    reference::AttentionBackward(dout, qkv, out, lse, dqkv, scratch, batch, t, h, d);
  }

  void AdamW(R* w, const R* g, R* m, R* v, int64_t n, double lr, double beta1, double beta2, double eps,
             double weight_decay, int64_t step) override {
    const double correction1 = 1.0 - std::pow(beta1, static_cast<double>(step));
    const double correction2 = 1.0 - std::pow(beta2, static_cast<double>(step));
    for (int64_t i = 0; i < n; ++i) {
      const double gradient = g[i];
      const double first = beta1 * m[i] + (1.0 - beta1) * gradient;
      const double second = beta2 * v[i] + (1.0 - beta2) * gradient * gradient;
      m[i] = static_cast<R>(first);
      v[i] = static_cast<R>(second);
      const double update = first / correction1 / (std::sqrt(second / correction2) + eps);
      w[i] = static_cast<R>(w[i] - lr * (update + weight_decay * w[i]));
    }
  }
  void Sgd(R* w, const R* g, int64_t n, double lr, double weight_decay) override {
    for (int64_t i = 0; i < n; ++i) w[i] = static_cast<R>(w[i] - lr * (g[i] + weight_decay * w[i]));
  }

  void Reduce(R* into, const R* from, int64_t n, bool max) override {
    for (int64_t i = 0; i < n; ++i) into[i] = max ? std::max(into[i], from[i]) : into[i] + from[i];
  }
};

}  // namespace

template <class R>
std::unique_ptr<Kernels<R>> MakeReferenceKernels() {
  return std::make_unique<ReferenceKernels<R>>();
}

template std::unique_ptr<Kernels<float>> MakeReferenceKernels();
template std::unique_ptr<Kernels<double>> MakeReferenceKernels();

}  // namespace ringside::kernels
