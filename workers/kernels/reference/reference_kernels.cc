// The plain kernels behind the interface: correctness and readability before speed. Every sum runs in
// double, whatever R is.
#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

#include "workers/kernels/dropout.h"
#include "workers/kernels/kernels.h"
#include "workers/kernels/number.h"
#include "workers/kernels/random.h"
#include "workers/kernels/reference/activation.h"
#include "workers/kernels/reference/attention.h"
#include "workers/kernels/reference/conv.h"
#include "workers/kernels/reference/cross_entropy.h"
#include "workers/kernels/reference/embedding.h"
#include "workers/kernels/reference/gemm.h"
#include "workers/kernels/reference/layer_norm.h"
#include "workers/kernels/reference/moe.h"
#include "workers/kernels/reference/optimizer.h"
#include "workers/kernels/reference/rms_norm.h"

namespace ringside::kernels {
namespace {

template <class R>
constexpr const char* NumberName() {
  if constexpr (std::is_same_v<R, double>) return "f64";
  if constexpr (std::is_same_v<R, Bf16>) return "bf16";
  if constexpr (std::is_same_v<R, F16>) return "f16";
  return "f32";
}

template <class R>
class ReferenceKernels final : public Kernels<R> {
 public:
  using S = typename StatOf<R>::Type;

  std::string Describe() const override {
    return fmt::format("reference: plain loops, {}{}", NumberName<R>(),
                       std::is_same_v<R, double> ? "" : ", sums in f64");
  }

  // -- data and initial values

  void Fill(R* out, int64_t n, double value) override { std::fill_n(out, n, static_cast<R>(value)); }
  void FillStat(S* out, int64_t n, double value) override { std::fill_n(out, n, static_cast<S>(value)); }
  void InitNormal(R* out, int64_t param_id, int64_t outer, int64_t mid_total, int64_t mid_begin,
                  int64_t mid_count, int64_t inner, int64_t begin, int64_t count, double stddev,
                  uint64_t seed) override {
    FillNormal(out, param_id, outer, mid_total, mid_begin, mid_count, inner, begin, count, stddev, seed);
  }
  void Convert(const R* x, S* out, int64_t n) override { std::copy_n(x, n, out); }

  // -- forward

  void Embedding(const int32_t* tokens, const R* table, R* out, int64_t n, int64_t c, int64_t v_begin,
                 int64_t v_count) override {
    reference::Embedding(tokens, table, out, n, c, v_begin, v_count);
  }
  void AddPosition(R* x, const R* table, int64_t n, int64_t c, int64_t t, int64_t cp, int64_t cp_rank,
                   int64_t row_begin) override {
    reference::AddPosition(x, table, n, c, {t, cp, cp_rank, row_begin});
  }
  void LayerNorm(const R* x, const R* gamma, const R* beta, R* y, S* mean, S* rstd, int64_t n, int64_t c,
                 double eps) override {
    reference::LayerNorm(x, gamma, beta, y, mean, rstd, n, c, eps);
  }
  void RmsNorm(const R* x, const R* gamma, R* y, S* rstd, int64_t n, int64_t c, double eps) override {
    reference::RmsNorm(x, gamma, y, rstd, n, c, eps);
  }
  void Gemm(const R* a, const R* b, const R* bias, R* c, R* pre, int64_t m, int64_t n, int64_t k,
            bool trans_a, bool trans_b, bool accumulate) override {
    reference::Gemm(a, b, bias, c, pre, m, n, k, trans_a, trans_b, accumulate);
  }
  void Gelu(const R* pre, R* out, int64_t n) override {
    for (int64_t i = 0; i < n; ++i) out[i] = static_cast<R>(reference::Gelu(pre[i]));
  }
  void Activation(const R* pre, R* out, int64_t n, plan::Activation activation) override {
    reference::Activation(pre, out, n, activation);
  }
  void Swiglu(const R* gate_up, R* out, int64_t n, int64_t f) override {
    reference::Swiglu(gate_up, out, n, f);
  }
  void Rope(R* qkv, int64_t n, int64_t heads_rotated, int64_t heads_total, int64_t d, int64_t t, int64_t cp,
            int64_t cp_rank, double theta, bool inverse) override {
    reference::Rope(qkv, n, heads_rotated, heads_total, d, t, cp, cp_rank, theta, inverse);
  }
  void Attention(const R* qkv, R* out, S* lse, S* scratch, int64_t batch, int64_t t, int64_t h, int64_t g,
                 int64_t d) override {
    const reference::AttentionShape shape{batch, t, h, g, d};
    reference::Attention<R, S>(qkv, {qkv + h * d, shape.q_row()}, out, lse, scratch, shape, false);
  }
  void RingAttention(const R* qkv, const R* kv, R* out, S* lse, S* scratch, int64_t batch, int64_t t,
                     int64_t h, int64_t g, int64_t d, int64_t cp, int64_t q_rank, int64_t kv_rank,
                     bool accumulate) override {
    const reference::AttentionShape shape{batch, t, h, g, d, cp, q_rank, kv_rank};
    reference::Attention<R, S>(qkv, {kv, 2 * g * d}, out, lse, scratch, shape, accumulate);
  }
  void BiasResidual(const R* x, const R* bias, const R* residual, R* out, int64_t n, int64_t c) override {
    for (int64_t i = 0; i < n * c; ++i) {
      const double shift = bias != nullptr ? static_cast<double>(bias[i % c]) : 0.0;
      out[i] = static_cast<R>(static_cast<double>(residual[i]) + x[i] + shift);
    }
  }
  void Dropout(R* x, const R* bias, int64_t n, int64_t c, const BatchSlice& slice, int64_t row_begin,
               int64_t site, double p, uint64_t seed) override {
    DropElements(x, bias, n, c, slice, row_begin, site, p, seed);
  }
  void Copy(const R* from, R* to, int64_t rows, int64_t cols, int64_t from_stride, int64_t from_begin,
            int64_t to_stride, int64_t to_begin, bool accumulate) override {
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < cols; ++j) {
        R& into = to[i * to_stride + to_begin + j];
        const R value = from[i * from_stride + from_begin + j];
        into = accumulate ? static_cast<R>(into + value) : value;
      }
    }
  }
  void XentMax(const R* logits, S* row_max, int64_t n, int64_t v) override {
    reference::XentMax(logits, row_max, n, v);
  }
  void XentSum(const R* logits, const S* row_max, const int32_t* targets, S* stats, int64_t n, int64_t v,
               int64_t v_begin) override {
    reference::XentSum(logits, row_max, targets, stats, n, v, v_begin);
  }
  void XentLoss(R* logits, const S* row_max, const S* stats, const int32_t* targets, S* loss, int64_t n,
                int64_t v, int64_t v_begin, double scale, double grad_scale) override {
    reference::XentLoss(logits, row_max, stats, targets, loss, n, v, v_begin, scale, grad_scale);
  }
  void DeadShare(const R* act, S* out, int64_t n, int64_t f, double scale, bool accumulate) override {
    int64_t dead = 0;
    for (int64_t j = 0; j < f; ++j) {
      int64_t i = 0;
      while (i < n && act[i * f + j] == 0) ++i;
      dead += i == n ? 1 : 0;
    }
    out[0] = static_cast<S>((accumulate ? out[0] : 0) + scale * static_cast<double>(dead));
  }

  // -- mixture of experts

  void Router(const R* logits, S* probs, int32_t* slot, int32_t* choice, S* weight, S* load, int64_t n,
              int64_t e, int64_t k, int64_t t, int64_t capacity, int64_t cp) override {
    reference::Router(logits, probs, slot, choice, weight, load, n, e, k, t, capacity, cp);
  }
  void AuxLoss(const S* probs, const S* load, S* loss, int64_t n, int64_t e, int64_t t, int64_t cp,
               double scale) override {
    reference::AuxLoss(probs, load, loss, n, e, t, cp, scale);
  }
  void RouterBackward(const S* probs, const int32_t* slot, const int32_t* choice, const S* dweight,
                      const S* load, R* dlogits, int64_t n, int64_t e, int64_t k, int64_t t, int64_t cp,
                      double aux_scale, double grad_scale) override {
    reference::RouterBackward(probs, choice, dweight, load, dlogits, n, e, k, t, cp, aux_scale, grad_scale);
  }
  void Dispatch(const R* x, const int32_t* slot, R* out, int64_t n, int64_t k, int64_t c,
                int64_t rows) override {
    reference::Dispatch(x, slot, out, n, k, c, rows);
  }
  void Combine(const R* y, const int32_t* slot, const S* weight, R* out, int64_t n, int64_t k, int64_t c,
               int64_t rows) override {
    reference::Combine(y, slot, weight, out, n, k, c);
  }
  void CombineBackward(const R* dout, const R* y, const int32_t* slot, const S* weight, R* dy, S* dweight,
                       int64_t n, int64_t k, int64_t c, int64_t rows) override {
    reference::CombineBackward(dout, y, slot, weight, dy, dweight, n, k, c, rows);
  }
  void DispatchBackward(const R* dxe, const int32_t* slot, R* dx, int64_t n, int64_t k, int64_t c,
                        int64_t rows) override {
    reference::DispatchBackward(dxe, slot, dx, n, k, c);
  }
  void ExpertGemm(const R* a, const R* w, R* c, int64_t g, int64_t e, int64_t m, int64_t n, int64_t k,
                  bool trans_b) override {
    for (int64_t block = 0; block < g; ++block) {
      reference::Gemm<R>(a + block * m * k, w + block % e * n * k, nullptr, c + block * m * n, nullptr, m, n,
                         k, false, trans_b, false);
    }
  }
  void ExpertWeightGrad(const R* dy, const R* x, R* dw, int64_t g, int64_t e, int64_t m, int64_t n, int64_t k,
                        bool accumulate) override {
    reference::ExpertWeightGrad(dy, x, dw, g, e, m, n, k, accumulate);
  }

  // -- convolutional nets

  void Im2col(const R* x, R* cols, int64_t b, int64_t h, int64_t w, int64_t c, int64_t k,
              int64_t stride) override {
    reference::Im2col(x, cols, {b, h, w, c, k, stride});
  }
  void Col2im(const R* dcols, R* dx, int64_t b, int64_t h, int64_t w, int64_t c, int64_t k, int64_t stride,
              bool accumulate) override {
    reference::Col2im(dcols, dx, {b, h, w, c, k, stride}, accumulate);
  }
  void ColumnSums(const R* x, S* sums, int64_t n, int64_t c) override {
    reference::ColumnSums(x, sums, n, c);
  }
  void BatchNorm(const R* x, const S* sums, const R* gamma, const R* beta, R* y, int64_t n, int64_t c,
                 int64_t count, double eps) override {
    reference::BatchNorm(x, sums, gamma, beta, y, n, c, count, eps);
  }
  void BatchNormSums(const R* dy, const R* x, const S* sums, S* dsums, int64_t n, int64_t c, int64_t count,
                     double eps) override {
    reference::BatchNormSums(dy, x, sums, dsums, n, c, count, eps);
  }
  void BatchNormBackward(const R* dy, const R* x, const S* sums, const S* dsums, const R* gamma, R* dx,
                         int64_t n, int64_t c, int64_t count, double eps) override {
    reference::BatchNormBackward(dy, x, sums, dsums, gamma, dx, n, c, count, eps);
  }
  void BatchNormGrad(const S* dsums, R* dgamma, R* dbeta, int64_t c, bool accumulate) override {
    for (int64_t j = 0; j < c; ++j) {
      dbeta[j] = static_cast<R>(dsums[j] + (accumulate ? static_cast<S>(dbeta[j]) : S{0}));
      dgamma[j] = static_cast<R>(dsums[c + j] + (accumulate ? static_cast<S>(dgamma[j]) : S{0}));
    }
  }
  void MeanRows(const R* x, R* out, int64_t b, int64_t p, int64_t c) override {
    reference::MeanRows(x, out, b, p, c);
  }
  void MeanRowsBackward(const R* dout, R* dx, int64_t b, int64_t p, int64_t c) override {
    reference::MeanRowsBackward(dout, dx, b, p, c);
  }

  // -- backward

  void EmbeddingBackward(const int32_t* tokens, const R* dout, R* dtable, int64_t n, int64_t c,
                         int64_t v_begin, int64_t v_count) override {
    reference::EmbeddingBackward(tokens, dout, dtable, n, c, v_begin, v_count);
  }
  void PositionBackward(const R* dout, R* dtable, int64_t n, int64_t c, int64_t t, int64_t cp,
                        int64_t cp_rank, int64_t row_begin, bool accumulate) override {
    reference::PositionBackward(dout, dtable, n, c, {t, cp, cp_rank, row_begin}, accumulate);
  }
  void LayerNormBackward(const R* dy, const R* x, const R* gamma, const S* mean, const S* rstd, R* dx,
                         R* dgamma, R* dbeta, int64_t n, int64_t c, bool accumulate) override {
    reference::LayerNormBackward(dy, x, gamma, mean, rstd, dx, dgamma, dbeta, n, c, accumulate);
  }
  void RmsNormBackward(const R* dy, const R* x, const R* gamma, const S* rstd, R* dx, R* dgamma, int64_t n,
                       int64_t c, bool accumulate) override {
    reference::RmsNormBackward(dy, x, gamma, rstd, dx, dgamma, n, c, accumulate);
  }
  void BiasGrad(const R* dout, R* dbias, int64_t n, int64_t c, bool accumulate) override {
    reference::BiasGrad(dout, dbias, n, c, accumulate);
  }
  void GeluBackward(const R* pre, R* dout, int64_t n) override {
    for (int64_t i = 0; i < n; ++i) dout[i] = static_cast<R>(dout[i] * reference::GeluDerivative(pre[i]));
  }
  void ActivationBackward(const R* pre, R* dout, int64_t n, plan::Activation activation) override {
    reference::ActivationBackward(pre, dout, n, activation);
  }
  void SwigluBackward(const R* gate_up, const R* dout, R* dgate_up, int64_t n, int64_t f) override {
    reference::SwigluBackward(gate_up, dout, dgate_up, n, f);
  }
  void AttentionBackward(const R* dout, const R* qkv, const R* out, const S* lse, R* dqkv, S* scratch,
                         int64_t batch, int64_t t, int64_t h, int64_t g, int64_t d) override {
    const reference::AttentionShape shape{batch, t, h, g, d};
    reference::AttentionBackward<R, S>(dout, qkv, {qkv + h * d, shape.q_row()}, out, lse, dqkv,
                                       {dqkv + h * d, shape.q_row()}, shape, false);
  }
  void RingAttentionBackward(const R* dout, const R* qkv, const R* kv, const R* out, const S* lse, R* dqkv,
                             R* dkv, S* scratch, int64_t batch, int64_t t, int64_t h, int64_t g, int64_t d,
                             int64_t cp, int64_t q_rank, int64_t kv_rank, bool accumulate) override {
    const reference::AttentionShape shape{batch, t, h, g, d, cp, q_rank, kv_rank};
    reference::AttentionBackward<R, S>(dout, qkv, {kv, 2 * g * d}, out, lse, dqkv, {dkv, 2 * g * d}, shape,
                                       accumulate);
  }

  // -- optimizer

  void SquareSum(const R* g, S* out, int64_t n, bool accumulate) override {
    reference::SquareSum(g, out, n, accumulate);
  }
  void Control(const S* square_sum, S* control, double max_norm, bool dynamic) override {
    reference::Control(square_sum, control, max_norm, dynamic);
  }
  void AdamW(R* w, const R* g, S* master, S* m, S* v, int64_t n, double lr, double beta1, double beta2,
             double eps, double weight_decay, int64_t step, double grad_factor) override {
    reference::AdamW(w, g, master, m, v, n, lr, beta1, beta2, eps, weight_decay, step, grad_factor);
  }
  void Sgd(R* w, const R* g, S* master, int64_t n, double lr, double weight_decay,
           double grad_factor) override {
    reference::Sgd(w, g, master, n, lr, weight_decay, grad_factor);
  }

  void Reduce(R* into, const R* from, int64_t n, bool max) override {
    for (int64_t i = 0; i < n; ++i) {
      into[i] = max ? std::max(into[i], from[i]) : static_cast<R>(into[i] + from[i]);
    }
  }
};

}  // namespace

template <class R>
std::unique_ptr<Kernels<R>> MakeReferenceKernels() {
  return std::make_unique<ReferenceKernels<R>>();
}

template std::unique_ptr<Kernels<float>> MakeReferenceKernels();
template std::unique_ptr<Kernels<double>> MakeReferenceKernels();
template std::unique_ptr<Kernels<Bf16>> MakeReferenceKernels();
template std::unique_ptr<Kernels<F16>> MakeReferenceKernels();

}  // namespace ringside::kernels
