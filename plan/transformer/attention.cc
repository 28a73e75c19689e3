#include "plan/transformer/attention.h"

namespace ringside::plan {

Attention::Attention(Context* context, const BlockTensors& tensors, int layer)
    : c_(*context),
      t_(tensors),
      site_(1 + 2 * layer),
      heads_(c_.r.heads / c_.r.tp),
      kv_heads_(c_.r.kv_heads / c_.r.tp),
      head_dim_(c_.r.head_dim()),
      qkv_width_((heads_ + 2 * kv_heads_) * head_dim_),
      out_width_(heads_ * head_dim_),
      kv_width_(2 * kv_heads_ * head_dim_) {}

void Attention::Forward(const View& x, State* state) {
  state->x = x;
  state->norm = c_.EmitNorm(x, t_.ln1_gamma, t_.ln1_beta);
  state->normed = c_.Gathered(state->norm.y);
  state->qkv = c_.emit.Temp("qkv", c_.n * qkv_width_);
  const View weight = c_.weights.From(t_.qkv_w, t_.kv_w >= 0 ? t_.kv_w : t_.qkv_w);
  if (t_.qkv_b >= 0) {
    c_.emit.Emit(OpKind::kGemm, {state->normed, weight, c_.weights.Of(t_.qkv_b), state->qkv},
                 {c_.n, qkv_width_, c_.c}, kTransB | kBias);
  } else {
    c_.emit.Emit(OpKind::kGemm, {state->normed, weight, state->qkv}, {c_.n, qkv_width_, c_.c}, kTransB);
  }
  if (c_.r.llama()) {
    c_.emit.Emit(OpKind::kRope, {state->qkv},
                 {c_.n, heads_ + kv_heads_, heads_ + 2 * kv_heads_, head_dim_, c_.r.local_seq_len(), c_.r.cp,
                  c_.at.cp},
                 0, {c_.r.scenario.model().rope_theta()});
  }
  Attend(state);
  const View partial = c_.emit.Temp("attention proj", c_.n * c_.c);
  c_.emit.Emit(OpKind::kGemm, {state->out, c_.weights.Of(t_.proj_w), partial}, {c_.n, c_.c, out_width_},
               kTransB);
  state->mid = c_.Residual(partial, t_.proj_b, x, site_, "mid");
}

View Attention::Rotated(const View& buf, const char* name) {
  const View next = c_.emit.Temp(name, buf.elems);
  c_.emit.Collective(OpKind::kRotate, Stream::kCp, c_.cp_group, buf, 0, next);
  return next;
}

void Attention::Attend(State* state) {
  const int64_t b = c_.r.micro_batch, t = c_.r.local_seq_len();
  state->out = c_.emit.Temp("attention", c_.n * out_width_);
  state->lse = c_.emit.TempStat("lse", c_.n * heads_);
  if (c_.r.cp == 1) {
    c_.emit.Emit(OpKind::kAttention, {state->qkv, state->out, state->lse, c_.attention_scratch},
                 {b, t, heads_, kv_heads_, head_dim_});
    return;
  }
  View kv = c_.emit.Temp("kv", c_.n * kv_width_);
  c_.emit.Emit(OpKind::kCopy, {state->qkv, kv}, {c_.n, kv_width_, qkv_width_, out_width_, kv_width_, 0});
  for (int step = 0; step < c_.r.cp; ++step) {
    const View next = step + 1 < c_.r.cp ? Rotated(kv, "kv received") : View{};
    const int owner = (c_.at.cp - step + c_.r.cp) % c_.r.cp;
    c_.emit.Emit(OpKind::kRingAttention, {state->qkv, kv, state->out, state->lse, c_.attention_scratch},
                 {b, t, heads_, kv_heads_, head_dim_, c_.r.cp, c_.at.cp, owner},
                 step > 0 ? uint32_t{kAccumulate} : 0u);
    kv = next;
  }
}

void Attention::AttendBackward(const View& dout, const State& state, const View& dqkv) {
  const int64_t b = c_.r.micro_batch, t = c_.r.local_seq_len();
  if (c_.r.cp == 1) {
    c_.emit.Emit(OpKind::kAttentionBackward,
                 {dout, state.qkv, state.out, state.lse, dqkv, c_.attention_scratch},
                 {b, t, heads_, kv_heads_, head_dim_});
    return;
  }
  View kv = c_.emit.Temp("kv", c_.n * kv_width_);
  c_.emit.Emit(OpKind::kCopy, {state.qkv, kv}, {c_.n, kv_width_, qkv_width_, out_width_, kv_width_, 0});
  View sum;  // the gradient of kv so far, from the ranks that had it before
  for (int step = 0; step < c_.r.cp; ++step) {
    const View next = step + 1 < c_.r.cp ? Rotated(kv, "kv received") : View{};
    const View arriving = step > 0 ? Rotated(sum, "d kv received") : View{};
    const View mine = c_.emit.Temp("d kv", kv.elems);
    const int owner = (c_.at.cp - step + c_.r.cp) % c_.r.cp;
    c_.emit.Emit(OpKind::kRingAttentionBackward,
                 {dout, state.qkv, kv, state.out, state.lse, dqkv, mine, c_.attention_scratch},
                 {b, t, heads_, kv_heads_, head_dim_, c_.r.cp, c_.at.cp, owner},
                 step > 0 ? uint32_t{kAccumulate} : 0u);
    if (step > 0) c_.emit.Copy(mine, arriving, /*accumulate=*/true);
    sum = step > 0 ? arriving : mine;
    kv = next;
  }
  const View home = Rotated(sum, "d kv home");
  c_.emit.Emit(OpKind::kCopy, {home, dqkv}, {c_.n, kv_width_, kv_width_, 0, qkv_width_, out_width_});
}

void Attention::Recompute(State* state) {
  state->norm = c_.EmitNorm(state->x, t_.ln1_gamma, t_.ln1_beta);
}

void Attention::Backward(const View& d, const State& state, int32_t before_last) {
  const View normed = state.normed.buffer >= 0 ? state.normed : c_.Gathered(state.norm.y);
  const View branch = c_.ResidualBackward(d, site_);
  c_.BiasGrad(t_.proj_b, branch, c_.own_n, c_.c);
  const View dproj = c_.Gathered(branch);
  const View dout = c_.emit.Temp("d attention", c_.n * out_width_);
  c_.emit.Emit(OpKind::kGemm, {dproj, c_.weights.Of(t_.proj_w), dout}, {c_.n, out_width_, c_.c});
  c_.WeightGrad(t_.proj_w, dproj, state.out, c_.n, c_.c, out_width_);
  const View dqkv = c_.emit.Temp("d qkv", c_.n * qkv_width_);
  AttendBackward(dout, state, dqkv);
  if (c_.r.llama()) {
    c_.emit.Emit(OpKind::kRope, {dqkv},
                 {c_.n, heads_ + kv_heads_, heads_ + 2 * kv_heads_, head_dim_, c_.r.local_seq_len(), c_.r.cp,
                  c_.at.cp},
                 kInverse, {c_.r.scenario.model().rope_theta()});
  }
  const int last_weight = t_.kv_w >= 0 ? t_.kv_w : t_.qkv_w;
  const View partial = c_.emit.Temp("d norm 1", c_.n * c_.c);
  c_.emit.Emit(OpKind::kGemm, {dqkv, c_.weights.From(t_.qkv_w, last_weight), partial},
               {c_.n, c_.c, qkv_width_});
  const View dnorm = c_.Reduced(partial);  // runs beside the two below
  c_.WeightGrad(t_.qkv_w, last_weight, dqkv, normed, c_.n, qkv_width_, c_.c);
  c_.BiasGrad(t_.qkv_b, dqkv, c_.n, qkv_width_);
  if (before_last >= 0) c_.emit.Await(before_last);
  c_.EmitNormBackward(dnorm, state.x, state.norm, t_.ln1_gamma, t_.ln1_beta, d);
}

}  // namespace ringside::plan
