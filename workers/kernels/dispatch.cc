#include "workers/kernels/dispatch.h"

#include "base/check.h"

namespace ringside::kernels {

StepContext MakeStepContext(const v1::RunSpec& run, int64_t step) {
  const v1::OptimizerSpec& o = run.optimizer();
  return {step, run.seed(), o.lr(), o.beta1(), o.beta2(), o.eps(), o.weight_decay()};
}

template <class R>
void RunOp(Kernels<R>& kernels, const plan::Op& op, absl::Span<void* const> operands,
           const StepContext& context) {
  using plan::OpKind;
  RINGSIDE_CHECK(operands.size() == op.operands.size());
  const auto& d = op.dims;
  const auto real = [&](int i) { return static_cast<R*>(operands[i]); };
  const auto ints = [&](int i) { return static_cast<int32_t*>(operands[i]); };
  const bool accumulate = op.Has(plan::kAccumulate);
  switch (op.kind) {
    case OpKind::kLoadBatch:
      return kernels.LoadBatch(ints(0), ints(1), d[0], d[1], context.step * d[3] + d[2], d[4], context.seed);
    case OpKind::kFill:
      return kernels.Fill(real(0), d[0], op.scalars[0]);
    case OpKind::kInitNormal:
      return kernels.InitNormal(real(0), d[0], d[1], d[2], d[3], d[4], d[5], op.scalars[0], context.seed);
    case OpKind::kEmbedding:
      return kernels.Embedding(ints(0), real(1), real(2), d[0], d[1], d[2], d[3]);
    case OpKind::kAddPosition:
      return kernels.AddPosition(real(0), real(1), d[0], d[1], d[2]);
    case OpKind::kLayerNorm:
      return kernels.LayerNorm(real(0), real(1), real(2), real(3), real(4), real(5), d[0], d[1],
                               op.scalars[0]);
    case OpKind::kGemm: {
      int next = 2;
      const R* bias = op.Has(plan::kBias) ? real(next++) : nullptr;
      R* c = real(next++);
      R* pre = op.Has(plan::kGelu) ? real(next) : nullptr;
      return kernels.Gemm(real(0), real(1), bias, c, pre, d[0], d[1], d[2], op.Has(plan::kTransA),
                          op.Has(plan::kTransB), accumulate);
    }
    case OpKind::kAttention:
      return kernels.Attention(real(0), real(1), real(2), real(3), d[0], d[1], d[2], d[3]);
    case OpKind::kBiasResidual:
      return kernels.BiasResidual(real(0), real(1), real(2), d[0], d[1]);
    case OpKind::kXentMax:
      return kernels.XentMax(real(0), real(1), d[0], d[1]);
    case OpKind::kXentSum:
      return kernels.XentSum(real(0), real(1), ints(2), real(3), d[0], d[1], d[2]);
    case OpKind::kXentLoss:
      return kernels.XentLoss(real(0), real(1), real(2), ints(3), real(4), d[0], d[1], d[2], op.scalars[0]);
    case OpKind::kEmbeddingBackward:
      return kernels.EmbeddingBackward(ints(0), real(1), real(2), d[0], d[1], d[2], d[3]);
    case OpKind::kPositionBackward:
      return kernels.PositionBackward(real(0), real(1), d[0], d[1], d[2], accumulate);
    case OpKind::kLayerNormBackward:
      return kernels.LayerNormBackward(real(0), real(1), real(2), real(3), real(4), real(5), real(6), real(7),
                                       d[0], d[1], accumulate);
    case OpKind::kBiasGrad:
      return kernels.BiasGrad(real(0), real(1), d[0], d[1], accumulate);
    case OpKind::kGelu:
      return kernels.Gelu(real(0), real(1), d[0]);
    case OpKind::kGeluBackward:
      return kernels.GeluBackward(real(0), real(1), d[0]);
    case OpKind::kAttentionBackward:
      return kernels.AttentionBackward(real(0), real(1), real(2), real(3), real(4), real(5), d[0], d[1], d[2],
                                       d[3]);
    case OpKind::kAdamW:
      return kernels.AdamW(real(0), real(1), real(2), real(3), d[0], context.lr, context.beta1, context.beta2,
                           context.eps, op.Has(plan::kDecay) ? context.weight_decay : 0.0, context.step + 1);
    case OpKind::kSgd:
      return kernels.Sgd(real(0), real(1), d[0], context.lr,
                         op.Has(plan::kDecay) ? context.weight_decay : 0.0);
    case OpKind::kJoin:
      return;
    case OpKind::kAllReduce:
    case OpKind::kReduceScatter:
    case OpKind::kAllGather:
    case OpKind::kSend:
    case OpKind::kRecv:
      break;
  }
  RINGSIDE_CHECK(false && "not a compute op");
}

template void RunOp(Kernels<float>&, const plan::Op&, absl::Span<void* const>, const StepContext&);
template void RunOp(Kernels<double>&, const plan::Op&, absl::Span<void* const>, const StepContext&);

}  // namespace ringside::kernels
