// The kernel interface: one method per compute op of plan/program.h, in llm.c's manner. Pointers come in
// the op's operand order, then sizes in the order of its dims, then flags and scalars; the shapes stand in
// the comment. plan/program.h says what each op means, this header repeats only what a caller needs.
//
// Legend: N rows (micro_batch * seq_len tokens), C width, T positions of a sequence, H heads, D width of
// a head, V vocabulary rows of this rank, B sequences. All tensors are dense, row-major, and need only
// the alignment of R. Operands do not overlap unless the method says "in place".
// `accumulate`: += instead of =; without it, an output is never read (it may hold NaN).
//
// Threading: one thread at a time, except Reduce, which may run beside any other method. Nothing here
// allocates memory once the object is made, save what a matrix product does inside; no method fails.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "plan/program.h"
#include "workers/kernels/number.h"

namespace ringside::kernels {

// What statistics, losses and optimizer states are kept in: S of plan/program.h.
template <class R>
struct StatOf {
  using Type = float;
};
template <>
struct StatOf<double> {
  using Type = double;
};

// Which rows of a step these are: [batch, seq_len] of sequences of seq_len * cp positions, of which this rank
// has those of plan/sequence_slice.h. first_sample is counted over the whole run.
struct BatchSlice {
  int64_t batch, seq_len, first_sample;
  int64_t cp = 1, cp_rank = 0;
};

template <class R>
class Kernels {
 public:
  using S = typename StatOf<R>::Type;
  virtual ~Kernels() = default;

  // Which implementation, library, version and instruction set this is: "cpu: oneDNN 2.6.3 (...)".
  virtual std::string Describe() const = 0;

  // -- data and initial values; equal to the bit in every implementation (the double value, rounded)

  // out [n] = value
  virtual void Fill(R* out, int64_t n, double value) = 0;
  virtual void FillStat(S* out, int64_t n, double value) = 0;
  // out [count]: elements [begin, begin + count) of the dense part [outer, mid_count, inner], from mid_begin,
  // of the global tensor [outer, mid_total, inner] of N(0, stddev) numbers, keyed by (seed, param_id, global
  // index) (random.h).
  virtual void InitNormal(R* out, int64_t param_id, int64_t outer, int64_t mid_total, int64_t mid_begin,
                          int64_t mid_count, int64_t inner, int64_t begin, int64_t count, double stddev,
                          uint64_t seed) = 0;
  virtual void Convert(const R* x, S* out, int64_t n) = 0;

  // -- forward

  // tokens [N], table [v_count, C] -> out [N, C]; rows of tokens outside [v_begin, v_begin + v_count) are
  // zero.
  virtual void Embedding(const int32_t* tokens, const R* table, R* out, int64_t n, int64_t c, int64_t v_begin,
                         int64_t v_count) = 0;
  // x [N, C] in place += table [T * cp, C]; row n of x is row row_begin + n of the micro-batch [B, T].
  virtual void AddPosition(R* x, const R* table, int64_t n, int64_t c, int64_t t, int64_t cp, int64_t cp_rank,
                           int64_t row_begin) = 0;
  // x [N, C], gamma [C], beta [C] -> y [N, C], mean [N], rstd [N].
  virtual void LayerNorm(const R* x, const R* gamma, const R* beta, R* y, S* mean, S* rstd, int64_t n,
                         int64_t c, double eps) = 0;
  // x [N, C], gamma [C] -> y [N, C] = x * rstd * gamma, rstd [N] = 1 / sqrt(mean of squares + eps).
  virtual void RmsNorm(const R* x, const R* gamma, R* y, S* rstd, int64_t n, int64_t c, double eps) = 0;
  // c [m, n] = (or +=) op(a) op(b) + bias. a is [m, k], or [k, m] with trans_a; b is [k, n], or [n, k] with
  // trans_b; bias [n] or null. With pre [m, n] not null: pre = the sum, c = gelu(pre), not accumulated.
  virtual void Gemm(const R* a, const R* b, const R* bias, R* c, R* pre, int64_t m, int64_t n, int64_t k,
                    bool trans_a, bool trans_b, bool accumulate) = 0;
  // out [n] = gelu(pre [n]), bit for bit what Gemm with gelu leaves.
  virtual void Gelu(const R* pre, R* out, int64_t n) = 0;
  virtual void Activation(const R* pre, R* out, int64_t n, plan::Activation activation) = 0;
  // gate_up [N, 2, F] -> out [N, F] = gate * sigmoid(gate) * up.
  virtual void Swiglu(const R* gate_up, R* out, int64_t n, int64_t f) = 0;
  // qkv [N, heads_total, D] in place: of the first heads_rotated heads, element i of the first half of D and
  // element i of the second are turned as a pair by position * theta^(-2i/D), back if inverse.
  virtual void Rope(R* qkv, int64_t n, int64_t heads_rotated, int64_t heads_total, int64_t d, int64_t t,
                    int64_t cp, int64_t cp_rank, double theta, bool inverse) = 0;
  // qkv [N, H + 2 G, D] -> out [N, H, D], lse [B, H, T]; scratch [plan::AttentionScratchElems]. Causal, scale
  // 1/sqrt(D); lse is the natural logarithm of the sum of the exponentials of a row's scaled scores; query
  // head h reads key/value head h / (H / G).
  virtual void Attention(const R* qkv, R* out, S* lse, S* scratch, int64_t batch, int64_t t, int64_t h,
                         int64_t g, int64_t d) = 0;
  // The queries of qkv [N, H + 2 G, D], at q_rank's positions, against kv [N, 2 G, D], at kv_rank's. out [N,
  // H, D] and lse [B, H, T] are of these keys alone, or with accumulate of these and of those they held
  // before. A query that sees none of these keys: out 0 and lse -inf, or left as they were.
  virtual void RingAttention(const R* qkv, const R* kv, R* out, S* lse, S* scratch, int64_t batch, int64_t t,
                             int64_t h, int64_t g, int64_t d, int64_t cp, int64_t q_rank, int64_t kv_rank,
                             bool accumulate) = 0;
  // out [N, C] = residual [N, C] + x [N, C] + bias [C] (null: none).
  virtual void BiasResidual(const R* x, const R* bias, const R* residual, R* out, int64_t n, int64_t c) = 0;
  // x [N, C] in place = (x + bias) / (1 - p) or 0 with probability p, by (seed, site, sample, position,
  // column) (random.h); bias [C] or null. Row n is row row_begin + n of `slice`.
  virtual void Dropout(R* x, const R* bias, int64_t n, int64_t c, const BatchSlice& slice, int64_t row_begin,
                       int64_t site, double p, uint64_t seed) = 0;
  // to [rows, to_stride] (= or +=) from [rows, from_stride], `cols` columns from from_begin to to_begin.
  virtual void Copy(const R* from, R* to, int64_t rows, int64_t cols, int64_t from_stride, int64_t from_begin,
                    int64_t to_stride, int64_t to_begin, bool accumulate) = 0;
  // Cross-entropy in three steps, so that the vocabulary can be split and row_max (maximum) and stats (sum)
  // be combined over ranks in between. logits [N, V] -> row_max [N].
  virtual void XentMax(const R* logits, S* row_max, int64_t n, int64_t v) = 0;
  // stats [N, 2] = {sum over V of exp(logit - row_max), logit of the target - row_max}, the latter 0 where
  // the target is outside [v_begin, v_begin + V).
  virtual void XentSum(const R* logits, const S* row_max, const int32_t* targets, S* stats, int64_t n,
                       int64_t v, int64_t v_begin) = 0;
  // loss [1] += scale * sum_n (log stats[n,0] - stats[n,1]); logits in place become its gradient, times
  // grad_scale.
  virtual void XentLoss(R* logits, const S* row_max, const S* stats, const int32_t* targets, S* loss,
                        int64_t n, int64_t v, int64_t v_begin, double scale, double grad_scale) = 0;
  // out [1] = (or +=) scale * the number of columns of act [N, F] that are zero in every row.
  virtual void DeadShare(const R* act, S* out, int64_t n, int64_t f, double scale, bool accumulate) = 0;

  // -- mixture of experts; the meaning of every operand stands at the op kinds of plan/program.h

  // logits [N, E] -> probs [N, E], slot [N, K], choice [N, K], weight [N, K], load [N / T, E]. Of equal
  // probabilities the lower expert is chosen.
  virtual void Router(const R* logits, S* probs, int32_t* slot, int32_t* choice, S* weight, S* load,
                      int64_t n, int64_t e, int64_t k, int64_t t, int64_t capacity, int64_t cp) = 0;
  virtual void AuxLoss(const S* probs, const S* load, S* loss, int64_t n, int64_t e, int64_t t, int64_t cp,
                       double scale) = 0;
  // dlogits [N, E]: from dweight through the choice and the softmax, and grad_scale * the gradient of AuxLoss
  // (load is a constant there) with `aux_scale`. A dropped choice (slot -1) has a weight all the same: its
  // dweight is 0, and it counts in the normalisation.
  virtual void RouterBackward(const S* probs, const int32_t* slot, const int32_t* choice, const S* dweight,
                              const S* load, R* dlogits, int64_t n, int64_t e, int64_t k, int64_t t,
                              int64_t cp, double aux_scale, double grad_scale) = 0;
  // x [N, C] -> out [rows, C]: row slot[n, k] is row n of x; rows that nobody has are zero.
  virtual void Dispatch(const R* x, const int32_t* slot, R* out, int64_t n, int64_t k, int64_t c,
                        int64_t rows) = 0;
  // out [N, C] = sum over k of weight[n, k] * y[slot[n, k]].
  virtual void Combine(const R* y, const int32_t* slot, const S* weight, R* out, int64_t n, int64_t k,
                       int64_t c, int64_t rows) = 0;
  // dy [rows, C] (zero where nobody is), dweight [N, K] (0 where dropped).
  virtual void CombineBackward(const R* dout, const R* y, const int32_t* slot, const S* weight, R* dy,
                               S* dweight, int64_t n, int64_t k, int64_t c, int64_t rows) = 0;
  // dx [N, C] = sum over k of dxe[slot[n, k]].
  virtual void DispatchBackward(const R* dxe, const int32_t* slot, R* dx, int64_t n, int64_t k, int64_t c,
                                int64_t rows) = 0;
  // c [G*m, n]: block g of m rows of a [G*m, k] times w[g % E], which is [n, k] with trans_b, else [k, n].
  // Rows of zeros at the end of a block may be left out of the product: their result is zero.
  virtual void ExpertGemm(const R* a, const R* w, R* c, int64_t g, int64_t e, int64_t m, int64_t n, int64_t k,
                          bool trans_b) = 0;
  // dw [E, n, k] = (or +=) the sum over the blocks g of expert g % E of dy[g]^T x[g].
  virtual void ExpertWeightGrad(const R* dy, const R* x, R* dw, int64_t g, int64_t e, int64_t m, int64_t n,
                                int64_t k, bool accumulate) = 0;

  // -- convolutional nets; images are [B, H, W, C], Ho = ceil(H / stride)

  // x [B,H,W,C] -> cols [B*Ho*Wo, k, k, C]: the window around pixel (stride * y, stride * x), zero outside.
  virtual void Im2col(const R* x, R* cols, int64_t b, int64_t h, int64_t w, int64_t c, int64_t k,
                      int64_t stride) = 0;
  virtual void Col2im(const R* dcols, R* dx, int64_t b, int64_t h, int64_t w, int64_t c, int64_t k,
                      int64_t stride, bool accumulate) = 0;
  // sums [2, C]: of the columns of x [N, C] and of their squares.
  virtual void ColumnSums(const R* x, S* sums, int64_t n, int64_t c) = 0;
  // y = (x - mean) * rstd * gamma + beta; mean and variance of a column from sums over `count` rows.
  virtual void BatchNorm(const R* x, const S* sums, const R* gamma, const R* beta, R* y, int64_t n, int64_t c,
                         int64_t count, double eps) = 0;
  // dsums [2, C]: column sums of dy and of dy * (x - mean) * rstd.
  virtual void BatchNormSums(const R* dy, const R* x, const S* sums, S* dsums, int64_t n, int64_t c,
                             int64_t count, double eps) = 0;
  // dx = gamma * rstd * (dy - dsums[0] / count - norm * dsums[1] / count), norm = (x - mean) * rstd.
  virtual void BatchNormBackward(const R* dy, const R* x, const S* sums, const S* dsums, const R* gamma,
                                 R* dx, int64_t n, int64_t c, int64_t count, double eps) = 0;
  // dgamma [C] = (or +=) dsums[1], dbeta [C] = (or +=) dsums[0].
  virtual void BatchNormGrad(const S* dsums, R* dgamma, R* dbeta, int64_t c, bool accumulate) = 0;
  // x [B, P, C] -> out [B, C]: the mean over P.
  virtual void MeanRows(const R* x, R* out, int64_t b, int64_t p, int64_t c) = 0;
  virtual void MeanRowsBackward(const R* dout, R* dx, int64_t b, int64_t p, int64_t c) = 0;

  // -- backward

  // dtable [v_count, C] += rows of dout [N, C].
  virtual void EmbeddingBackward(const int32_t* tokens, const R* dout, R* dtable, int64_t n, int64_t c,
                                 int64_t v_begin, int64_t v_count) = 0;
  // dtable [T * cp, C] = (or +=) the sum of the rows of dout [N, C] at each position, zero where there is
  // none.
  virtual void PositionBackward(const R* dout, R* dtable, int64_t n, int64_t c, int64_t t, int64_t cp,
                                int64_t cp_rank, int64_t row_begin, bool accumulate) = 0;
  // dx [N, C] += always; dgamma [C], dbeta [C] = or +=.
  virtual void LayerNormBackward(const R* dy, const R* x, const R* gamma, const S* mean, const S* rstd, R* dx,
                                 R* dgamma, R* dbeta, int64_t n, int64_t c, bool accumulate) = 0;
  // dx [N, C] += always; dgamma [C] = or +=.
  virtual void RmsNormBackward(const R* dy, const R* x, const R* gamma, const S* rstd, R* dx, R* dgamma,
                               int64_t n, int64_t c, bool accumulate) = 0;
  // dbias [C] = (or +=) the column sums of dout [N, C].
  virtual void BiasGrad(const R* dout, R* dbias, int64_t n, int64_t c, bool accumulate) = 0;
  // dout [n] in place *= gelu'(pre [n]).
  virtual void GeluBackward(const R* pre, R* dout, int64_t n) = 0;
  virtual void ActivationBackward(const R* pre, R* dout, int64_t n, plan::Activation activation) = 0;
  // gate_up [N, 2, F], dout [N, F] -> dgate_up [N, 2, F].
  virtual void SwigluBackward(const R* gate_up, const R* dout, R* dgate_up, int64_t n, int64_t f) = 0;
  // dout [N, H, D], qkv [N, H + 2 G, D], out [N, H, D], lse [B, H, T] -> dqkv [N, H + 2 G, D].
  virtual void AttentionBackward(const R* dout, const R* qkv, const R* out, const S* lse, R* dqkv, S* scratch,
                                 int64_t batch, int64_t t, int64_t h, int64_t g, int64_t d) = 0;
  // out and lse are those of all keys. dqkv [N, H + 2 G, D]: the query part is assigned, or added to with
  // accumulate; the rest is not touched with it and anything without. dkv [N, 2 G, D] is assigned.
  virtual void RingAttentionBackward(const R* dout, const R* qkv, const R* kv, const R* out, const S* lse,
                                     R* dqkv, R* dkv, S* scratch, int64_t batch, int64_t t, int64_t h,
                                     int64_t g, int64_t d, int64_t cp, int64_t q_rank, int64_t kv_rank,
                                     bool accumulate) = 0;

  // -- optimizer

  // out [1] = (or +=) the sum of the squares of g [n], summed in double.
  virtual void SquareSum(const R* g, S* out, int64_t n, bool accumulate) = 0;
  // control [4] in place; as kControl of plan/program.h says.
  virtual void Control(const S* square_sum, S* control, double max_norm, bool dynamic) = 0;
  // w, g, m, v [n]; master [n] or null: then w is its rounding. The gradient is g * grad_factor; a factor
  // that is NaN leaves everything as it is. Loshchilov and Hutter 2019, algorithm 2 with bias correction;
  // `step` counts from 1.
  virtual void AdamW(R* w, const R* g, S* master, S* m, S* v, int64_t n, double lr, double beta1,
                     double beta2, double eps, double weight_decay, int64_t step, double grad_factor) = 0;
  // w -= lr * (g * grad_factor + weight_decay * w)
  virtual void Sgd(R* w, const R* g, S* master, int64_t n, double lr, double weight_decay,
                   double grad_factor) = 0;

  // -- ops under a control vector [4] (kControl of plan/program.h) that lies where the other operands lie:
  // the gradient is scaled by control[0] (XentLossScaled, RouterBackwardScaled) or control[3] (AdamWScaled,
  // SgdScaled), and control[2] of AdamW's steps were skipped. The host reads it here; kernels on a device
  // override these.
  virtual void XentLossScaled(R* logits, const S* row_max, const S* stats, const int32_t* targets, S* loss,
                              int64_t n, int64_t v, int64_t v_begin, double scale, double grad_scale,
                              const S* control) {
    XentLoss(logits, row_max, stats, targets, loss, n, v, v_begin, scale,
             grad_scale * static_cast<double>(control[0]));
  }
  virtual void RouterBackwardScaled(const S* probs, const int32_t* slot, const int32_t* choice,
                                    const S* dweight, const S* load, R* dlogits, int64_t n, int64_t e,
                                    int64_t k, int64_t t, int64_t cp, double aux_scale, const S* control) {
    RouterBackward(probs, slot, choice, dweight, load, dlogits, n, e, k, t, cp, aux_scale, control[0]);
  }
  virtual void AdamWScaled(R* w, const R* g, S* master, S* m, S* v, int64_t n, double lr, double beta1,
                           double beta2, double eps, double weight_decay, int64_t step, const S* control) {
    AdamW(w, g, master, m, v, n, lr, beta1, beta2, eps, weight_decay, step - static_cast<int64_t>(control[2]),
          control[3]);
  }
  virtual void SgdScaled(R* w, const R* g, S* master, int64_t n, double lr, double weight_decay,
                         const S* control) {
    Sgd(w, g, master, n, lr, weight_decay, control[3]);
  }

  // -- for collectives: into [n] = into + from, or their maximum. Any thread.
  virtual void Reduce(R* into, const R* from, int64_t n, bool max) = 0;
};

// The plain oracle, for R = float, double, Bf16 and F16 (number.h). Its sums run in double.
template <class R>
std::unique_ptr<Kernels<R>> MakeReferenceKernels();

enum class GemmLibrary { kAuto, kOneDnn, kOpenBlas };

struct FastKernelOptions {
  // kAuto: whichever is faster on this CPU, measured once a process for some tens of milliseconds; on
  // near-equality always oneDNN.
  GemmLibrary gemm = GemmLibrary::kAuto;
  int gemm_threads = 1;  // for GEMMs alone; with OpenBLAS it holds for the whole process
};

// The fastest kernels of this CPU, for R = float, Bf16 and F16 (number.h). Bf16 is multiplied by oneDNN where
// it can (and by way of float with kOpenBlas), F16 always by way of float. UNAVAILABLE: the library asked for
// cannot be loaded. The first call that tries OpenBLAS sets two environment variables while it loads the
// library; make it before threads that call getenv() are started.
template <class R = float>
absl::StatusOr<std::unique_ptr<Kernels<R>>> MakeFastKernels(const FastKernelOptions& options = {});
template <>
absl::StatusOr<std::unique_ptr<Kernels<float>>> MakeFastKernels(const FastKernelOptions& options);
template <>
absl::StatusOr<std::unique_ptr<Kernels<Bf16>>> MakeFastKernels(const FastKernelOptions& options);
template <>
absl::StatusOr<std::unique_ptr<Kernels<F16>>> MakeFastKernels(const FastKernelOptions& options);

}  // namespace ringside::kernels
