#include "workers/kernels/cuda/cuda_kernels.h"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "workers/kernels/cuda/activation.h"
#include "workers/kernels/cuda/attention.h"
#include "workers/kernels/cuda/conv.h"
#include "workers/kernels/cuda/cross_entropy.h"
#include "workers/kernels/cuda/elementwise.h"
#include "workers/kernels/cuda/embedding.h"
#include "workers/kernels/cuda/lt_gemm.h"
#include "workers/kernels/cuda/moe.h"
#include "workers/kernels/cuda/norm.h"
#include "workers/kernels/cuda/optimizer.h"
#include "workers/kernels/cuda/plain_gemm.h"
#include "workers/kernels/random.h"

namespace ringside::kernels::cuda {
namespace {

// The device's type of the same bits, and what cuBLASLt calls it.
template <class R>
struct ElementOf {
  using Type = R;
  static constexpr cudaDataType_t kType = std::is_same_v<R, double> ? CUDA_R_64F : CUDA_R_32F;
};
template <>
struct ElementOf<Bf16> {
  using Type = __nv_bfloat16;
  static constexpr cudaDataType_t kType = CUDA_R_16BF;
};
template <>
struct ElementOf<F16> {
  using Type = __half;
  static constexpr cudaDataType_t kType = CUDA_R_16F;
};

template <class R>
class CudaKernels final : public Kernels<R> {
 public:
  using S = typename StatOf<R>::Type;
  using E = typename ElementOf<R>::Type;
  static constexpr bool kNarrow = sizeof(R) == 2;

  CudaKernels(Context* context, std::unique_ptr<LtGemm> lt) : context_(*context), lt_(std::move(lt)) {}

  std::string Describe() const override {
    return fmt::format("cuda: {}, cuBLASLt {}{}", context_.DeviceName(), lt_->Version(),
                       context_.options().fast_math ? ", TF32 and fused GELU" : "");
  }

  // -- data and initial values

  void Fill(R* out, int64_t n, double value) override { Elementwise<E>::Fill(l(), D(out), n, value); }
  void FillStat(S* out, int64_t n, double value) override { Elementwise<E>::FillStat(l(), out, n, value); }
  // On the host: the logarithm and sine of a GPU differ from its in the last bit.
  void InitNormal(R* out, int64_t param_id, int64_t outer, int64_t mid_total, int64_t mid_begin,
                  int64_t mid_count, int64_t inner, int64_t begin, int64_t count, double stddev,
                  uint64_t seed) override {
    std::vector<R> values(count);
    FillNormal(values.data(), param_id, outer, mid_total, mid_begin, mid_count, inner, begin, count, stddev,
               seed);
    context_.CopyIn(out, values.data(), count * static_cast<int64_t>(sizeof(R)));
  }
  void Convert(const R* x, S* out, int64_t n) override { Elementwise<E>::Convert(l(), D(x), out, n); }

  // -- forward

  void Embedding(const int32_t* tokens, const R* table, R* out, int64_t n, int64_t c, int64_t v_begin,
                 int64_t v_count) override {
    Embeddings<E>::Forward(l(), tokens, D(table), D(out), n, c, v_begin, v_count);
  }
  void AddPosition(R* x, const R* table, int64_t n, int64_t c, int64_t t, int64_t cp, int64_t cp_rank,
                   int64_t row_begin) override {
    Elementwise<E>::AddPosition(l(), D(x), D(table), n, c, t, cp, cp_rank, row_begin);
  }
  void LayerNorm(const R* x, const R* gamma, const R* beta, R* y, S* mean, S* rstd, int64_t n, int64_t c,
                 double eps) override {
    Norms<E>::LayerNorm(l(), D(x), D(gamma), D(beta), D(y), mean, rstd, n, c, eps);
  }
  void RmsNorm(const R* x, const R* gamma, R* y, S* rstd, int64_t n, int64_t c, double eps) override {
    Norms<E>::RmsNorm(l(), D(x), D(gamma), D(y), rstd, n, c, eps);
  }

  void Gemm(const R* a, const R* b, const R* bias, R* c, R* pre, int64_t m, int64_t n, int64_t k,
            bool trans_a, bool trans_b, bool accumulate) override {
    LtGemm::Call call = CallOf({m, n, k, trans_a, trans_b}, a, b, c, accumulate);
    if constexpr (std::is_same_v<R, double>) {  // cuBLASLt has no epilogues in double
      if (!lt_->Run(call)) RunPlain(call, nullptr, c);
      if (bias != nullptr || pre != nullptr) Elementwise<E>::FinishGemm(l(), D(c), D(bias), D(pre), m, n);
      return;
    }
    call.bias = Aligned(bias, n);
    if (pre != nullptr && context_.options().fast_math && n % 8 == 0 &&
        reinterpret_cast<uintptr_t>(pre) % 16 == 0) {
      call.pre = pre;
      if (lt_->Run(call)) return;
      call.pre = nullptr;
    }
    if (!lt_->Run(call)) RunPlain(call, bias, c);
    // After the product, not in it: Gelu must be able to repeat it bit for bit from `pre`.
    if (pre != nullptr) Elementwise<E>::FinishGemm(l(), D(c), nullptr, D(pre), m, n);
  }

  void Gelu(const R* pre, R* out, int64_t n) override { Activations<E>::Gelu(l(), D(pre), D(out), n); }
  void Activation(const R* pre, R* out, int64_t n, plan::Activation activation) override {
    if (activation == plan::Activation::kSigmoid) return Activations<E>::SigmoidOf(l(), D(pre), D(out), n);
    Activations<E>::Relu(l(), D(pre), D(out), n);
  }
  void Swiglu(const R* gate_up, R* out, int64_t n, int64_t f) override {
    Activations<E>::Swiglu(l(), D(gate_up), D(out), n, f);
  }
  void Rope(R* qkv, int64_t n, int64_t heads_rotated, int64_t heads_total, int64_t d, int64_t t, int64_t cp,
            int64_t cp_rank, double theta, bool inverse) override {
    Activations<E>::Rope(l(), D(qkv), n, heads_rotated, heads_total, d, t, cp, cp_rank, theta, inverse);
  }
  void Attention(const R* qkv, R* out, S* lse, S* scratch, int64_t batch, int64_t t, int64_t h, int64_t g,
                 int64_t d) override {
    if (!Fits(d)) return;
    const AttentionShape shape{batch, t, h, g, d, 1, 0, 0, (h + 2 * g) * d};
    cuda::Attention<E>::Forward(l(), D(qkv), D(qkv) + h * d, D(out), lse, shape, false);
  }
  void RingAttention(const R* qkv, const R* kv, R* out, S* lse, S* scratch, int64_t batch, int64_t t,
                     int64_t h, int64_t g, int64_t d, int64_t cp, int64_t q_rank, int64_t kv_rank,
                     bool accumulate) override {
    if (!Fits(d)) return;
    const AttentionShape shape{batch, t, h, g, d, cp, q_rank, kv_rank, 2 * g * d};
    cuda::Attention<E>::Forward(l(), D(qkv), D(kv), D(out), lse, shape, accumulate);
  }
  void BiasResidual(const R* x, const R* bias, const R* residual, R* out, int64_t n, int64_t c) override {
    Elementwise<E>::BiasResidual(l(), D(x), D(bias), D(residual), D(out), n, c);
  }
  void Dropout(R* x, const R* bias, int64_t n, int64_t c, const BatchSlice& slice, int64_t row_begin,
               int64_t site, double p, uint64_t seed) override {
    Elementwise<E>::Dropout(l(), D(x), D(bias), n, c, slice.seq_len, slice.cp, slice.cp_rank,
                            slice.first_sample, row_begin, site, p, seed);
  }
  void Copy(const R* from, R* to, int64_t rows, int64_t cols, int64_t from_stride, int64_t from_begin,
            int64_t to_stride, int64_t to_begin, bool accumulate) override {
    Elementwise<E>::Copy(l(), D(from), D(to), rows, cols, from_stride, from_begin, to_stride, to_begin,
                         accumulate);
  }
  void XentMax(const R* logits, S* row_max, int64_t n, int64_t v) override {
    CrossEntropy<E>::Max(l(), D(logits), row_max, n, v);
  }
  void XentSum(const R* logits, const S* row_max, const int32_t* targets, S* stats, int64_t n, int64_t v,
               int64_t v_begin) override {
    CrossEntropy<E>::Sum(l(), D(logits), row_max, targets, stats, n, v, v_begin);
  }
  void XentLoss(R* logits, const S* row_max, const S* stats, const int32_t* targets, S* loss, int64_t n,
                int64_t v, int64_t v_begin, double scale, double grad_scale) override {
    CrossEntropy<E>::Loss(l(), D(logits), row_max, stats, targets, loss, n, v, v_begin, scale, grad_scale,
                          nullptr);
  }
  void XentLossScaled(R* logits, const S* row_max, const S* stats, const int32_t* targets, S* loss, int64_t n,
                      int64_t v, int64_t v_begin, double scale, double grad_scale,
                      const S* control) override {
    CrossEntropy<E>::Loss(l(), D(logits), row_max, stats, targets, loss, n, v, v_begin, scale, grad_scale,
                          control);
  }
  void DeadShare(const R* act, S* out, int64_t n, int64_t f, double scale, bool accumulate) override {
    ColumnOps<E>::DeadShare(l(), D(act), out, n, f, scale, accumulate);
  }

  // -- mixture of experts

  void Router(const R* logits, S* probs, int32_t* slot, int32_t* choice, S* weight, S* load, int64_t n,
              int64_t e, int64_t k, int64_t t, int64_t capacity, int64_t cp) override {
    Moe<E>::Router(l(), D(logits), probs, slot, choice, weight, load, n, e, k, t, capacity, cp);
  }
  void AuxLoss(const S* probs, const S* load, S* loss, int64_t n, int64_t e, int64_t t, int64_t cp,
               double scale) override {
    Moe<E>::AuxLoss(l(), probs, load, loss, n, e, t, cp, scale);
  }
  void RouterBackward(const S* probs, const int32_t* slot, const int32_t* choice, const S* dweight,
                      const S* load, R* dlogits, int64_t n, int64_t e, int64_t k, int64_t t, int64_t cp,
                      double aux_scale, double grad_scale) override {
    Moe<E>::RouterBackward(l(), probs, choice, dweight, load, D(dlogits), n, e, k, t, cp, aux_scale,
                           grad_scale, nullptr);
  }
  void RouterBackwardScaled(const S* probs, const int32_t* slot, const int32_t* choice, const S* dweight,
                            const S* load, R* dlogits, int64_t n, int64_t e, int64_t k, int64_t t, int64_t cp,
                            double aux_scale, const S* control) override {
    Moe<E>::RouterBackward(l(), probs, choice, dweight, load, D(dlogits), n, e, k, t, cp, aux_scale, 1.0,
                           control);
  }
  void Dispatch(const R* x, const int32_t* slot, R* out, int64_t n, int64_t k, int64_t c,
                int64_t rows) override {
    Moe<E>::Dispatch(l(), D(x), slot, D(out), n, k, c, rows);
  }
  void Combine(const R* y, const int32_t* slot, const S* weight, R* out, int64_t n, int64_t k, int64_t c,
               int64_t rows) override {
    Moe<E>::Combine(l(), D(y), slot, weight, D(out), n, k, c);
  }
  void CombineBackward(const R* dout, const R* y, const int32_t* slot, const S* weight, R* dy, S* dweight,
                       int64_t n, int64_t k, int64_t c, int64_t rows) override {
    Moe<E>::CombineBackward(l(), D(dout), D(y), slot, weight, D(dy), dweight, n, k, c, rows);
  }
  void DispatchBackward(const R* dxe, const int32_t* slot, R* dx, int64_t n, int64_t k, int64_t c,
                        int64_t rows) override {
    Moe<E>::DispatchBackward(l(), D(dxe), slot, D(dx), n, k, c);
  }
  // One batched product per round of all experts.
  void ExpertGemm(const R* a, const R* w, R* c, int64_t g, int64_t e, int64_t m, int64_t n, int64_t k,
                  bool trans_b) override {
    for (int64_t block = 0; block < g; block += e) {
      const int64_t batch = std::min(e, g - block);
      LtGemm::Call call = CallOf({m, n, k, false, trans_b, batch, m * k, n * k, m * n}, a + block * m * k, w,
                                 c + block * m * n, false);
      if (!lt_->Run(call)) RunPlain(call, nullptr, c + block * m * n);
    }
  }
  void ExpertWeightGrad(const R* dy, const R* x, R* dw, int64_t g, int64_t e, int64_t m, int64_t n, int64_t k,
                        bool accumulate) override {
    // In a narrow type the sum over several blocks of an expert is made in float and rounded once.
    const bool in_float = kNarrow && g > e;
    const int64_t elems = e * n * k;
    auto* sums = in_float ? reinterpret_cast<S*>(context_.Scratch(elems * int64_t{sizeof(S)})) : nullptr;
    if (in_float && sums == nullptr) return;
    for (int64_t block = 0; block < g; block += e) {
      const int64_t batch = std::min(e, g - block);
      LtGemm::Call call = CallOf({n, k, m, true, false, batch, m * n, m * k, n * k}, dy + block * m * n,
                                 x + block * m * k, dw, block > 0 || (accumulate && !in_float));
      if (in_float) call.c = sums, call.out_type = CUDA_R_32F;
      if (lt_->Run(call)) continue;
      if (in_float) {
        PlainGemm<E, Stat<E>>::Run(l(), D(dy + block * m * n), D(x + block * m * k), nullptr, sums,
                                   call.shape, call.accumulate);
      } else {
        RunPlain(call, nullptr, dw);
      }
    }
    if (in_float) Elementwise<E>::StoreSums(l(), sums, D(dw), elems, accumulate);
  }

  // -- convolutional nets

  void Im2col(const R* x, R* cols, int64_t b, int64_t h, int64_t w, int64_t c, int64_t k,
              int64_t stride) override {
    Conv<E>::Im2col(l(), D(x), D(cols), b, h, w, c, k, stride);
  }
  void Col2im(const R* dcols, R* dx, int64_t b, int64_t h, int64_t w, int64_t c, int64_t k, int64_t stride,
              bool accumulate) override {
    Conv<E>::Col2im(l(), D(dcols), D(dx), b, h, w, c, k, stride, accumulate);
  }
  void ColumnSums(const R* x, S* sums, int64_t n, int64_t c) override {
    ColumnOps<E>::ColumnSums(l(), D(x), sums, n, c);
  }
  void BatchNorm(const R* x, const S* sums, const R* gamma, const R* beta, R* y, int64_t n, int64_t c,
                 int64_t count, double eps) override {
    ColumnOps<E>::BatchNorm(l(), D(x), sums, D(gamma), D(beta), D(y), n, c, count, eps);
  }
  void BatchNormSums(const R* dy, const R* x, const S* sums, S* dsums, int64_t n, int64_t c, int64_t count,
                     double eps) override {
    ColumnOps<E>::BatchNormSums(l(), D(dy), D(x), sums, dsums, n, c, count, eps);
  }
  void BatchNormBackward(const R* dy, const R* x, const S* sums, const S* dsums, const R* gamma, R* dx,
                         int64_t n, int64_t c, int64_t count, double eps) override {
    ColumnOps<E>::BatchNormBackward(l(), D(dy), D(x), sums, dsums, D(gamma), D(dx), n, c, count, eps);
  }
  void BatchNormGrad(const S* dsums, R* dgamma, R* dbeta, int64_t c, bool accumulate) override {
    ColumnOps<E>::BatchNormGrad(l(), dsums, D(dgamma), D(dbeta), c, accumulate);
  }
  void MeanRows(const R* x, R* out, int64_t b, int64_t p, int64_t c) override {
    Conv<E>::MeanRows(l(), D(x), D(out), b, p, c);
  }
  void MeanRowsBackward(const R* dout, R* dx, int64_t b, int64_t p, int64_t c) override {
    Conv<E>::MeanRowsBackward(l(), D(dout), D(dx), b, p, c);
  }

  // -- backward

  void EmbeddingBackward(const int32_t* tokens, const R* dout, R* dtable, int64_t n, int64_t c,
                         int64_t v_begin, int64_t v_count) override {
    Embeddings<E>::Backward(l(), tokens, D(dout), D(dtable), n, c, v_begin, v_count);
  }
  void PositionBackward(const R* dout, R* dtable, int64_t n, int64_t c, int64_t t, int64_t cp,
                        int64_t cp_rank, int64_t row_begin, bool accumulate) override {
    Embeddings<E>::PositionBackward(l(), D(dout), D(dtable), n, c, t, cp, cp_rank, row_begin, accumulate);
  }
  void LayerNormBackward(const R* dy, const R* x, const R* gamma, const S* mean, const S* rstd, R* dx,
                         R* dgamma, R* dbeta, int64_t n, int64_t c, bool accumulate) override {
    Norms<E>::LayerNormBackward(l(), D(dy), D(x), D(gamma), mean, rstd, D(dx), D(dgamma), D(dbeta), n, c,
                                accumulate);
  }
  void RmsNormBackward(const R* dy, const R* x, const R* gamma, const S* rstd, R* dx, R* dgamma, int64_t n,
                       int64_t c, bool accumulate) override {
    Norms<E>::RmsNormBackward(l(), D(dy), D(x), D(gamma), rstd, D(dx), D(dgamma), n, c, accumulate);
  }
  void BiasGrad(const R* dout, R* dbias, int64_t n, int64_t c, bool accumulate) override {
    ColumnOps<E>::BiasGrad(l(), D(dout), D(dbias), n, c, accumulate);
  }
  void GeluBackward(const R* pre, R* dout, int64_t n) override {
    Activations<E>::GeluBackward(l(), D(pre), D(dout), n);
  }
  void ActivationBackward(const R* pre, R* dout, int64_t n, plan::Activation activation) override {
    if (activation == plan::Activation::kSigmoid) {
      return Activations<E>::SigmoidBackward(l(), D(pre), D(dout), n);
    }
    Activations<E>::ReluBackward(l(), D(pre), D(dout), n);
  }
  void SwigluBackward(const R* gate_up, const R* dout, R* dgate_up, int64_t n, int64_t f) override {
    Activations<E>::SwigluBackward(l(), D(gate_up), D(dout), D(dgate_up), n, f);
  }
  void AttentionBackward(const R* dout, const R* qkv, const R* out, const S* lse, R* dqkv, S* scratch,
                         int64_t batch, int64_t t, int64_t h, int64_t g, int64_t d) override {
    if (!Fits(d)) return;
    const AttentionShape shape{batch, t, h, g, d, 1, 0, 0, (h + 2 * g) * d};
    cuda::Attention<E>::Backward(l(), D(dout), D(qkv), D(qkv) + h * d, D(out), lse, D(dqkv), D(dqkv) + h * d,
                                 shape, false);
  }
  void RingAttentionBackward(const R* dout, const R* qkv, const R* kv, const R* out, const S* lse, R* dqkv,
                             R* dkv, S* scratch, int64_t batch, int64_t t, int64_t h, int64_t g, int64_t d,
                             int64_t cp, int64_t q_rank, int64_t kv_rank, bool accumulate) override {
    if (!Fits(d)) return;
    const AttentionShape shape{batch, t, h, g, d, cp, q_rank, kv_rank, 2 * g * d};
    cuda::Attention<E>::Backward(l(), D(dout), D(qkv), D(kv), D(out), lse, D(dqkv), D(dkv), shape,
                                 accumulate);
  }

  // -- optimizer

  void SquareSum(const R* g, S* out, int64_t n, bool accumulate) override {
    Optimizers<E>::SquareSum(l(), D(g), out, n, accumulate);
  }
  void Control(const S* square_sum, S* control, double max_norm, bool dynamic) override {
    Optimizers<E>::Control(l(), square_sum, control, max_norm, dynamic);
  }
  void AdamW(R* w, const R* g, S* master, S* m, S* v, int64_t n, double lr, double beta1, double beta2,
             double eps, double weight_decay, int64_t step, double grad_factor) override {
    Optimizers<E>::AdamW(l(), D(w), D(g), master, m, v, n, lr, beta1, beta2, eps, weight_decay, step,
                         grad_factor, nullptr);
  }
  void AdamWScaled(R* w, const R* g, S* master, S* m, S* v, int64_t n, double lr, double beta1, double beta2,
                   double eps, double weight_decay, int64_t step, const S* control) override {
    Optimizers<E>::AdamW(l(), D(w), D(g), master, m, v, n, lr, beta1, beta2, eps, weight_decay, step, 1.0,
                         control);
  }
  void Sgd(R* w, const R* g, S* master, int64_t n, double lr, double weight_decay,
           double grad_factor) override {
    Optimizers<E>::Sgd(l(), D(w), D(g), master, n, lr, weight_decay, grad_factor, nullptr);
  }
  void SgdScaled(R* w, const R* g, S* master, int64_t n, double lr, double weight_decay,
                 const S* control) override {
    Optimizers<E>::Sgd(l(), D(w), D(g), master, n, lr, weight_decay, 1.0, control);
  }

  void Reduce(R* into, const R* from, int64_t n, bool max) override {
    Elementwise<E>::Reduce(l(), D(into), D(from), n, max);
  }

 private:
  const Launch& l() const { return context_.launch(); }
  static E* D(R* at) { return reinterpret_cast<E*>(at); }
  static const E* D(const R* at) { return reinterpret_cast<const E*>(at); }

  bool Fits(int64_t head_width) {
    if (head_width <= kMaxHeadWidth) return true;
    context_.Fail(absl::UnimplementedError(fmt::format(
        "heads of {} elements; the GPU's attention takes at most {}", head_width, kMaxHeadWidth)));
    return false;
  }

  // cuBLASLt cannot be told how a bias is aligned: one that begins anywhere is copied to the workspace.
  const R* Aligned(const R* bias, int64_t n) {
    if (bias == nullptr || reinterpret_cast<uintptr_t>(bias) % 16 == 0) return bias;
    R* copy = reinterpret_cast<R*>(l().workspace + kWorkspaceElems);
    Elementwise<E>::Copy(l(), D(bias), D(copy), 1, n, n, 0, n, 0, false);
    return copy;
  }

  static LtGemm::Call CallOf(const GemmShape& shape, const R* a, const R* b, R* c, bool accumulate) {
    LtGemm::Call call{shape, ElementOf<R>::kType, ElementOf<R>::kType, a, b, nullptr, c};
    call.accumulate = accumulate;
    return call;
  }
  void RunPlain(const LtGemm::Call& call, const R* bias, R* c) {
    PlainGemm<E, E>::Run(l(), static_cast<const E*>(call.a), static_cast<const E*>(call.b), D(bias), D(c),
                         call.shape, call.accumulate);
  }

  Context& context_;
  const std::unique_ptr<LtGemm> lt_;
};

}  // namespace

template <class R>
absl::StatusOr<std::unique_ptr<Kernels<R>>> MakeCudaKernels(Context* context) {
  RINGSIDE_ASSIGN_OR_RETURN(std::unique_ptr<LtGemm> lt, LtGemm::Make(context));
  return std::unique_ptr<Kernels<R>>(std::make_unique<CudaKernels<R>>(context, std::move(lt)));
}

template absl::StatusOr<std::unique_ptr<Kernels<float>>> MakeCudaKernels(Context*);
template absl::StatusOr<std::unique_ptr<Kernels<double>>> MakeCudaKernels(Context*);
template absl::StatusOr<std::unique_ptr<Kernels<Bf16>>> MakeCudaKernels(Context*);
template absl::StatusOr<std::unique_ptr<Kernels<F16>>> MakeCudaKernels(Context*);

}  // namespace ringside::kernels::cuda
