// The fast kernels of R = float, Bf16 and F16: matrix products by a library, everything else as plain loops
// that the compiler vectorises (see CMakeLists.txt for the flags). All arithmetic is in float; narrow
// elements are widened as they are read and rounded as they are written, and no sum is kept in a narrow type.
// Each topic has its header with the definitions; cpu_kernels_*.cc instantiate them. Holds no memory of its
// own.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "workers/kernels/cpu/gemm_api.h"
#include "workers/kernels/kernels.h"

namespace ringside::kernels {

template <class R>
class CpuKernels final : public Kernels<R> {
 public:
  explicit CpuKernels(std::unique_ptr<GemmApi<R>> gemm) : gemm_(std::move(gemm)) {}

  // basics.h
  std::string Describe() const override;
  void Fill(R* out, int64_t n, double value) override;
  void FillStat(float* out, int64_t n, double value) override;
  void InitNormal(R* out, int64_t param_id, int64_t outer, int64_t mid_total, int64_t mid_begin,
                  int64_t mid_count, int64_t inner, int64_t begin, int64_t count, double stddev,
                  uint64_t seed) override;
  void Convert(const R* x, float* out, int64_t n) override;
  void Copy(const R* from, R* to, int64_t rows, int64_t cols, int64_t from_stride, int64_t from_begin,
            int64_t to_stride, int64_t to_begin, bool accumulate) override;
  void Reduce(R* into, const R* from, int64_t n, bool max) override;

  // linear.h
  void Gemm(const R* a, const R* b, const R* bias, R* c, R* pre, int64_t m, int64_t n, int64_t k,
            bool trans_a, bool trans_b, bool accumulate) override;
  void BiasResidual(const R* x, const R* bias, const R* residual, R* out, int64_t n, int64_t c) override;
  void BiasGrad(const R* dout, R* dbias, int64_t n, int64_t c, bool accumulate) override;

  // activation.h
  void Gelu(const R* pre, R* out, int64_t n) override;
  void GeluBackward(const R* pre, R* dout, int64_t n) override;
  void Activation(const R* pre, R* out, int64_t n, plan::Activation activation) override;
  void ActivationBackward(const R* pre, R* dout, int64_t n, plan::Activation activation) override;
  void Swiglu(const R* gate_up, R* out, int64_t n, int64_t f) override;
  void SwigluBackward(const R* gate_up, const R* dout, R* dgate_up, int64_t n, int64_t f) override;
  void DeadShare(const R* act, float* out, int64_t n, int64_t f, double scale, bool accumulate) override;

  // dropout.h (of workers/kernels), rope.h
  void Dropout(R* x, const R* bias, int64_t n, int64_t c, const BatchSlice& slice, int64_t row_begin,
               int64_t site, double p, uint64_t seed) override;
  void Rope(R* qkv, int64_t n, int64_t heads_rotated, int64_t heads_total, int64_t d, int64_t t, int64_t cp,
            int64_t cp_rank, double theta, bool inverse) override;

  // embedding.h
  void Embedding(const int32_t* tokens, const R* table, R* out, int64_t n, int64_t c, int64_t v_begin,
                 int64_t v_count) override;
  void EmbeddingBackward(const int32_t* tokens, const R* dout, R* dtable, int64_t n, int64_t c,
                         int64_t v_begin, int64_t v_count) override;
  void AddPosition(R* x, const R* table, int64_t n, int64_t c, int64_t t, int64_t cp, int64_t cp_rank,
                   int64_t row_begin) override;
  void PositionBackward(const R* dout, R* dtable, int64_t n, int64_t c, int64_t t, int64_t cp,
                        int64_t cp_rank, int64_t row_begin, bool accumulate) override;

  // layer_norm.h, rms_norm.h
  void LayerNorm(const R* x, const R* gamma, const R* beta, R* y, float* mean, float* rstd, int64_t n,
                 int64_t c, double eps) override;
  void LayerNormBackward(const R* dy, const R* x, const R* gamma, const float* mean, const float* rstd, R* dx,
                         R* dgamma, R* dbeta, int64_t n, int64_t c, bool accumulate) override;
  void RmsNorm(const R* x, const R* gamma, R* y, float* rstd, int64_t n, int64_t c, double eps) override;
  void RmsNormBackward(const R* dy, const R* x, const R* gamma, const float* rstd, R* dx, R* dgamma,
                       int64_t n, int64_t c, bool accumulate) override;

  // attention.h
  void Attention(const R* qkv, R* out, float* lse, float* scratch, int64_t batch, int64_t t, int64_t h,
                 int64_t g, int64_t d) override;
  void AttentionBackward(const R* dout, const R* qkv, const R* out, const float* lse, R* dqkv, float* scratch,
                         int64_t batch, int64_t t, int64_t h, int64_t g, int64_t d) override;
  void RingAttention(const R* qkv, const R* kv, R* out, float* lse, float* scratch, int64_t batch, int64_t t,
                     int64_t h, int64_t g, int64_t d, int64_t cp, int64_t q_rank, int64_t kv_rank,
                     bool accumulate) override;
  void RingAttentionBackward(const R* dout, const R* qkv, const R* kv, const R* out, const float* lse,
                             R* dqkv, R* dkv, float* scratch, int64_t batch, int64_t t, int64_t h, int64_t g,
                             int64_t d, int64_t cp, int64_t q_rank, int64_t kv_rank,
                             bool accumulate) override;

  // cross_entropy.h
  void XentMax(const R* logits, float* row_max, int64_t n, int64_t v) override;
  void XentSum(const R* logits, const float* row_max, const int32_t* targets, float* stats, int64_t n,
               int64_t v, int64_t v_begin) override;
  void XentLoss(R* logits, const float* row_max, const float* stats, const int32_t* targets, float* loss,
                int64_t n, int64_t v, int64_t v_begin, double scale, double grad_scale) override;

  // moe.h
  void Router(const R* logits, float* probs, int32_t* slot, int32_t* choice, float* weight, float* load,
              int64_t n, int64_t e, int64_t k, int64_t t, int64_t capacity, int64_t cp) override;
  void AuxLoss(const float* probs, const float* load, float* loss, int64_t n, int64_t e, int64_t t,
               int64_t cp, double scale) override;
  void RouterBackward(const float* probs, const int32_t* slot, const int32_t* choice, const float* dweight,
                      const float* load, R* dlogits, int64_t n, int64_t e, int64_t k, int64_t t, int64_t cp,
                      double aux_scale, double grad_scale) override;
  void Dispatch(const R* x, const int32_t* slot, R* out, int64_t n, int64_t k, int64_t c,
                int64_t rows) override;
  void Combine(const R* y, const int32_t* slot, const float* weight, R* out, int64_t n, int64_t k, int64_t c,
               int64_t rows) override;
  void CombineBackward(const R* dout, const R* y, const int32_t* slot, const float* weight, R* dy,
                       float* dweight, int64_t n, int64_t k, int64_t c, int64_t rows) override;
  void DispatchBackward(const R* dxe, const int32_t* slot, R* dx, int64_t n, int64_t k, int64_t c,
                        int64_t rows) override;
  // expert_gemm.h
  void ExpertGemm(const R* a, const R* w, R* c, int64_t g, int64_t e, int64_t m, int64_t n, int64_t k,
                  bool trans_b) override;
  void ExpertWeightGrad(const R* dy, const R* x, R* dw, int64_t g, int64_t e, int64_t m, int64_t n, int64_t k,
                        bool accumulate) override;

  // conv.h
  void Im2col(const R* x, R* cols, int64_t b, int64_t h, int64_t w, int64_t c, int64_t k,
              int64_t stride) override;
  void Col2im(const R* dcols, R* dx, int64_t b, int64_t h, int64_t w, int64_t c, int64_t k, int64_t stride,
              bool accumulate) override;
  void MeanRows(const R* x, R* out, int64_t b, int64_t p, int64_t c) override;
  void MeanRowsBackward(const R* dout, R* dx, int64_t b, int64_t p, int64_t c) override;

  // batch_norm.h
  void ColumnSums(const R* x, float* sums, int64_t n, int64_t c) override;
  void BatchNorm(const R* x, const float* sums, const R* gamma, const R* beta, R* y, int64_t n, int64_t c,
                 int64_t count, double eps) override;
  void BatchNormSums(const R* dy, const R* x, const float* sums, float* dsums, int64_t n, int64_t c,
                     int64_t count, double eps) override;
  void BatchNormBackward(const R* dy, const R* x, const float* sums, const float* dsums, const R* gamma,
                         R* dx, int64_t n, int64_t c, int64_t count, double eps) override;
  void BatchNormGrad(const float* dsums, R* dgamma, R* dbeta, int64_t c, bool accumulate) override;

  // optimizer.h
  void SquareSum(const R* g, float* out, int64_t n, bool accumulate) override;
  void Control(const float* square_sum, float* control, double max_norm, bool dynamic) override;
  void AdamW(R* w, const R* g, float* master, float* m, float* v, int64_t n, double lr, double beta1,
             double beta2, double eps, double weight_decay, int64_t step, double grad_factor) override;
  void Sgd(R* w, const R* g, float* master, int64_t n, double lr, double weight_decay,
           double grad_factor) override;

 private:
  const std::unique_ptr<GemmApi<R>> gemm_;
};

}  // namespace ringside::kernels
