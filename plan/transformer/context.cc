#include "plan/transformer/context.h"

#include <utility>

namespace ringside::plan {

Context::Context(const Resolved& resolved, const Coordinates& where, const ParamLayout& param_layout,
                 Emitter* emitter, WeightStore* weight_store, GradStore* grad_store)
    : r(resolved),
      at(where),
      layout(param_layout),
      emit(*emitter),
      weights(*weight_store),
      grads(*grad_store),
      n(int64_t{resolved.micro_batch} * resolved.local_seq_len()),
      own_n(resolved.sequence_parallel ? n / resolved.tp : n),
      c(resolved.hidden),
      row_begin(resolved.sequence_parallel ? own_n * where.tp : 0) {
  ProgramBuilder& builder = emitter->builder();
  if (r.tp > 1) tp_group = builder.AddGroup("tp", TpRanks(r, at));
  if (r.cp > 1) cp_group = builder.AddGroup("cp", CpRanks(r, at));
  if (r.ep > 1) ep_group = builder.AddGroup("ep", EpRanks(r, at));
  attention_scratch = builder.AddPersistent("attention scratch", Category::kWorkspace,
                                            AttentionScratchElems(r.local_seq_len()), Element::kStat);
}

View Context::Gathered(const View& own) {
  if (!r.sequence_parallel) return own;
  const int64_t width = own.elems / own_n;
  const View whole = emit.Temp("gathered", n * width);
  emit.Copy(own, {whole.buffer, row_begin * width, own.elems});
  emit.Collective(OpKind::kAllGather, Stream::kTp, tp_group, whole);
  return whole;
}

View Context::Reduced(const View& partial) {
  if (tp_group < 0) return partial;
  if (!r.sequence_parallel) {
    AllReduceTp(partial);
    return partial;
  }
  emit.Collective(OpKind::kReduceScatter, Stream::kTp, tp_group, partial);
  const int64_t width = partial.elems / n;
  return {partial.buffer, partial.offset + row_begin * width, own_n * width};
}

void Context::AllReduceTp(const View& buf, uint32_t flags) {
  if (tp_group >= 0) emit.Collective(OpKind::kAllReduce, Stream::kTp, tp_group, buf, flags);
}

Context::Norm Context::EmitNorm(const View& x, int gamma, int beta) {
  Norm norm;
  const double eps = r.scenario.model().norm_eps();
  norm.y = emit.Temp("norm", own_n * c);
  if (beta < 0) {
    norm.rstd = emit.TempStat("rstd", own_n);
    emit.Emit(OpKind::kRmsNorm, {x, weights.Of(gamma), norm.y, norm.rstd}, {own_n, c}, 0, {eps});
    return norm;
  }
  norm.mean = emit.TempStat("mean", own_n), norm.rstd = emit.TempStat("rstd", own_n);
  emit.Emit(OpKind::kLayerNorm, {x, weights.Of(gamma), weights.Of(beta), norm.y, norm.mean, norm.rstd},
            {own_n, c}, 0, {eps});
  return norm;
}

void Context::EmitNormBackward(const View& dy, const View& x, const Norm& norm, int gamma, int beta,
                               const View& dx) {
  const int m = emit.place().micro_batch;
  uint32_t flags = 0;
  const View dgamma = grads.For(gamma, gamma, m, &flags);
  if (beta < 0) {
    emit.Emit(OpKind::kRmsNormBackward, {dy, x, weights.Of(gamma), norm.rstd, dx, dgamma}, {own_n, c}, flags);
    grads.Final(gamma, gamma, m);
    return;
  }
  const View dbeta = grads.For(beta, beta, m, &flags);
  emit.Emit(OpKind::kLayerNormBackward, {dy, x, weights.Of(gamma), norm.mean, norm.rstd, dx, dgamma, dbeta},
            {own_n, c}, flags);
  grads.Final(gamma, gamma, m);
  grads.Final(beta, beta, m);
}

void Context::Gradient(int first, int last, std::function<void(const View&, uint32_t)> work) {
  const Emitter::Place place = emit.place();
  auto now = [this, first, last, place, work = std::move(work)] {
    const Emitter::Place before = emit.place();
    emit.Enter(place);
    uint32_t flags = 0;
    const View grad = grads.For(first, last, place.micro_batch, &flags);
    work(grad, flags);
    grads.Final(first, last, place.micro_batch);
    emit.Enter(before);
  };
  deferred != nullptr ? deferred->push_back(std::move(now)) : now();
}

void Context::WeightGrad(int first, int last, const View& dy, const View& x, int64_t rows, int64_t out,
                         int64_t in) {
  Gradient(first, last, [=, this](const View& grad, uint32_t flags) {
    emit.Emit(OpKind::kGemm, {dy, x, grad}, {out, in, rows}, flags | kTransA);
  });
}

void Context::BiasGrad(int param, const View& dy, int64_t rows, int64_t width) {
  if (param < 0) return;
  Gradient(param, param, [=, this](const View& grad, uint32_t flags) {
    emit.Emit(OpKind::kBiasGrad, {dy, grad}, {rows, width}, flags);
  });
}

void Context::Dropout(const View& x, const View& bias, int site) {
  std::vector<View> operands = {x};
  if (bias.buffer >= 0) operands.push_back(bias);
  emit.EmitWith(OpKind::kDropout, operands,
                {own_n, c, r.local_seq_len(), r.cp, at.cp, row_begin, FirstSample(emit.place().micro_batch),
                 r.global_batch(), site},
                bias.buffer >= 0 ? uint32_t{kBias} : 0u, {r.scenario.model().dropout()});
}

View Context::Residual(const View& partial, int bias, const View& residual, int site, const char* name) {
  const View branch = Reduced(partial);
  View bias_view = bias >= 0 ? weights.Of(bias) : View{};
  if (drops()) Dropout(branch, std::exchange(bias_view, {}), site);
  const View out = emit.Temp(name, own_n * c);
  std::vector<View> operands = {branch};
  if (bias_view.buffer >= 0) operands.push_back(bias_view);
  operands.push_back(residual), operands.push_back(out);
  emit.EmitWith(OpKind::kBiasResidual, operands, {own_n, c}, bias_view.buffer >= 0 ? uint32_t{kBias} : 0u);
  return out;
}

View Context::ResidualBackward(const View& d, int site) {
  if (!drops() && deferred == nullptr) return d;
  const View branch = emit.Temp("d branch", d.elems);
  emit.Copy(d, branch);
  if (drops()) Dropout(branch, {}, site);
  return branch;
}

bool Context::drops() const {
  const bool on = !evaluating || r.HasDefect(v1::DEFECT_DROPOUT_IN_EVAL);
  return on && r.scenario.model().dropout() > 0;
}

int64_t Context::FirstSample(int m) const {
  const int replica = r.HasDefect(v1::DEFECT_SAME_DATA) ? 0 : at.dp;
  return (int64_t{m} * r.dp + replica) * r.micro_batch;
}

}  // namespace ringside::plan
