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
// allocates memory once the object is made, save what a BLAS library does inside; no method fails.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace ringside::kernels {

template <class R>
class Kernels {
 public:
  virtual ~Kernels() = default;

  // Which implementation, library, version and instruction set this is: "cpu: oneDNN 2.6.3 (...)".
  virtual std::string Describe() const = 0;

  // -- data and initial values; equal to the bit in every implementation

  // tokens [B,T], targets [B,T]: row b is sample first_sample + b of the synthetic language of `seed`
  // (synthetic_data.h); targets are the next tokens.
  virtual void LoadBatch(int32_t* tokens, int32_t* targets, int64_t batch, int64_t seq_len,
                         int64_t first_sample, int64_t vocab, uint64_t seed) = 0;
  // out [n] = value
  virtual void Fill(R* out, int64_t n, double value) = 0;
  // out [outer, mid_count, inner]: the part from mid_begin of the global tensor [outer, mid_total, inner] of
  // N(0, stddev) numbers, keyed by (seed, param_id, global index) (random.h).
  virtual void InitNormal(R* out, int64_t param_id, int64_t outer, int64_t mid_total, int64_t mid_begin,
                          int64_t mid_count, int64_t inner, double stddev, uint64_t seed) = 0;

  // -- forward

  // tokens [N], table [v_count, C] -> out [N, C]; rows of tokens outside [v_begin, v_begin + v_count) are
  // zero.
  virtual void Embedding(const int32_t* tokens, const R* table, R* out, int64_t n, int64_t c, int64_t v_begin,
                         int64_t v_count) = 0;
  // x [N, C] in place += table [T, C], row n gets table[n % T].
  virtual void AddPosition(R* x, const R* table, int64_t n, int64_t c, int64_t t) = 0;
  // x [N, C], gamma [C], beta [C] -> y [N, C], mean [N], rstd [N].
  virtual void LayerNorm(const R* x, const R* gamma, const R* beta, R* y, R* mean, R* rstd, int64_t n,
                         int64_t c, double eps) = 0;
  // c [m, n] = (or +=) op(a) op(b) + bias. a is [m, k], or [k, m] with trans_a; b is [k, n], or [n, k] with
  // trans_b; bias [n] or null. With pre [m, n] not null: pre = the sum, c = gelu(pre), not accumulated.
  virtual void Gemm(const R* a, const R* b, const R* bias, R* c, R* pre, int64_t m, int64_t n, int64_t k,
                    bool trans_a, bool trans_b, bool accumulate) = 0;
  // qkv [N, 3, H, D] -> out [N, H, D], lse [B, H, T]; scratch [T*T]. Causal, scale 1/sqrt(D); lse is the
  // natural logarithm of the sum of the exponentials of a row's scaled scores.
  virtual void Attention(const R* qkv, R* out, R* lse, R* scratch, int64_t batch, int64_t t, int64_t h,
                         int64_t d) = 0;
  // x [N, C] in place = residual [N, C] + x + bias [C].
  virtual void BiasResidual(R* x, const R* bias, const R* residual, int64_t n, int64_t c) = 0;
  // Cross-entropy in three steps, so that the vocabulary can be split and row_max (maximum) and stats (sum)
  // be combined over ranks in between. logits [N, V] -> row_max [N].
  virtual void XentMax(const R* logits, R* row_max, int64_t n, int64_t v) = 0;
  // stats [N, 2] = {sum over V of exp(logit - row_max), logit of the target - row_max}, the latter 0 where
  // the target is outside [v_begin, v_begin + V).
  virtual void XentSum(const R* logits, const R* row_max, const int32_t* targets, R* stats, int64_t n,
                       int64_t v, int64_t v_begin) = 0;
  // loss [1] += scale * sum_n (log stats[n,0] - stats[n,1]); logits in place become its gradient.
  virtual void XentLoss(R* logits, const R* row_max, const R* stats, const int32_t* targets, R* loss,
                        int64_t n, int64_t v, int64_t v_begin, double scale) = 0;

  // -- backward

  // dtable [v_count, C] += rows of dout [N, C].
  virtual void EmbeddingBackward(const int32_t* tokens, const R* dout, R* dtable, int64_t n, int64_t c,
                                 int64_t v_begin, int64_t v_count) = 0;
  // dtable [T, C] = (or +=) the sum of the rows of dout [N, C] at each position.
  virtual void PositionBackward(const R* dout, R* dtable, int64_t n, int64_t c, int64_t t,
                                bool accumulate) = 0;
  // dx [N, C] += always; dgamma [C], dbeta [C] = or +=.
  virtual void LayerNormBackward(const R* dy, const R* x, const R* gamma, const R* mean, const R* rstd, R* dx,
                                 R* dgamma, R* dbeta, int64_t n, int64_t c, bool accumulate) = 0;
  // dbias [C] = (or +=) the column sums of dout [N, C].
  virtual void BiasGrad(const R* dout, R* dbias, int64_t n, int64_t c, bool accumulate) = 0;
  // out [n] = gelu(pre [n]), bit for bit what Gemm with gelu leaves.
  virtual void Gelu(const R* pre, R* out, int64_t n) = 0;
  // dout [n] in place *= gelu'(pre [n]).
  virtual void GeluBackward(const R* pre, R* dout, int64_t n) = 0;
  // dout [N, H, D], qkv [N, 3, H, D], out [N, H, D], lse [B, H, T] -> dqkv [N, 3, H, D]; scratch [2*T*T].
  virtual void AttentionBackward(const R* dout, const R* qkv, const R* out, const R* lse, R* dqkv, R* scratch,
                                 int64_t batch, int64_t t, int64_t h, int64_t d) = 0;

  // -- optimizer

  // w, g, m, v [n]. Loshchilov and Hutter 2019, algorithm 2 with bias correction; `step` counts from 1.
  virtual void AdamW(R* w, const R* g, R* m, R* v, int64_t n, double lr, double beta1, double beta2,
                     double eps, double weight_decay, int64_t step) = 0;
  // w -= lr * (g + weight_decay * w)
  virtual void Sgd(R* w, const R* g, int64_t n, double lr, double weight_decay) = 0;

  // -- for collectives: into [n] = into + from, or their maximum. Any thread.
  virtual void Reduce(R* into, const R* from, int64_t n, bool max) = 0;
};

// The plain oracle, for R = float and double. Its sums run in double.
template <class R>
std::unique_ptr<Kernels<R>> MakeReferenceKernels();

enum class GemmLibrary { kAuto, kOneDnn, kOpenBlas };

struct FastKernelOptions {
  // kAuto: whichever is faster on this CPU, measured once a process for some tens of milliseconds; on
  // near-equality always oneDNN.
  GemmLibrary gemm = GemmLibrary::kAuto;
  int gemm_threads = 1;  // for GEMMs alone; with OpenBLAS it holds for the whole process
};

// The fastest kernels of this CPU. UNAVAILABLE: the library asked for cannot be loaded. The first call that
// tries OpenBLAS sets two environment variables while it loads the library; make it before threads that
// call getenv() are started.
absl::StatusOr<std::unique_ptr<Kernels<float>>> MakeFastKernels(const FastKernelOptions& options = {});

}  // namespace ringside::kernels
