// The fast single-precision kernels: matrix products by a library, everything else as plain loops that the
// compiler vectorises (see CMakeLists.txt for the flags). Each topic has its file.
// Holds no memory of its own.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "workers/kernels/cpu/gemm_api.h"
#include "workers/kernels/kernels.h"

namespace ringside::kernels {

class CpuKernels final : public Kernels<float> {
 public:
  explicit CpuKernels(std::unique_ptr<GemmApi> gemm) : gemm_(std::move(gemm)) {}

  std::string Describe() const override;

  // cpu_kernels.cc
  void LoadBatch(int32_t* tokens, int32_t* targets, int64_t batch, int64_t seq_len, int64_t first_sample,
                 int64_t vocab, uint64_t seed) override;
  void Fill(float* out, int64_t n, double value) override;
  void InitNormal(float* out, int64_t param_id, int64_t outer, int64_t mid_total, int64_t mid_begin,
                  int64_t mid_count, int64_t inner, double stddev, uint64_t seed) override;
  void Reduce(float* into, const float* from, int64_t n, bool max) override;

  // linear.cc
  void Gemm(const float* a, const float* b, const float* bias, float* c, float* pre, int64_t m, int64_t n,
            int64_t k, bool trans_a, bool trans_b, bool accumulate) override;
  void BiasResidual(float* x, const float* bias, const float* residual, int64_t n, int64_t c) override;
  void BiasGrad(const float* dout, float* dbias, int64_t n, int64_t c, bool accumulate) override;
  void Gelu(const float* pre, float* out, int64_t n) override;
  void GeluBackward(const float* pre, float* dout, int64_t n) override;

  // embedding.cc
  void Embedding(const int32_t* tokens, const float* table, float* out, int64_t n, int64_t c, int64_t v_begin,
                 int64_t v_count) override;
  void EmbeddingBackward(const int32_t* tokens, const float* dout, float* dtable, int64_t n, int64_t c,
                         int64_t v_begin, int64_t v_count) override;
  void AddPosition(float* x, const float* table, int64_t n, int64_t c, int64_t t) override;
  void PositionBackward(const float* dout, float* dtable, int64_t n, int64_t c, int64_t t,
                        bool accumulate) override;

  // layer_norm.cc
  void LayerNorm(const float* x, const float* gamma, const float* beta, float* y, float* mean, float* rstd,
                 int64_t n, int64_t c, double eps) override;
  void LayerNormBackward(const float* dy, const float* x, const float* gamma, const float* mean,
                         const float* rstd, float* dx, float* dgamma, float* dbeta, int64_t n, int64_t c,
                         bool accumulate) override;

  // attention.cc
  void Attention(const float* qkv, float* out, float* lse, float* scratch, int64_t batch, int64_t t,
                 int64_t h, int64_t d) override;
  void AttentionBackward(const float* dout, const float* qkv, const float* out, const float* lse, float* dqkv,
                         float* scratch, int64_t batch, int64_t t, int64_t h, int64_t d) override;

  // cross_entropy.cc
  void XentMax(const float* logits, float* row_max, int64_t n, int64_t v) override;
  void XentSum(const float* logits, const float* row_max, const int32_t* targets, float* stats, int64_t n,
               int64_t v, int64_t v_begin) override;
  void XentLoss(float* logits, const float* row_max, const float* stats, const int32_t* targets, float* loss,
                int64_t n, int64_t v, int64_t v_begin, double scale) override;

  // optimizer.cc
  void AdamW(float* w, const float* g, float* m, float* v, int64_t n, double lr, double beta1, double beta2,
             double eps, double weight_decay, int64_t step) override;
  void Sgd(float* w, const float* g, int64_t n, double lr, double weight_decay) override;

 private:
  const std::unique_ptr<GemmApi> gemm_;
};

}  // namespace ringside::kernels
