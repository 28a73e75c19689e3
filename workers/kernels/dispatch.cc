#include "workers/kernels/dispatch.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "plan/learning_rate.h"
#include "plan/sequence_slice.h"
#include "workers/kernels/number.h"
#include "workers/kernels/synthetic_images.h"

namespace ringside::kernels {

namespace {

// The number of the first of this op's samples in the whole run.
int64_t FirstSample(const plan::Op& op, int64_t first, int64_t per_step, int64_t step) {
  return step * per_step + first + (op.Has(plan::kHeldOut) ? kFirstHeldOut : 0);
}

// With kShuffle, targets come from another sample: a broken pipeline.
int64_t TargetSample(const plan::Op& op, int64_t sample) {
  return op.Has(plan::kShuffle) ? sample + 1 : sample;
}

void LoadBatch(const plan::Op& op, int32_t* tokens, int32_t* targets, const StepContext& context) {
  const auto& d = op.dims;
  const int64_t t = d[1], cp = d[5], whole = t * cp;
  const int64_t first = FirstSample(op, d[2], d[3], context.step);
  std::vector<int32_t> row(whole), next(whole), other(whole);
  for (int64_t b = 0; b < d[0]; ++b) {
    context.data->Tokens(first + b, whole, d[4], row.data(), next.data());
    if (op.Has(plan::kShuffle)) {
      context.data->Tokens(TargetSample(op, first + b), whole, d[4], other.data(), next.data());
    }
    for (int64_t i = 0; i < t; ++i) {
      const int64_t position = plan::GlobalPosition(i, t, cp, d[6]);
      tokens[b * t + i] = row[position];
      targets[b * t + i] = next[position];
    }
  }
}

template <class R>
void LoadImages(const plan::Op& op, R* pixels, int32_t* labels, const StepContext& context) {
  const auto& d = op.dims;
  const int64_t elems = d[1] * d[2] * d[3];
  const int64_t first = FirstSample(op, d[4], d[5], context.step);
  std::vector<float> image(elems);
  const auto fill = [&](int64_t sample, int32_t* label) {
    const bool repeats = context.dataset_samples > 0 && sample < kFirstHeldOut;
    FillImage(image.data(), label, d[1], d[2], d[3], d[6],
              repeats ? sample % context.dataset_samples : sample, context.seed);
  };
  for (int64_t b = 0; b < d[0]; ++b) {
    fill(first + b, &labels[b]);
    std::transform(image.begin(), image.end(), pixels + b * elems,
                   [](float value) { return static_cast<R>(value); });
    if (op.Has(plan::kShuffle)) fill(TargetSample(op, first + b), &labels[b]);
  }
}

}  // namespace

StepContext MakeStepContext(const v1::RunSpec& run, int64_t step, const DataSource* data) {
  const v1::OptimizerSpec& o = run.optimizer();
  return {step,
          run.seed(),
          plan::LearningRate(o, step),
          o.beta1(),
          o.beta2(),
          o.eps(),
          o.weight_decay(),
          data,
          run.dataset_samples()};
}

template <class R>
void RunOp(Kernels<R>& kernels, const plan::Op& op, absl::Span<void* const> operands,
           const StepContext& context) {
  using plan::OpKind;
  using S = typename StatOf<R>::Type;
  RINGSIDE_CHECK(operands.size() == op.operands.size());
  const auto& d = op.dims;
  const auto real = [&](int i) { return static_cast<R*>(operands[i]); };
  const auto ints = [&](int i) { return static_cast<int32_t*>(operands[i]); };
  const bool accumulate = op.Has(plan::kAccumulate);
  const auto stat = [&](int i) { return static_cast<S*>(operands[i]); };
  const auto control = [&](int i) -> const S* { return op.Has(plan::kScaled) ? stat(i) : nullptr; };
  switch (op.kind) {
    case OpKind::kLoadBatch:
      return LoadBatch(op, ints(0), ints(1), context);
    case OpKind::kFill:
      return kernels.Fill(real(0), d[0], op.scalars[0]);
    case OpKind::kFillStat:
      return kernels.FillStat(stat(0), d[0], op.scalars[0]);
    case OpKind::kInitNormal:
      return kernels.InitNormal(real(0), d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7], op.scalars[0],
                                context.seed);
    case OpKind::kConvert:
      return kernels.Convert(real(0), stat(1), d[0]);
    case OpKind::kEmbedding:
      return kernels.Embedding(ints(0), real(1), real(2), d[0], d[1], d[2], d[3]);
    case OpKind::kAddPosition:
      return kernels.AddPosition(real(0), real(1), d[0], d[1], d[2], d[3], d[4], d[5]);
    case OpKind::kLayerNorm:
      return kernels.LayerNorm(real(0), real(1), real(2), real(3), stat(4), stat(5), d[0], d[1],
                               op.scalars[0]);
    case OpKind::kRmsNorm:
      return kernels.RmsNorm(real(0), real(1), real(2), stat(3), d[0], d[1], op.scalars[0]);
    case OpKind::kGemm: {
      int next = 2;
      const R* bias = op.Has(plan::kBias) ? real(next++) : nullptr;
      R* c = real(next++);
      R* pre = op.Has(plan::kGelu) ? real(next) : nullptr;
      return kernels.Gemm(real(0), real(1), bias, c, pre, d[0], d[1], d[2], op.Has(plan::kTransA),
                          op.Has(plan::kTransB), accumulate);
    }
    case OpKind::kGelu:
      return kernels.Gelu(real(0), real(1), d[0]);
    case OpKind::kActivation:
      return kernels.Activation(real(0), real(1), d[0], static_cast<plan::Activation>(d[1]));
    case OpKind::kSwiglu:
      return kernels.Swiglu(real(0), real(1), d[0], d[1]);
    case OpKind::kRope:
      return kernels.Rope(real(0), d[0], d[1], d[2], d[3], d[4], d[5], d[6], op.scalars[0],
                          op.Has(plan::kInverse));
    case OpKind::kAttention:
      return kernels.Attention(real(0), real(1), stat(2), stat(3), d[0], d[1], d[2], d[3], d[4]);
    case OpKind::kRingAttention:
      return kernels.RingAttention(real(0), real(1), real(2), stat(3), stat(4), d[0], d[1], d[2], d[3], d[4],
                                   d[5], d[6], d[7], accumulate);
    case OpKind::kBiasResidual: {
      int next = 1;
      const R* bias = op.Has(plan::kBias) ? real(next++) : nullptr;
      return kernels.BiasResidual(real(0), bias, real(next), real(next + 1), d[0], d[1]);
    }
    case OpKind::kDropout: {
      const BatchSlice slice{0, d[2], context.step * d[7] + d[6], d[3], d[4]};
      return kernels.Dropout(real(0), op.Has(plan::kBias) ? real(1) : nullptr, d[0], d[1], slice, d[5], d[8],
                             op.scalars[0], context.seed);
    }
    case OpKind::kCopy:
      return kernels.Copy(real(0), real(1), d[0], d[1], d[2], d[3], d[4], d[5], accumulate);
    case OpKind::kXentMax:
      return kernels.XentMax(real(0), stat(1), d[0], d[1]);
    case OpKind::kXentSum:
      return kernels.XentSum(real(0), stat(1), ints(2), stat(3), d[0], d[1], d[2]);
    case OpKind::kXentLoss: {
      if (const S* state = control(4)) {
        return kernels.XentLossScaled(real(0), stat(1), stat(2), ints(3), stat(5), d[0], d[1], d[2],
                                      op.scalars[0], op.scalars[1], state);
      }
      return kernels.XentLoss(real(0), stat(1), stat(2), ints(3), stat(4), d[0], d[1], d[2], op.scalars[0],
                              op.scalars[1]);
    }
    case OpKind::kDeadShare:
      return kernels.DeadShare(real(0), stat(1), d[0], d[1], op.scalars[0], accumulate);
    case OpKind::kRouter:
      return kernels.Router(real(0), stat(1), ints(2), ints(3), stat(4), stat(5), d[0], d[1], d[2], d[3],
                            d[4], d[5]);
    case OpKind::kAuxLoss:
      return kernels.AuxLoss(stat(0), stat(1), stat(2), d[0], d[1], d[2], d[3], op.scalars[0]);
    case OpKind::kDispatch:
      return kernels.Dispatch(real(0), ints(1), real(2), d[0], d[1], d[2], d[3]);
    case OpKind::kCombine:
      return kernels.Combine(real(0), ints(1), stat(2), real(3), d[0], d[1], d[2], d[3]);
    case OpKind::kExpertGemm:
      return kernels.ExpertGemm(real(0), real(1), real(2), d[0], d[1], d[2], d[3], d[4],
                                op.Has(plan::kTransB));
    case OpKind::kLoadImages:
      return LoadImages<R>(op, real(0), ints(1), context);
    case OpKind::kIm2col:
      return kernels.Im2col(real(0), real(1), d[0], d[1], d[2], d[3], d[4], d[5]);
    case OpKind::kColumnSums:
      return kernels.ColumnSums(real(0), stat(1), d[0], d[1]);
    case OpKind::kBatchNorm:
      return kernels.BatchNorm(real(0), stat(1), real(2), real(3), real(4), d[0], d[1], d[2], op.scalars[0]);
    case OpKind::kMeanRows:
      return kernels.MeanRows(real(0), real(1), d[0], d[1], d[2]);
    case OpKind::kEmbeddingBackward:
      return kernels.EmbeddingBackward(ints(0), real(1), real(2), d[0], d[1], d[2], d[3]);
    case OpKind::kPositionBackward:
      return kernels.PositionBackward(real(0), real(1), d[0], d[1], d[2], d[3], d[4], d[5], accumulate);
    case OpKind::kLayerNormBackward:
      return kernels.LayerNormBackward(real(0), real(1), real(2), stat(3), stat(4), real(5), real(6), real(7),
                                       d[0], d[1], accumulate);
    case OpKind::kRmsNormBackward:
      return kernels.RmsNormBackward(real(0), real(1), real(2), stat(3), real(4), real(5), d[0], d[1],
                                     accumulate);
    case OpKind::kBiasGrad:
      return kernels.BiasGrad(real(0), real(1), d[0], d[1], accumulate);
    case OpKind::kGeluBackward:
      return kernels.GeluBackward(real(0), real(1), d[0]);
    case OpKind::kActivationBackward:
      return kernels.ActivationBackward(real(0), real(1), d[0], static_cast<plan::Activation>(d[1]));
    case OpKind::kSwigluBackward:
      return kernels.SwigluBackward(real(0), real(1), real(2), d[0], d[1]);
    case OpKind::kAttentionBackward:
      return kernels.AttentionBackward(real(0), real(1), real(2), stat(3), real(4), stat(5), d[0], d[1], d[2],
                                       d[3], d[4]);
    case OpKind::kRingAttentionBackward:
      return kernels.RingAttentionBackward(real(0), real(1), real(2), real(3), stat(4), real(5), real(6),
                                           stat(7), d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7],
                                           accumulate);
    case OpKind::kCombineBackward:
      return kernels.CombineBackward(real(0), real(1), ints(2), stat(3), real(4), stat(5), d[0], d[1], d[2],
                                     d[3]);
    case OpKind::kDispatchBackward:
      return kernels.DispatchBackward(real(0), ints(1), real(2), d[0], d[1], d[2], d[3]);
    case OpKind::kRouterBackward: {
      if (const S* state = control(5)) {
        return kernels.RouterBackwardScaled(stat(0), ints(1), ints(2), stat(3), stat(4), real(6), d[0], d[1],
                                            d[2], d[3], d[4], op.scalars[0], state);
      }
      return kernels.RouterBackward(stat(0), ints(1), ints(2), stat(3), stat(4), real(5), d[0], d[1], d[2],
                                    d[3], d[4], op.scalars[0], 1.0);
    }
    case OpKind::kExpertWeightGrad:
      return kernels.ExpertWeightGrad(real(0), real(1), real(2), d[0], d[1], d[2], d[3], d[4], accumulate);
    case OpKind::kCol2im:
      return kernels.Col2im(real(0), real(1), d[0], d[1], d[2], d[3], d[4], d[5], accumulate);
    case OpKind::kBatchNormSums:
      return kernels.BatchNormSums(real(0), real(1), stat(2), stat(3), d[0], d[1], d[2], op.scalars[0]);
    case OpKind::kBatchNormBackward:
      return kernels.BatchNormBackward(real(0), real(1), stat(2), stat(3), real(4), real(5), d[0], d[1], d[2],
                                       op.scalars[0]);
    case OpKind::kBatchNormGrad:
      return kernels.BatchNormGrad(stat(0), real(1), real(2), d[0], accumulate);
    case OpKind::kMeanRowsBackward:
      return kernels.MeanRowsBackward(real(0), real(1), d[0], d[1], d[2]);
    case OpKind::kSquareSum:
      return kernels.SquareSum(real(0), stat(1), d[0], accumulate);
    case OpKind::kControl:
      return kernels.Control(stat(0), stat(1), op.scalars[0], op.Has(plan::kDynamic));
    case OpKind::kAdamW: {
      int next = 2;
      S* master = op.Has(plan::kMaster) ? stat(next++) : nullptr;
      S *m = stat(next++), *v = stat(next++);
      const double weight_decay = op.Has(plan::kDecay) ? context.weight_decay : 0.0;
      if (const S* state = control(next)) {
        return kernels.AdamWScaled(real(0), real(1), master, m, v, d[0], context.lr, context.beta1,
                                   context.beta2, context.eps, weight_decay, context.step + 1, state);
      }
      return kernels.AdamW(real(0), real(1), master, m, v, d[0], context.lr, context.beta1, context.beta2,
                           context.eps, weight_decay, context.step + 1, 1.0);
    }
    case OpKind::kSgd: {
      int next = 2;
      S* master = op.Has(plan::kMaster) ? stat(next++) : nullptr;
      const double weight_decay = op.Has(plan::kDecay) ? context.weight_decay : 0.0;
      if (const S* state = control(next)) {
        return kernels.SgdScaled(real(0), real(1), master, d[0], context.lr, weight_decay, state);
      }
      return kernels.Sgd(real(0), real(1), master, d[0], context.lr, weight_decay, 1.0);
    }
    case OpKind::kJoin:
      return;
    case OpKind::kAllReduce:
    case OpKind::kReduceScatter:
    case OpKind::kAllGather:
    case OpKind::kAllToAll:
    case OpKind::kRotate:
    case OpKind::kSend:
    case OpKind::kRecv:
      break;
  }
  RINGSIDE_CHECK(false && "not a compute op");
}

template void RunOp(Kernels<float>&, const plan::Op&, absl::Span<void* const>, const StepContext&);
template void RunOp(Kernels<double>&, const plan::Op&, absl::Span<void* const>, const StepContext&);
template void RunOp(Kernels<Bf16>&, const plan::Op&, absl::Span<void* const>, const StepContext&);
template void RunOp(Kernels<F16>&, const plan::Op&, absl::Span<void* const>, const StepContext&);

}  // namespace ringside::kernels
