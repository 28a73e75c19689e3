#include "plan/transformer/ends.h"

namespace ringside::plan {
namespace {

constexpr int kEmbeddingSite = 0;

int OutputWeights(const Context& c) {
  return c.r.tied ? c.layout.tensors.wte : c.layout.tensors.lm_head;
}

}  // namespace

Tokens EmitLoadBatch(Context& c, int m) {
  const int64_t b = c.r.micro_batch, t = c.r.local_seq_len();
  const Tokens batch{c.emit.TempInt("tokens", c.n), c.emit.TempInt("targets", c.n)};
  uint32_t flags = c.r.HasDefect(v1::DEFECT_LABELS_SHUFFLED) ? uint32_t{kShuffle} : 0u;
  // The held-out samples are the same after every step.
  const int64_t first = c.FirstSample(c.evaluating ? m - c.r.micro_batches : m);
  const int64_t per_step = c.evaluating ? 0 : c.r.global_batch();
  if (c.evaluating) flags = kHeldOut;
  c.emit.Emit(OpKind::kLoadBatch, {batch.tokens, batch.targets},
              {b, t, first, per_step, c.r.vocab, c.r.cp, c.at.cp}, flags);
  return batch;
}

View EmitEmbedding(Context& c, const View& tokens) {
  const StageTensors& t = c.layout.tensors;
  const Range rows = VocabularyOf(c.r, c.at.tp);
  const View partial = c.emit.Temp("embedded", c.n * c.c);
  c.emit.Emit(OpKind::kEmbedding, {tokens, c.weights.Of(t.wte), partial},
              {c.n, c.c, rows.begin, rows.count()});
  View x = c.Reduced(partial);
  if (c.r.sequence_parallel) {  // so that the rest can go
    const View own = c.emit.Temp("x", x.elems);
    c.emit.Copy(x, own);
    x = own;
  }
  if (t.wpe >= 0) {
    c.emit.Emit(OpKind::kAddPosition, {x, c.weights.Of(t.wpe)},
                {c.own_n, c.c, c.r.local_seq_len(), c.r.cp, c.at.cp, c.row_begin});
  }
  if (c.drops()) c.Dropout(x, {}, kEmbeddingSite);
  return x;
}

void EmitEmbeddingBackward(Context& c, const View& tokens, const View& d) {
  const StageTensors& t = c.layout.tensors;
  const int m = c.emit.place().micro_batch;
  if (c.drops()) c.Dropout(d, {}, kEmbeddingSite);
  if (t.wpe >= 0) {
    uint32_t flags = 0;
    const View grad = c.grads.For(t.wpe, t.wpe, m, &flags);
    c.emit.Emit(OpKind::kPositionBackward, {d, grad},
                {c.own_n, c.c, c.r.local_seq_len(), c.r.cp, c.at.cp, c.row_begin}, flags);
    c.grads.Final(t.wpe, t.wpe, m);
  }
  const View all = c.Gathered(d);
  uint32_t flags = 0;
  const View grad = c.grads.For(t.wte, t.wte, m, &flags);
  if ((flags & kAccumulate) == 0) c.emit.Emit(OpKind::kFill, {grad}, {grad.elems}, 0, {0.0});
  const Range rows = VocabularyOf(c.r, c.at.tp);
  c.emit.Emit(OpKind::kEmbeddingBackward, {tokens, all, grad}, {c.n, c.c, rows.begin, rows.count()});
  c.grads.Final(t.wte, t.wte, m);
}

void EmitHead(Context& c, const View& x, const View& targets, const View& loss, double tokens_in_all,
              HeadState* state) {
  const StageTensors& t = c.layout.tensors;
  const Range rows = VocabularyOf(c.r, c.at.tp);
  const int64_t v = rows.count();
  state->x = x;
  state->norm = c.EmitNorm(x, t.lnf_gamma, t.lnf_beta);
  state->normed = c.Gathered(state->norm.y);
  state->logits = c.emit.Temp("logits", c.n * v);
  c.emit.Emit(OpKind::kGemm, {state->normed, c.weights.Of(OutputWeights(c)), state->logits}, {c.n, v, c.c},
              kTransB);
  const View row_max = c.emit.TempStat("row max", c.n), stats = c.emit.TempStat("softmax stats", 2 * c.n);
  c.emit.Emit(OpKind::kXentMax, {state->logits, row_max}, {c.n, v});
  c.AllReduceTp(row_max, kMax);
  c.emit.Emit(OpKind::kXentSum, {state->logits, row_max, targets, stats}, {c.n, v, rows.begin});
  c.AllReduceTp(stats);
  std::vector<View> operands = {state->logits, row_max, stats, targets};
  const bool scaled = c.loss_scale.buffer >= 0;
  if (scaled) operands.push_back(c.loss_scale);
  operands.push_back(loss);
  const double factor = c.r.HasDefect(v1::DEFECT_GRADIENTS_SUMMED) ? c.r.dp : 1;
  c.emit.EmitWith(OpKind::kXentLoss, operands, {c.n, v, rows.begin}, scaled ? uint32_t{kScaled} : 0u,
                  {1.0 / tokens_in_all, factor});
}

View EmitHeadBackward(Context& c, const HeadState& state) {
  const StageTensors& t = c.layout.tensors;
  const int64_t v = VocabularyOf(c.r, c.at.tp).count();
  const int weights = OutputWeights(c), m = c.emit.place().micro_batch;
  const View partial = c.emit.Temp("d norm f", c.n * c.c);
  c.emit.Emit(OpKind::kGemm, {state.logits, c.weights.Of(weights), partial}, {c.n, c.c, v});
  const View dnorm = c.Reduced(partial);  // runs beside the weight gradient
  const bool also_embeds = weights == t.wte && c.at.pp == 0;
  if (also_embeds) {  // the embedding adds to it, last of all
    uint32_t flags = kTransA;
    const View grad = c.grads.For(weights, weights, m, &flags);
    c.emit.Emit(OpKind::kGemm, {state.logits, state.normed, grad}, {v, c.c, c.n}, flags);
  } else {
    c.WeightGrad(weights, state.logits, state.normed, c.n, v, c.c);
  }
  const View d = c.emit.Temp("dx", c.own_n * c.c);
  c.emit.Emit(OpKind::kFill, {d}, {d.elems}, 0, {0.0});
  c.EmitNormBackward(dnorm, state.x, state.norm, t.lnf_gamma, t.lnf_beta, d);
  return d;
}

}  // namespace ringside::plan
