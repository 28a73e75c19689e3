#include "sim/analytic/problem.h"

namespace ringside::sim::analytic {
namespace {

double AttentionParameters(const ModelShape& m) {
  const LatentAttention& l = m.latent;
  if (l.on()) {
    return m.hidden * l.q_rank + l.q_rank * m.heads * (l.nope_dim + l.rope_dim) +
           m.hidden * (l.kv_rank + l.rope_dim) + l.kv_rank * m.heads * (l.nope_dim + l.value_dim) +
           m.heads * l.value_dim * m.hidden;
  }
  return m.hidden * m.head_dim * (2 * m.heads + 2 * m.kv_heads);
}

}  // namespace

double LayerParameters(const ModelShape& m, bool expert) {
  const double matrices = m.gated ? 3 : 2;
  double n = AttentionParameters(m) + 2 * m.hidden;
  if (expert) {
    n += matrices * m.hidden * (m.experts * m.expert_ffn + m.shared_ffn) + m.hidden * m.experts;
  } else {
    n += matrices * m.hidden * m.ffn;
  }
  return n;
}

double ModelParameters(const ModelShape& m) {
  const double experts = m.experts > 0 ? m.layers - m.dense_layers + m.extra_predictions : 0;
  const double dense = m.experts > 0 ? m.dense_layers : m.layers + m.extra_predictions;
  return experts * LayerParameters(m, true) + dense * LayerParameters(m, false) +
         (m.tied ? 1 : 2) * m.vocab * m.hidden + m.learned_positions * m.hidden + m.hidden;
}

}  // namespace ringside::sim::analytic
