#include "plan/transformer/experts.h"

#include <algorithm>

namespace ringside::plan {

Experts::Experts(Context* context, const BlockTensors& tensors, int layer, const View& aux_loss)
    : c_(*context),
      t_(tensors),
      aux_loss_(aux_loss),
      site_(2 + 2 * layer),
      e_(c_.r.experts),
      k_(c_.r.experts_per_token),
      f_(c_.r.ffn_hidden / c_.r.tp),
      in_width_(c_.r.llama() ? 2 * f_ : f_),
      block_rows_(c_.r.micro_batch * c_.r.expert_capacity),
      rows_(e_ * block_rows_),
      local_(e_ / c_.r.ep) {}

double Experts::AuxScale() const {
  return c_.r.scenario.model().aux_loss() / static_cast<double>(c_.r.global_batch());
}

// Tokens over places, where no expert is preferred.
double Experts::Fill() const {
  const double places = static_cast<double>(e_ * c_.r.expert_capacity);
  return std::min(1.0, static_cast<double>(c_.r.local_seq_len() * k_) / places);
}

void Experts::Route(State* state, bool first_time) {
  const int64_t t = c_.r.local_seq_len(), b = c_.r.micro_batch;
  const View logits = c_.emit.Temp("router logits", c_.n * e_);
  c_.emit.Emit(OpKind::kGemm, {state->normed, c_.weights.Of(t_.router_w), logits}, {c_.n, e_, c_.c}, kTransB);
  state->probs = c_.emit.TempStat("router probs", c_.n * e_);
  state->slot = c_.emit.TempInt("slots", c_.n * k_), state->choice = c_.emit.TempInt("choices", c_.n * k_);
  state->weight = c_.emit.TempStat("gates", c_.n * k_), state->load = c_.emit.TempStat("expert load", b * e_);
  c_.emit.Emit(OpKind::kRouter,
               {logits, state->probs, state->slot, state->choice, state->weight, state->load},
               {c_.n, e_, k_, t, c_.r.expert_capacity, c_.r.cp});
  if (c_.cp_group >= 0) c_.emit.Collective(OpKind::kAllReduce, Stream::kCp, c_.cp_group, state->load);
  if (first_time && !c_.evaluating && aux_loss_.buffer >= 0) {
    c_.emit.Emit(OpKind::kAuxLoss, {state->probs, state->load, aux_loss_}, {c_.n, e_, t, c_.r.cp}, 0,
                 {AuxScale()});
  }
}

View Experts::AllToAll(const View& rows, const char* name) {
  if (c_.ep_group < 0) return rows;
  const View out = c_.emit.Temp(name, rows.elems);
  const int64_t chunk = rows.elems / c_.r.ep, own = c_.at.dp % c_.r.ep * chunk;
  c_.emit.Copy({rows.buffer, rows.offset + own, chunk}, {out.buffer, own, chunk});
  c_.emit.Collective(OpKind::kAllToAll, Stream::kEp, c_.ep_group, rows, 0, out);
  return out;
}

void Experts::Forward(const View& mid, State* state) {
  const bool first_time = c_.emit.place().phase == Phase::kForward;
  state->mid = mid;
  state->norm = c_.EmitNorm(mid, t_.ln2_gamma, t_.ln2_beta);
  state->normed = c_.Gathered(state->norm.y);
  Route(state, first_time);
  const View dispatched = c_.emit.Temp("dispatched", rows_ * c_.c);
  c_.emit.Emit(OpKind::kDispatch, {state->normed, state->slot, dispatched}, {c_.n, k_, c_.c, rows_});
  state->in = AllToAll(dispatched, "dispatched here");
  state->mlp.pre = c_.emit.Temp("expert pre", rows_ * in_width_);
  const int last = static_cast<int>(local_) - 1;
  c_.emit.Emit(OpKind::kExpertGemm, {state->in, c_.weights.From(t_.fc_w, t_.fc_w + last), state->mlp.pre},
               {e_, local_, block_rows_, in_width_, c_.c}, kTransB, {Fill()});
  state->mlp.act = EmitActivation(c_, state->mlp.pre, rows_, f_);
  const View out = c_.emit.Temp("expert out", rows_ * c_.c);
  c_.emit.Emit(OpKind::kExpertGemm, {state->mlp.act, c_.weights.From(t_.fc_proj_w, t_.fc_proj_w + last), out},
               {e_, local_, block_rows_, c_.c, f_}, kTransB, {Fill()});
  state->y = AllToAll(out, "expert out here");
}

View Experts::Output(const State& state) {
  const View partial = c_.emit.Temp("combined", c_.n * c_.c);
  c_.emit.Emit(OpKind::kCombine, {state.y, state.slot, state.weight, partial}, {c_.n, k_, c_.c, rows_});
  return c_.Residual(partial, -1, state.mid, site_, "x");
}

void Experts::Recompute(State* state) {
  state->norm = c_.EmitNorm(state->mid, t_.ln2_gamma, t_.ln2_beta);
  state->mlp.act = EmitActivation(c_, state->mlp.pre, rows_, f_);
}

void Experts::Backward(const View& d, const State& state) {
  const View normed = state.normed.buffer >= 0 ? state.normed : c_.Gathered(state.norm.y);
  const View dcombined = c_.Gathered(c_.ResidualBackward(d, site_));
  const View dy = c_.emit.Temp("d expert out", rows_ * c_.c),
             dweight = c_.emit.TempStat("d gates", c_.n * k_);
  c_.emit.Emit(OpKind::kCombineBackward, {dcombined, state.y, state.slot, state.weight, dy, dweight},
               {c_.n, k_, c_.c, rows_});
  c_.AllReduceTp(dweight);  // y is a part of the sum
  const View dout = AllToAll(dy, "d expert out there");
  const int last = static_cast<int>(local_) - 1;
  const View dact = c_.emit.Temp("d mlp act", rows_ * f_);
  c_.emit.Emit(OpKind::kExpertGemm, {dout, c_.weights.From(t_.fc_proj_w, t_.fc_proj_w + last), dact},
               {e_, local_, block_rows_, f_, c_.c}, 0, {Fill()});
  const auto weight_grad = [&](int first, const View& dy_rows, const View& x_rows, int64_t out, int64_t in) {
    c_.Gradient(first, first + last, [=, this](const View& grad, uint32_t flags) {
      c_.emit.Emit(OpKind::kExpertWeightGrad, {dy_rows, x_rows, grad}, {e_, local_, block_rows_, out, in},
                   flags, {Fill()});
    });
  };
  weight_grad(t_.fc_proj_w, dout, state.mlp.act, c_.c, f_);
  const View dpre = EmitActivationBackward(c_, state.mlp.pre, dact, rows_, f_);
  const View din = c_.emit.Temp("d dispatched", rows_ * c_.c);
  c_.emit.Emit(OpKind::kExpertGemm, {dpre, c_.weights.From(t_.fc_w, t_.fc_w + last), din},
               {e_, local_, block_rows_, c_.c, in_width_}, 0, {Fill()});
  const View back = AllToAll(din, "d dispatched back");
  weight_grad(t_.fc_w, dpre, state.in, in_width_, c_.c);
  const View partial = c_.emit.Temp("d norm 2", c_.n * c_.c);
  c_.emit.Emit(OpKind::kDispatchBackward, {back, state.slot, partial}, {c_.n, k_, c_.c, rows_});
  const View dnorm = c_.Reduced(partial);  // runs beside the router's

  const View dlogits = c_.emit.Temp("d router logits", c_.n * e_);
  std::vector<View> operands = {state.probs, state.slot, state.choice, dweight, state.load};
  if (c_.loss_scale.buffer >= 0) operands.push_back(c_.loss_scale);
  operands.push_back(dlogits);
  c_.emit.EmitWith(OpKind::kRouterBackward, operands, {c_.n, e_, k_, c_.r.local_seq_len(), c_.r.cp},
                   c_.loss_scale.buffer >= 0 ? uint32_t{kScaled} : 0u, {AuxScale()});
  c_.WeightGrad(t_.router_w, dlogits, normed, c_.n, e_, c_.c);
  // Every tp rank has all of this gradient, so it goes to what is already reduced.
  const View own_dlogits{dlogits.buffer, c_.row_begin * e_, c_.own_n * e_};
  c_.emit.Emit(OpKind::kGemm, {own_dlogits, c_.weights.Of(t_.router_w), dnorm}, {c_.own_n, c_.c, e_},
               kAccumulate);
  c_.EmitNormBackward(dnorm, state.mid, state.norm, t_.ln2_gamma, t_.ln2_beta, d);
}

}  // namespace ringside::plan
