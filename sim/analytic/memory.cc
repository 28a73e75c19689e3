#include "sim/analytic/memory.h"

#include <algorithm>
#include <cmath>

#include "sim/analytic/stages.h"

namespace ringside::sim::analytic {
namespace {

constexpr double kGib = 1 << 30;

// Bytes that the backward needs of one layer, per token of this device (arXiv:2205.05198, taken op by op:
// fused attention keeps no scores).
double LayerBytesPerToken(const Problem& problem, bool expert) {
  const ModelShape& m = problem.model;
  const Plan& plan = problem.plan;
  const double tp = plan.tp, sp = plan.sequence_parallel ? tp : 1;
  const double compact =
      plan.recipe == Recipe::kFp8 || plan.recipe == Recipe::kFp4 ? 0.5 : 1;  // kept quantised
  const double in = m.gated ? 2 : 1;
  const double q = m.heads * m.head_dim / tp, kv = std::max(1.0, m.kv_heads / tp) * m.head_dim;
  double norms = 4 * m.hidden / sp;             // inputs of two norms
  double normed = 4 * m.hidden / sp * compact;  // their outputs: inputs of products
  double attention = 2 * (q + 2 * kv) + 2 * q + 4 * m.heads / tp;
  if (m.latent.on()) {
    const LatentAttention& l = m.latent;
    attention = 2 * (m.heads * (2 * (l.nope_dim + l.rope_dim) + 2 * l.value_dim) / tp + l.q_rank + l.kv_rank);
  }
  if (!plan.fused_attention && plan.recompute != Recompute::kAttention)
    attention += 5 * m.heads / tp * plan.seq_len;  // softmax twice in 2 bytes, a mask in 1
  double mlp = 2 * (in * m.ffn + m.ffn * compact) / tp;
  if (expert) {
    const double rows = m.experts_per_token / tp;
    mlp = 2 * rows * (in * m.expert_ffn + m.expert_ffn * compact + m.hidden * compact + m.hidden) +
          2 * (in + 1) * m.shared_ffn / tp;
  }
  switch (plan.recompute) {
    case Recompute::kFull:
      return 2 * m.hidden / sp;
    case Recompute::kElementwise:
      normed = 0;
      mlp *= in / (in + 1);
      break;
    case Recompute::kEveryOtherProduct:  // half of the products' outputs, attention, the layer's input
      return 2 * m.hidden / sp + 2 * q + 4 * m.heads / tp + (2 * (q + 2 * kv) + mlp * in / (in + 1)) * 0.5;
    default:
      break;
  }
  return norms + normed + attention + mlp + problem.stack->kept_bytes() * m.hidden / sp;
}

double LayerWeights(const Problem& problem, bool expert) {
  const ModelShape& m = problem.model;
  const double tp = problem.plan.tp;
  if (!expert) return LayerParameters(m, false) / tp;
  const double routed = (m.gated ? 3 : 2) * m.hidden * m.experts * m.expert_ffn;
  return (LayerParameters(m, true) - routed) / tp + routed / problem.plan.ep;
}

}  // namespace

Memory PeakMemory(const Problem& problem) {
  const ModelShape& m = problem.model;
  const Plan& plan = problem.plan;
  const v1::SoftwareStack& stack = *problem.stack;
  const Stages stages = CutStages(problem);
  const double expert_layers = m.experts > 0 ? m.layers - m.dense_layers : 0;
  const double expert_share = expert_layers / m.layers;
  const double layer_weights =
      expert_share * LayerWeights(problem, true) + (1 - expert_share) * LayerWeights(problem, false);
  const double ends = m.vocab * m.hidden / plan.tp;
  const double tokens = plan.micro_batch * plan.seq_len / plan.cp;
  const double per_token = expert_share * LayerBytesPerToken(problem, true) +
                           (1 - expert_share) * LayerBytesPerToken(problem, false);
  const double factor = plan.compiled ? std::min(1.0, stack.activation_factor()) : stack.activation_factor();
  const double group = plan.shard_group > 0 ? plan.shard_group : plan.dp * plan.cp;
  // Experts are held once per ep: their replicas are dp * cp * tp / ep.
  double update_share = 1;
  if (plan.zero >= 1) update_share = 1 / group;

  Memory fullest;
  for (const bool last : {false, true}) {
    Memory memory;
    const double layers = last ? stages.last_layers : stages.first_layers;
    double parameters = layers * layer_weights;
    if (plan.pp == 1) {
      parameters += (m.tied ? 1 : 2) * ends;
    } else {
      parameters += ends;
    }
    if (!last || plan.pp == 1) parameters += m.learned_positions * m.hidden;
    const double routed = m.experts > 0 ? expert_share * layers * (m.gated ? 3 : 2) * m.hidden * m.experts *
                                              m.expert_ffn / plan.ep
                                        : 0;
    const double expert_update =
        plan.zero >= 1 ? std::min(1.0, static_cast<double>(plan.ep) / (plan.dp * plan.cp * plan.tp)) : 1;
    const double updated =
        (parameters - routed) * update_share + routed * std::max(expert_update, update_share);
    memory.weights = stack.weight_bytes() * (plan.zero >= 3 ? updated : parameters);
    memory.gradients = stack.gradient_bytes() * (plan.zero >= 2 ? updated : parameters);
    memory.optimizer = stack.optimizer_bytes() * updated;
    if (plan.zero >= 3) {
      // The layer at work and the next, gathered in 2 bytes, and the gradient of one; the ends as one unit.
      memory.gathered = std::max(2 * 2.0 * layer_weights, 2.0 * ends) +
                        (stack.fp32_gradients() ? 4.0 : 2.0) * layer_weights;
    }
    const double m_batches = plan.micro_batches();
    double in_flight = last ? 1 : std::min<double>(m_batches, plan.pp);
    if (plan.chunks > 1) {
      const double p = plan.pp, v = plan.chunks;
      in_flight = last ? 1 + (p - 1) / p * 0 + (v - 1) / v : p * (1 + (p - 1) / (p * v));
      in_flight = std::min(in_flight, m_batches);
    }
    // What side streams have used is free only when they are done.
    const double late = 1 + stack.deferred_free() * (1 - 1 / m_batches);
    if (!plan.offload_activations)
      memory.activations = in_flight * layers * tokens * per_token * factor * late;
    Plan whole = plan;
    Problem without = problem;
    if (plan.recompute == Recompute::kFull || plan.recompute == Recompute::kEveryOtherProduct) {
      whole.recompute = Recompute::kNone;
      without.plan = whole;
      memory.transient = tokens * LayerBytesPerToken(without, m.experts > 0) * factor;
    } else {
      memory.transient = tokens * (4 * m.hidden / (plan.sequence_parallel ? plan.tp : 1) +
                                   (m.gated ? 4 : 2) * m.ffn / plan.tp + 2 * m.hidden);
    }
    double held = 0;  // logits that live on until the next ones
    if (last || plan.pp == 1) {
      const double entries = tokens * m.vocab / plan.tp;
      held = stack.previous_logits_bytes() * entries;
      memory.logits = stack.logits_bytes() * entries + (m_batches > 1.5 ? held : 0);
      memory.transient = std::max(0.0, memory.transient - memory.logits);  // never at the same time
    }
    memory.transient +=
        tokens * m.hidden * (stack.transient_bytes() + (plan.tp > 1 ? stack.gathered_bytes() : 0));
    // The update comes after the backward: its temporary copies stand beside the optimizer's state alone.
    const double update = stack.update_bytes() * updated + held;
    if (stack.update_bytes() > 0 && update > memory.activations + memory.transient + memory.logits) {
      memory.activations = 0;
      memory.logits = held;
      memory.transient = stack.update_bytes() * updated;
    }
    memory.workspace = stack.workspace_gib() * kGib;
    memory.fragmentation = stack.fragmentation() * memory.allocated();
    memory.context = stack.context_gib() * kGib;
    if (memory.total() > fullest.total()) fullest = memory;
  }
  return fullest;
}

}  // namespace ringside::sim::analytic
