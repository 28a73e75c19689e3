#include "plan/resnet/conv_norm.h"

namespace ringside::plan {

View ConvNorm::Temp(const char* what, int64_t elems) {
  return p_.emit->Temp((name_ + " " + what).c_str(), elems);
}

View ConvNorm::Windows(const View& x) {
  const View windows = Temp("windows", rows_out() * s_.window());
  p_.emit->Emit(OpKind::kIm2col, {x, windows}, {p_.images, s_.side, s_.side, s_.in, s_.kernel, s_.stride});
  return windows;
}

void ConvNorm::SumOverReplicas(const View& sums) {
  // Beside the sums of gradients, which have a stream of their own and can wait.
  if (p_.group >= 0) p_.emit->Collective(OpKind::kAllReduce, Stream::kCp, p_.group, sums);
}

View ConvNorm::Forward(const View& x, State* state) {
  Emitter& emit = *p_.emit;
  state->x = x;
  const View windows = Windows(x);
  state->conv = Temp("conv", elems_out());
  emit.Emit(OpKind::kGemm, {windows, p_.weights->Of(s_.w), state->conv}, {rows_out(), s_.out, s_.window()},
            kTransB);
  state->sums = emit.TempStat((name_ + " sums").c_str(), 2 * s_.out);
  emit.Emit(OpKind::kColumnSums, {state->conv, state->sums}, {rows_out(), s_.out});
  SumOverReplicas(state->sums);
  const View y = Temp("norm", elems_out());
  emit.Emit(OpKind::kBatchNorm,
            {state->conv, state->sums, p_.weights->Of(s_.gamma), p_.weights->Of(s_.beta), y},
            {rows_out(), s_.out, rows_out() * p_.replicas}, 0, {p_.eps});
  return y;
}

void ConvNorm::Backward(const View& dy, const State& state, const View& dx, bool accumulate) {
  Emitter& emit = *p_.emit;
  const int m = emit.place().micro_batch;
  const int64_t rows = rows_out(), count = rows * p_.replicas;
  const View dsums = emit.TempStat((name_ + " d sums").c_str(), 2 * s_.out);
  emit.Emit(OpKind::kBatchNormSums, {dy, state.conv, state.sums, dsums}, {rows, s_.out, count}, 0, {p_.eps});
  uint32_t flags = 0;
  const View dgamma = p_.grads->For(s_.gamma, s_.gamma, m, &flags);
  const View dbeta = p_.grads->For(s_.beta, s_.beta, m, &flags);
  emit.Emit(OpKind::kBatchNormGrad, {dsums, dgamma, dbeta}, {s_.out}, flags);
  p_.grads->Final(s_.gamma, s_.gamma, m);
  p_.grads->Final(s_.beta, s_.beta, m);
  SumOverReplicas(dsums);
  const View dconv = Temp("d conv", elems_out());
  emit.Emit(OpKind::kBatchNormBackward, {dy, state.conv, state.sums, dsums, p_.weights->Of(s_.gamma), dconv},
            {rows, s_.out, count}, 0, {p_.eps});
  if (dx.buffer >= 0) {
    const View dwindows = Temp("d windows", rows * s_.window());
    emit.Emit(OpKind::kGemm, {dconv, p_.weights->Of(s_.w), dwindows}, {rows, s_.window(), s_.out});
    emit.Emit(OpKind::kCol2im, {dwindows, dx}, {p_.images, s_.side, s_.side, s_.in, s_.kernel, s_.stride},
              accumulate ? uint32_t{kAccumulate} : 0u);
  }
  const View windows = Windows(state.x);
  flags = kTransA;
  const View dw = p_.grads->For(s_.w, s_.w, m, &flags);
  emit.Emit(OpKind::kGemm, {dconv, windows, dw}, {s_.out, s_.window(), rows}, flags);
  p_.grads->Final(s_.w, s_.w, m);
}

}  // namespace ringside::plan
