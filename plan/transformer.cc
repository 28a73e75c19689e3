#include "plan/transformer.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "base/check.h"

namespace ringside::plan {
namespace {

constexpr double kLayerNormEps = 1e-5;

}  // namespace

TransformerStage::TransformerStage(const Resolved& resolved, const Coordinates& at, const StageParams& params,
                                   ProgramBuilder* builder)
    : r_(resolved),
      at_(at),
      params_(params),
      builder_(builder),
      n_(int64_t{resolved.micro_batch} * resolved.seq_len),
      c_(resolved.hidden),
      f_(resolved.ffn_hidden / resolved.tp),
      heads_(resolved.heads / resolved.tp),
      head_dim_(resolved.hidden / resolved.heads),
      vocabulary_(VocabularyOf(resolved, at.tp)),
      micro_batches_(resolved.micro_batches),
      grad_written_(builder->params().size(), false) {
  if (r_.tp > 1) {
    std::vector<int32_t> ranks;
    for (int tp = 0; tp < r_.tp; ++tp) ranks.push_back(RankAt(r_, {at.pp, at.dp, tp}));
    tp_group_ = builder->AddGroup("tp", std::move(ranks));
  }
  scratch_ = builder->AddPersistent("attention scratch", Category::kWorkspace,
                                    AttentionScratchElems(OpKind::kAttentionBackward, r_.seq_len));
  if (last()) {
    loss_ = builder->AddPersistent("loss", Category::kWorkspace, 1);
    builder->SetLossBuffer(loss_.buffer);
  }
}

int TransformerStage::Emit(OpKind kind, std::initializer_list<View> operands,
                           std::initializer_list<int64_t> dims, uint32_t flags,
                           std::initializer_list<double> scalars) {
  Op op;
  op.kind = kind;
  op.phase = phase_;
  op.layer = static_cast<int16_t>(layer_);
  op.micro_batch = static_cast<int16_t>(micro_batch_);
  op.flags = flags;
  op.operands.assign(operands.begin(), operands.end());
  op.dims.assign(dims.begin(), dims.end());
  op.scalars.assign(scalars.begin(), scalars.end());
  for (int32_t dep : std::exchange(extra_deps_, {})) op.deps.push_back(dep);
  return builder_->Emit(std::move(op));
}

int TransformerStage::EmitTpAllReduce(const View& buf, bool max) {
  if (tp_group_ < 0) return -1;
  Op op;
  op.kind = OpKind::kAllReduce;
  op.stream = Stream::kTp;
  op.phase = phase_;
  op.layer = static_cast<int16_t>(layer_);
  op.micro_batch = static_cast<int16_t>(micro_batch_);
  op.flags = max ? uint32_t{kMax} : 0u;
  op.group = tp_group_;
  return builder_->EmitCollective(std::move(op), buf);
}

void TransformerStage::EmitTransfer(OpKind kind, Stream stream, int peer_stage, const View& buf) {
  Op op;
  op.kind = kind;
  op.stream = stream;
  op.phase = phase_;
  op.micro_batch = static_cast<int16_t>(micro_batch_);
  op.peer = RankAt(r_, {peer_stage, at_.dp, at_.tp});
  op.operands = {buf};
  op.dims = {buf.elems};
  builder_->Emit(std::move(op));
}

View TransformerStage::Temp(const char* name, int64_t elems, Category category) {
  std::string full = name;
  if (layer_ >= 0) full += fmt::format(" layer {}", layer_);
  full += fmt::format(" mb {}", micro_batch_);
  return builder_->AddTemp(std::move(full), category, elems);
}

View TransformerStage::Grad(int param, uint32_t* flags) {
  if (grad_written_[param]) *flags |= kAccumulate;
  grad_written_[param] = true;
  return builder_->params()[param].grad;
}

void TransformerStage::Final(int param) {
  if (buckets_ != nullptr) buckets_->OnFinal(param);
}

void TransformerStage::BeginStep() {
  if (!last()) return;
  phase_ = Phase::kForward, layer_ = -1, micro_batch_ = -1;
  Emit(OpKind::kFill, {loss_}, {1}, 0, {0.0});
}

void TransformerStage::RecvForward(int m) {
  phase_ = Phase::kForward, layer_ = -1, micro_batch_ = m;
  micro_batches_[m].x = Temp("x received", n_ * c_);
  EmitTransfer(OpKind::kRecv, Stream::kRecvForward, at_.pp - 1, micro_batches_[m].x);
}

void TransformerStage::SendForward(int m) {
  phase_ = Phase::kForward, layer_ = -1, micro_batch_ = m;
  EmitTransfer(OpKind::kSend, Stream::kSendForward, at_.pp + 1, micro_batches_[m].out);
  micro_batches_[m].send_forward = builder_->last_op();
}

void TransformerStage::RecvBackward(int m) {
  phase_ = Phase::kBackward, layer_ = -1, micro_batch_ = m;
  micro_batches_[m].d = Temp("dx received", n_ * c_);
  EmitTransfer(OpKind::kRecv, Stream::kRecvBackward, at_.pp + 1, micro_batches_[m].d);
}

void TransformerStage::SendBackward(int m) {
  phase_ = Phase::kBackward, layer_ = -1, micro_batch_ = m;
  EmitTransfer(OpKind::kSend, Stream::kSendBackward, at_.pp - 1, micro_batches_[m].d);
  last_send_backward_ = builder_->last_op();
}

void TransformerStage::Norm(const View& x, int gamma, int beta, View* y, View* mean, View* rstd) {
  *y = Temp("norm", n_ * c_), *mean = Temp("mean", n_), *rstd = Temp("rstd", n_);
  Emit(OpKind::kLayerNorm, {x, Weight(gamma), Weight(beta), *y, *mean, *rstd}, {n_, c_}, 0, {kLayerNormEps});
}

void TransformerStage::ForwardInside(int i, const View& x, BlockActivations* act) {
  const BlockParams& p = params_.blocks[i];
  const int64_t b = r_.micro_batch, t = r_.seq_len, heads_width = heads_ * head_dim_;
  act->x = x;
  Norm(x, p.ln1_gamma, p.ln1_beta, &act->h1, &act->mean1, &act->rstd1);
  act->qkv = Temp("qkv", n_ * 3 * heads_width);
  Emit(OpKind::kGemm, {act->h1, Weight(p.qkv_w), Weight(p.qkv_b), act->qkv}, {n_, 3 * heads_width, c_},
       kTransB | kBias);
  act->att = Temp("attention", n_ * heads_width);
  act->lse = Temp("lse", n_ * heads_);
  const View scratch{scratch_.buffer, 0, AttentionScratchElems(OpKind::kAttention, t)};
  Emit(OpKind::kAttention, {act->qkv, act->att, act->lse, scratch}, {b, t, heads_, head_dim_});
  act->mid = Temp("mid", n_ * c_);
  Emit(OpKind::kGemm, {act->att, Weight(p.proj_w), act->mid}, {n_, c_, heads_width}, kTransB);
  EmitTpAllReduce(act->mid);
  Emit(OpKind::kBiasResidual, {act->mid, Weight(p.proj_b), x}, {n_, c_});

  Norm(act->mid, p.ln2_gamma, p.ln2_beta, &act->h2, &act->mean2, &act->rstd2);
  act->pre = Temp("fc pre", n_ * f_);
  act->act = Temp("fc act", n_ * f_);
  Emit(OpKind::kGemm, {act->h2, Weight(p.fc_w), Weight(p.fc_b), act->act, act->pre}, {n_, f_, c_},
       kTransB | kBias | kGelu);
}

View TransformerStage::ForwardBlock(int i, const View& x, BlockActivations* act) {
  const BlockParams& p = params_.blocks[i];
  ForwardInside(i, x, act);
  const View out = Temp("x", n_ * c_);
  Emit(OpKind::kGemm, {act->act, Weight(p.fc_proj_w), out}, {n_, c_, f_}, kTransB);
  EmitTpAllReduce(out);
  Emit(OpKind::kBiasResidual, {out, Weight(p.fc_proj_b), act->mid}, {n_, c_});
  return out;
}

void TransformerStage::Recompute(int i, BlockActivations* act) {
  const BlockParams& p = params_.blocks[i];
  if (r_.recompute == v1::RECOMPUTE_FULL) ForwardInside(i, act->x, act);
  if (r_.recompute == v1::RECOMPUTE_SELECTIVE) {
    Norm(act->x, p.ln1_gamma, p.ln1_beta, &act->h1, &act->mean1, &act->rstd1);
    Norm(act->mid, p.ln2_gamma, p.ln2_beta, &act->h2, &act->mean2, &act->rstd2);
    act->act = Temp("fc act", n_ * f_);
    Emit(OpKind::kGelu, {act->pre, act->act}, {n_ * f_});
  }
}

void TransformerStage::ForwardHead(MicroBatch* mb) {
  const int64_t v = vocabulary_.count();
  mb->hf = Temp("norm f", n_ * c_), mb->meanf = Temp("mean f", n_), mb->rstdf = Temp("rstd f", n_);
  Emit(OpKind::kLayerNorm,
       {mb->out, Weight(params_.lnf_gamma), Weight(params_.lnf_beta), mb->hf, mb->meanf, mb->rstdf}, {n_, c_},
       0, {kLayerNormEps});
  mb->logits = Temp("logits", n_ * v);
  Emit(OpKind::kGemm, {mb->hf, Weight(params_.wte), mb->logits}, {n_, v, c_}, kTransB);
  const View row_max = Temp("row max", n_), stats = Temp("softmax stats", 2 * n_);
  Emit(OpKind::kXentMax, {mb->logits, row_max}, {n_, v});
  EmitTpAllReduce(row_max, /*max=*/true);
  Emit(OpKind::kXentSum, {mb->logits, row_max, mb->targets, stats}, {n_, v, vocabulary_.begin});
  EmitTpAllReduce(stats);
  Emit(OpKind::kXentLoss, {mb->logits, row_max, stats, mb->targets, loss_}, {n_, v, vocabulary_.begin}, 0,
       {1.0 / static_cast<double>(r_.tokens_per_step())});
}

void TransformerStage::Forward(int m) {
  phase_ = Phase::kForward, layer_ = -1, micro_batch_ = m;
  MicroBatch& mb = micro_batches_[m];
  if (first() || last()) {
    const int64_t b = r_.micro_batch, t = r_.seq_len;
    mb.tokens =
        builder_->AddTemp(fmt::format("tokens mb {}", m), Category::kActivations, n_, /*is_int=*/true);
    mb.targets =
        builder_->AddTemp(fmt::format("targets mb {}", m), Category::kActivations, n_, /*is_int=*/true);
    // Sample s of the step belongs to micro-batch s / (dp * b), replica s / b % dp.
    const int64_t first_sample = (int64_t{m} * r_.dp + at_.dp) * b;
    Emit(OpKind::kLoadBatch, {mb.tokens, mb.targets}, {b, t, first_sample, r_.global_batch(), r_.vocab});
  }
  if (first()) {
    mb.x = Temp("x", n_ * c_);
    Emit(OpKind::kEmbedding, {mb.tokens, Weight(params_.wte), mb.x},
         {n_, c_, vocabulary_.begin, vocabulary_.count()});
    EmitTpAllReduce(mb.x);
    Emit(OpKind::kAddPosition, {mb.x, Weight(params_.wpe)}, {n_, c_, r_.seq_len});
  }
  View x = mb.x;
  mb.blocks.resize(params_.blocks.size());
  for (size_t i = 0; i < params_.blocks.size(); ++i) {
    layer_ = params_.first_layer + static_cast<int>(i);
    x = ForwardBlock(static_cast<int>(i), x, &mb.blocks[i]);
  }
  layer_ = -1;
  mb.out = x;
  if (last()) ForwardHead(&mb);
}

void TransformerStage::WeightGrad(int weight, const View& dy, const View& x, int64_t out, int64_t in) {
  uint32_t flags = kTransA;
  const View grad = Grad(weight, &flags);
  Emit(OpKind::kGemm, {dy, x, grad}, {out, in, n_}, flags);
}

void TransformerStage::BiasGrad(int bias, const View& dy, int64_t width) {
  uint32_t flags = 0;
  const View grad = Grad(bias, &flags);
  Emit(OpKind::kBiasGrad, {dy, grad}, {n_, width}, flags);
  Final(bias);
}

void TransformerStage::NormGrad(int gamma, int beta, const View& dy, const View& x, const View& mean,
                                const View& rstd, const View& dx) {
  uint32_t flags = 0;
  const View dgamma = Grad(gamma, &flags);
  flags = 0;
  const View dbeta = Grad(beta, &flags);
  Emit(OpKind::kLayerNormBackward, {dy, x, Weight(gamma), mean, rstd, dx, dgamma, dbeta}, {n_, c_}, flags);
  Final(gamma);
  Final(beta);
}

void TransformerStage::BackwardHead(MicroBatch* mb) {
  const int64_t v = vocabulary_.count();
  const View dhf = Temp("d norm f", n_ * c_);
  Emit(OpKind::kGemm, {mb->logits, Weight(params_.wte), dhf}, {n_, c_, v});
  EmitTpAllReduce(dhf);
  WeightGrad(params_.wte, mb->logits, mb->hf, v, c_);
  if (!first()) Final(params_.wte);  // else the embedding adds to it, last of all
  mb->d = Temp("dx", n_ * c_);
  Emit(OpKind::kFill, {mb->d}, {n_ * c_}, 0, {0.0});
  NormGrad(params_.lnf_gamma, params_.lnf_beta, dhf, mb->out, mb->meanf, mb->rstdf, mb->d);
}

// d is the gradient of the block's output and becomes that of its input.
void TransformerStage::BackwardBlock(int i, const View& d, const BlockActivations& act) {
  const BlockParams& p = params_.blocks[i];
  const int64_t heads_width = heads_ * head_dim_;
  BiasGrad(p.fc_proj_b, d, c_);
  const View dact = Temp("d fc", n_ * f_);
  Emit(OpKind::kGemm, {d, Weight(p.fc_proj_w), dact}, {n_, f_, c_});
  WeightGrad(p.fc_proj_w, d, act.act, c_, f_);
  Final(p.fc_proj_w);
  Emit(OpKind::kGeluBackward, {act.pre, dact}, {n_ * f_});
  const View dh2 = Temp("d norm 2", n_ * c_);
  Emit(OpKind::kGemm, {dact, Weight(p.fc_w), dh2}, {n_, c_, f_});
  EmitTpAllReduce(dh2);  // runs beside the two below
  WeightGrad(p.fc_w, dact, act.h2, f_, c_);
  Final(p.fc_w);
  BiasGrad(p.fc_b, dact, f_);
  NormGrad(p.ln2_gamma, p.ln2_beta, dh2, act.mid, act.mean2, act.rstd2, d);

  BiasGrad(p.proj_b, d, c_);
  const View datt = Temp("d attention", n_ * heads_width);
  Emit(OpKind::kGemm, {d, Weight(p.proj_w), datt}, {n_, heads_width, c_});
  WeightGrad(p.proj_w, d, act.att, c_, heads_width);
  Final(p.proj_w);
  const View dqkv = Temp("d qkv", n_ * 3 * heads_width);
  Emit(OpKind::kAttentionBackward, {datt, act.qkv, act.att, act.lse, dqkv, scratch_},
       {r_.micro_batch, r_.seq_len, heads_, head_dim_});
  const View dh1 = Temp("d norm 1", n_ * c_);
  Emit(OpKind::kGemm, {dqkv, Weight(p.qkv_w), dh1}, {n_, c_, 3 * heads_width});
  EmitTpAllReduce(dh1);  // runs beside the two below
  WeightGrad(p.qkv_w, dqkv, act.h1, 3 * heads_width, c_);
  Final(p.qkv_w);
  BiasGrad(p.qkv_b, dqkv, 3 * heads_width);
  // The buffer of the gradient sent before this one can go once its send has left.
  if (i == 0 && last_send_backward_ >= 0) extra_deps_.push_back(last_send_backward_);
  NormGrad(p.ln1_gamma, p.ln1_beta, dh1, act.x, act.mean1, act.rstd1, d);
}

void TransformerStage::Backward(int m, bool last_backward, GradBuckets* buckets) {
  phase_ = Phase::kBackward, layer_ = -1, micro_batch_ = m;
  buckets_ = last_backward ? buckets : nullptr;
  MicroBatch& mb = micro_batches_[m];
  // The gradient came back, so the activations have arrived: their buffer can go.
  if (mb.send_forward >= 0) extra_deps_.push_back(mb.send_forward);
  if (last()) BackwardHead(&mb);
  for (int i = static_cast<int>(params_.blocks.size()) - 1; i >= 0; --i) {
    layer_ = params_.first_layer + i;
    Recompute(i, &mb.blocks[i]);
    BackwardBlock(i, mb.d, mb.blocks[i]);
  }
  layer_ = -1;
  if (first()) {
    uint32_t flags = 0;
    const View dwpe = Grad(params_.wpe, &flags);
    Emit(OpKind::kPositionBackward, {mb.d, dwpe}, {n_, c_, r_.seq_len}, flags);
    Final(params_.wpe);
    flags = 0;
    const View dwte = Grad(params_.wte, &flags);
    if ((flags & kAccumulate) == 0) Emit(OpKind::kFill, {dwte}, {dwte.elems}, 0, {0.0});
    Emit(OpKind::kEmbeddingBackward, {mb.tokens, mb.d, dwte},
         {n_, c_, vocabulary_.begin, vocabulary_.count()});
    Final(params_.wte);
  }
  buckets_ = nullptr;
}

void TransformerStage::ReduceLoss() {
  if (!last() || r_.dp == 1) return;
  Op op;
  op.kind = OpKind::kAllReduce;
  op.stream = Stream::kDp;
  op.phase = Phase::kGradReduce;
  op.group = AddReplicaGroup(r_, at_, builder_);
  builder_->EmitCollective(std::move(op), loss_);
}

}  // namespace ringside::plan
