#include "plan/transformer/mlp.h"

#include <fmt/format.h>

namespace ringside::plan {
namespace {

v1::ActivationKind ActivationOf(const Context& c) {
  return c.r.scenario.model().activation();
}

int64_t ActivationDim(v1::ActivationKind kind) {
  return static_cast<int64_t>(kind == v1::ACTIVATION_RELU ? Activation::kRelu : Activation::kSigmoid);
}

}  // namespace

View EmitActivation(Context& c, const View& pre, int64_t rows, int64_t f) {
  const View act = c.emit.Temp("mlp act", rows * f);
  if (c.r.llama()) {
    c.emit.Emit(OpKind::kSwiglu, {pre, act}, {rows, f});
  } else if (ActivationOf(c) == v1::ACTIVATION_GELU) {
    c.emit.Emit(OpKind::kGelu, {pre, act}, {rows * f});
  } else {
    c.emit.Emit(OpKind::kActivation, {pre, act}, {rows * f, ActivationDim(ActivationOf(c))});
  }
  return act;
}

View EmitActivationBackward(Context& c, const View& pre, const View& dact, int64_t rows, int64_t f) {
  if (c.r.llama()) {
    const View dpre = c.emit.Temp("d mlp in", rows * 2 * f);
    c.emit.Emit(OpKind::kSwigluBackward, {pre, dact, dpre}, {rows, f});
    return dpre;
  }
  if (ActivationOf(c) == v1::ACTIVATION_GELU) {
    c.emit.Emit(OpKind::kGeluBackward, {pre, dact}, {rows * f});
  } else {
    c.emit.Emit(OpKind::kActivationBackward, {pre, dact}, {rows * f, ActivationDim(ActivationOf(c))});
  }
  return dact;
}

Mlp::Mlp(Context* context, const BlockTensors& tensors, int layer)
    : c_(*context),
      t_(tensors),
      layer_(layer),
      site_(2 + 2 * layer),
      f_(c_.r.ffn_hidden / c_.r.tp),
      in_width_(c_.r.llama() ? 2 * f_ : f_) {}

void Mlp::Forward(const View& mid, State* state) {
  state->mid = mid;
  state->norm = c_.EmitNorm(mid, t_.ln2_gamma, t_.ln2_beta);
  state->normed = c_.Gathered(state->norm.y);
  state->mlp.pre = c_.emit.Temp("mlp pre", c_.n * in_width_);
  const View weight = c_.weights.Of(t_.fc_w);
  if (t_.fc_b >= 0 && ActivationOf(c_) == v1::ACTIVATION_GELU) {
    state->mlp.act = c_.emit.Temp("mlp act", c_.n * f_);
    c_.emit.Emit(OpKind::kGemm,
                 {state->normed, weight, c_.weights.Of(t_.fc_b), state->mlp.act, state->mlp.pre},
                 {c_.n, f_, c_.c}, kTransB | kBias | kGelu);
    return;
  }
  if (t_.fc_b >= 0) {
    c_.emit.Emit(OpKind::kGemm, {state->normed, weight, c_.weights.Of(t_.fc_b), state->mlp.pre},
                 {c_.n, in_width_, c_.c}, kTransB | kBias);
  } else {
    c_.emit.Emit(OpKind::kGemm, {state->normed, weight, state->mlp.pre}, {c_.n, in_width_, c_.c}, kTransB);
  }
  state->mlp.act = EmitActivation(c_, state->mlp.pre, c_.n, f_);
}

View Mlp::Output(const State& state) {
  const View partial = c_.emit.Temp("mlp proj", c_.n * c_.c);
  c_.emit.Emit(OpKind::kGemm, {state.mlp.act, c_.weights.Of(t_.fc_proj_w), partial}, {c_.n, c_.c, f_},
               kTransB);
  return c_.Residual(partial, t_.fc_proj_b, state.mid, site_, "x");
}

void Mlp::Recompute(State* state) {
  state->norm = c_.EmitNorm(state->mid, t_.ln2_gamma, t_.ln2_beta);
  state->mlp.act = EmitActivation(c_, state->mlp.pre, c_.n, f_);
}

void Mlp::Backward(const View& d, const State& state) {
  const View normed = state.normed.buffer >= 0 ? state.normed : c_.Gathered(state.norm.y);
  const View branch = c_.ResidualBackward(d, site_);
  c_.BiasGrad(t_.fc_proj_b, branch, c_.own_n, c_.c);
  const View dproj = c_.Gathered(branch);
  const View dact = c_.emit.Temp("d mlp act", c_.n * f_);
  c_.emit.Emit(OpKind::kGemm, {dproj, c_.weights.Of(t_.fc_proj_w), dact}, {c_.n, f_, c_.c});
  c_.WeightGrad(t_.fc_proj_w, dproj, state.mlp.act, c_.n, c_.c, f_);
  const View dpre = EmitActivationBackward(c_, state.mlp.pre, dact, c_.n, f_);
  const View partial = c_.emit.Temp("d norm 2", c_.n * c_.c);
  c_.emit.Emit(OpKind::kGemm, {dpre, c_.weights.Of(t_.fc_w), partial}, {c_.n, c_.c, in_width_});
  const View dnorm = c_.Reduced(partial);  // runs beside the two below
  c_.WeightGrad(t_.fc_w, dpre, normed, c_.n, in_width_, c_.c);
  c_.BiasGrad(t_.fc_b, dpre, c_.n, in_width_);
  c_.EmitNormBackward(dnorm, state.mid, state.norm, t_.ln2_gamma, t_.ln2_beta, d);
}

}  // namespace ringside::plan
