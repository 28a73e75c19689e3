#include "sim/analytic/block_cost.h"

#include <algorithm>
#include <cmath>

#include "sim/gpu/attention_law.h"
#include "sim/gpu/gemm_law.h"

namespace ringside::sim::analytic {
namespace {

using gpu::Collective;
using gpu::CollectiveSeconds;
using gpu::Group;
using gpu::GroupOf;
using gpu::Precision;

// Kernels beside the large products, forward: norms, residuals, rotation, activation.
constexpr double kSmallKernels = 8;
// Of the exchange inside split products, what a tuned overlap hides: all but the first and the last piece of
// eight.
constexpr double kTunedOverlap = 0.75;
// A host-bound and a device-bound stretch rarely coincide exactly.
double Slower(double a, double b) {
  const double x = a * a * a * a, y = b * b * b * b;
  return std::sqrt(std::sqrt(x + y));
}

Precision PrecisionOf(Recipe recipe) {
  switch (recipe) {
    case Recipe::kFp32:
      return Precision::kTf32;
    case Recipe::kFp16:
      return Precision::kFp16;
    case Recipe::kBf16:
      return Precision::kBf16;
    case Recipe::kFp8:
      return Precision::kFp8;
    case Recipe::kFp4:
      return Precision::kFp4;
  }
  return Precision::kBf16;
}

class LayerCoster {
 public:
  explicit LayerCoster(const Problem& problem)
      : problem_(problem),
        device_(*problem.device),
        stack_(*problem.stack),
        model_(problem.model),
        plan_(problem.plan),
        tokens_(problem.plan.micro_batch * problem.plan.seq_len / problem.plan.cp),
        precision_(PrecisionOf(problem.plan.recipe)) {}

  // x[rows,k] w[k,n], forward and both products of the backward.
  void Product(double rows, double n, double k, double count = 1, bool low_precision = true) {
    const Precision precision = low_precision ? precision_ : std::min(precision_, Precision::kBf16);
    const double scale =
        (count > 1 ? stack_.grouped_factor() : stack_.kernel_factor()) / device_.sustained_clock();
    cost_.forward.gemm += scale * GemmSeconds(device_, precision, rows, n, k, count);
    cost_.backward.gemm += scale * (GemmSeconds(device_, precision, rows, k, n, count) +
                                    GemmSeconds(device_, precision, n, k, rows, count));
    // Gradients of weights are added to a sum of the whole step.
    cost_.backward.elementwise += Sweep((stack_.fp32_gradients() ? 8.0 : 4.0) * n * k * count);
    if (precision == Precision::kFp8 || precision == Precision::kFp4) {
      // Read in 2 bytes, written in 1, once more transposed.
      const double passes = 4 * stack_.fp8_cast_passes() *
                            (plan_.fine_scales ? stack_.fine_scale_factor() : 1) *
                            (count > 1 && plan_.fused_experts ? stack_.fused_expert_factor() : 1);
      cost_.forward.elementwise += Sweep(passes * rows * k * count);
      cost_.backward.elementwise += Sweep(passes * rows * n * count);
    }
  }

  void Attention() {
    gpu::AttentionShape shape;
    shape.batch = plan_.micro_batch;
    shape.heads = std::max(1.0, model_.heads / plan_.tp);
    shape.kv_heads = std::max(1.0, model_.kv_heads / plan_.tp);
    shape.queries = plan_.seq_len / plan_.cp;
    shape.keys = plan_.seq_len;
    shape.head_dim = model_.latent.on() ? model_.latent.nope_dim + model_.latent.rope_dim : model_.head_dim;
    shape.value_dim = model_.latent.on() ? model_.latent.value_dim : model_.head_dim;
    const double scale = 1 / device_.sustained_clock();
    const double earlier =
        stack_.earlier_attention() && device_.earlier_attention() > 0 ? device_.earlier_attention() : 1;
    double forward = 0, backward = 0;
    const auto add = [&](double share) {
      if (plan_.fused_attention) {
        const double fused = share * scale * earlier * stack_.attention_factor();
        forward += fused * FusedAttentionSeconds(device_, shape);
        backward += fused * FusedAttentionBackwardSeconds(device_, shape);
      } else {
        const double passes = plan_.compiled ? 3 : 5;
        forward += share * scale * UnfusedAttentionSeconds(device_, shape, passes);
        backward += share * scale * UnfusedAttentionBackwardSeconds(device_, shape, passes);
      }
    };
    if (model_.window > 0) {
      add(0.5);
      shape.window = model_.window;
      add(0.5);
    } else {
      add(1);
    }
    cost_.forward.attention += forward;
    cost_.backward.attention += backward;
  }

  // Sweeps of fused element-wise kernels, and as many bytes again and half of them backward.
  void Elementwise(double bytes, double kernels) {
    const double pass = plan_.compiled ? std::min(1.0, stack_.pass_factor()) : stack_.pass_factor();
    const double launch = kernels * pass * device_.kernel_us() * 1e-6;
    cost_.forward.elementwise += Sweep(bytes * pass) + launch;
    cost_.backward.elementwise += 1.8 * Sweep(bytes * pass) + 2 * launch;
  }

  void TensorParallel(int products) {  // pairs of split products that meet in the hidden dimension
    if (plan_.tp == 1) return;
    const Group group = GroupOf(problem_.fabric, plan_.tp, 1);
    const double bytes = 2 * tokens_ * model_.hidden;
    double forward = 0, backward = 0;
    if (plan_.sequence_parallel) {
      const double gather = CollectiveSeconds(problem_.fabric, Collective::kAllGather, group, bytes);
      const double scatter = CollectiveSeconds(problem_.fabric, Collective::kReduceScatter, group, bytes);
      forward = products * (gather + scatter);
      // Inputs of the split products are gathered again, beside the other product.
      backward = products * (gather + scatter + 0.5 * gather);
    } else {
      forward = backward =
          products * CollectiveSeconds(problem_.fabric, Collective::kAllReduce, group, bytes);
    }
    const double share =
        plan_.overlap_on ? std::max(kTunedOverlap, stack_.overlap_tp()) : stack_.overlap_tp();
    const double part = stack_.own_part_only() ? 1.0 / plan_.tp : 1;
    Hide(share, forward, part * cost_.forward.gemm, cost_.forward);
    Hide(share, backward, part * cost_.backward.gemm, cost_.backward);
  }

  void ContextParallel() {
    if (plan_.cp == 1) return;
    const Group group = GroupOf(problem_.fabric, plan_.cp, plan_.tp);
    const double kv_dim =
        model_.latent.on()
            ? model_.heads * (model_.latent.nope_dim + model_.latent.rope_dim + model_.latent.value_dim)
            : 2 * model_.kv_heads * model_.head_dim;
    const double bytes = 2 * plan_.micro_batch * plan_.seq_len * kv_dim / plan_.tp;
    const double ring = CollectiveSeconds(problem_.fabric, Collective::kAllGather, group, bytes);
    Hide(stack_.overlap_cp(), ring, cost_.forward.attention, cost_.forward);
    Hide(stack_.overlap_cp(), 2 * ring, cost_.backward.attention, cost_.backward);
  }

  void ExpertParallel(double rows) {
    if (plan_.ep == 1) return;
    const Group group = GroupOf(problem_.fabric, plan_.ep, std::max(1, plan_.ep > plan_.dp ? 1 : plan_.tp));
    // A token crosses to another node once, however many of its experts are there.
    const double nodes = group.domains(), chosen = model_.experts_per_token;
    const double copies =
        nodes > 1 && stack_.dispatches_once() ? nodes * (1 - std::pow(1 - 1 / nodes, chosen)) / chosen : 1;
    const double bytes = 2 * rows * model_.hidden * copies;
    const double exchange = 2 * CollectiveSeconds(problem_.fabric, Collective::kAllToAll, group, bytes);
    const double share = plan_.expert_overlap ? std::max(0.7, stack_.overlap_ep()) : stack_.overlap_ep();
    Hide(share, exchange, cost_.forward.kernels(), cost_.forward);
    Hide(share, exchange, cost_.backward.kernels(), cost_.backward);
  }

  BlockCost Finish(bool expert) {
    double host = stack_.host_layer_us() + (plan_.tp > 1 ? stack_.host_tp_layer_us() : 0) +
                  (expert ? stack_.host_expert_us() : 0) +
                  (expert && plan_.sizes_on_host ? stack_.host_expert_sync_us() : 0);
    if (plan_.tp > problem_.fabric.domain) host += stack_.host_tp_nodes_us() * plan_.tp;
    // Stages in other domains: split layers wait for the messages of all their ranks.
    if (plan_.pp > 1 && plan_.tp > 1 &&
        static_cast<double>(plan_.tp) * plan_.cp * plan_.dp * plan_.pp > problem_.fabric.domain)
      host += stack_.host_pipeline_tp_us() * plan_.tp;
    host *= 1 - 0.9 * plan_.graphed_share;
    cost_.forward.host = host * 1e-6;
    cost_.backward.host = 2 * host * 1e-6;
    if (plan_.release_years != 0) {
      const double matured = 1 - stack_.release_gain() * plan_.release_years;
      for (PassCost* pass : {&cost_.forward, &cost_.backward})
        for (double* x : {&pass->gemm, &pass->attention, &pass->elementwise}) *x *= matured;
    }
    switch (plan_.recompute) {
      case Recompute::kNone:
        break;
      case Recompute::kAttention:
        if (!plan_.fused_attention) cost_.backward.attention += cost_.forward.attention;
        break;
      case Recompute::kElementwise:
        cost_.backward.elementwise += cost_.forward.elementwise * 0.6;
        break;
      case Recompute::kEveryOtherProduct:
        cost_.backward.elementwise += cost_.forward.elementwise;
        cost_.backward.gemm += cost_.forward.gemm * 0.5;
        break;
      case Recompute::kFull:
        cost_.backward += cost_.forward;
        break;
    }
    return cost_;
  }

  double tokens() const { return tokens_; }
  double Sweep(double bytes) const {
    return bytes / (device_.memory_gbps() * 1e9 * device_.elementwise_efficiency());
  }
  BlockCost* cost() { return &cost_; }

 private:
  // `share` of the communication may hide behind `window` seconds of kernels, which it slows down.
  void Hide(double share, double seconds, double window, PassCost& pass) const {
    const double hidden = std::min(share * seconds, window);
    pass.comm += seconds - hidden;
    pass.overlap += hidden * (problem_.fabric.scale_up->compute_slowdown() - 1);
  }

  const Problem& problem_;
  const v1::GpuDevice& device_;
  const v1::SoftwareStack& stack_;
  const ModelShape& model_;
  const Plan& plan_;
  const double tokens_;
  const Precision precision_;
  BlockCost cost_;
};

void AddAttentionProducts(const ModelShape& m, const Plan& plan, LayerCoster& coster) {
  const double n = coster.tokens(), tp = plan.tp;
  if (m.latent.on()) {
    const LatentAttention& l = m.latent;
    coster.Product(n, l.q_rank, m.hidden);
    coster.Product(n, m.heads * (l.nope_dim + l.rope_dim) / tp, l.q_rank);
    coster.Product(n, l.kv_rank + l.rope_dim, m.hidden);
    coster.Product(n, m.heads * (l.nope_dim + l.value_dim) / tp, l.kv_rank);
    coster.Product(n, m.hidden, m.heads * l.value_dim / tp);
    coster.Elementwise(
        n * 2 * (2 * m.heads * (2 * l.nope_dim + l.rope_dim + l.value_dim) / tp + 2 * l.q_rank), 8);
    return;
  }
  const double kv = std::max(m.kv_heads / tp, 1.0);
  coster.Product(n, m.head_dim * (m.heads / tp + 2 * kv), m.hidden);
  coster.Product(n, m.hidden, m.head_dim * m.heads / tp);
  if (m.learned_positions == 0) coster.Elementwise(n * 4 * m.head_dim * (m.heads + m.kv_heads) / tp, 1);
}

}  // namespace

double PassCost::total() const {
  return Slower(kernels() + comm, host);
}

PassCost& PassCost::operator+=(const PassCost& other) {
  gemm += other.gemm;
  attention += other.attention;
  elementwise += other.elementwise;
  comm += other.comm;
  overlap += other.overlap;
  host += other.host;
  return *this;
}

PassCost PassCost::Times(double factor) const {
  PassCost result = *this;
  for (double* x :
       {&result.gemm, &result.attention, &result.elementwise, &result.comm, &result.overlap, &result.host})
    *x *= factor;
  return result;
}

BlockCost CostOfLayer(const Problem& problem, Layer layer) {
  const ModelShape& m = problem.model;
  const Plan& plan = problem.plan;
  LayerCoster coster(problem);
  const double n = coster.tokens(), tp = plan.tp;
  AddAttentionProducts(m, plan, coster);
  coster.Attention();
  // Two norms and two residuals: 4 and 6 bytes an element, forward.
  coster.Elementwise(n * m.hidden * 20 / (plan.sequence_parallel ? tp : 1), kSmallKernels);
  const double in = m.gated ? 2 : 1;
  coster.ContextParallel();
  if (layer == Layer::kDense) {
    coster.Product(n, in * m.ffn / tp, m.hidden);
    coster.Product(n, m.hidden, m.ffn / tp);
    coster.Elementwise(n * (2 * in + 2) * m.ffn / tp, 1);
    coster.TensorParallel(2);
    return coster.Finish(false);
  }
  // Experts are not split by tp: their tokens are.
  const double rows = n * m.experts_per_token / tp;
  const double local = std::max(1.0, m.experts / plan.ep);
  coster.Product(n / tp, m.experts, m.hidden, 1, false);
  coster.Product(std::max(1.0, rows / local), in * m.expert_ffn, m.hidden, local);
  coster.Product(std::max(1.0, rows / local), m.hidden, m.expert_ffn, local);
  const double fused = plan.fused_experts ? problem.stack->fused_expert_factor() : 1;
  coster.Elementwise(rows * (2 * in + 2) * m.expert_ffn * fused, 1);
  coster.Elementwise(rows * m.hidden * 12 * problem.stack->expert_pass_factor() * fused,
                     6);  // sort by expert, and back with weights
  if (m.shared_ffn > 0) {
    coster.Product(n, in * m.shared_ffn / tp, m.hidden);
    coster.Product(n, m.hidden, m.shared_ffn / tp);
    coster.Elementwise(n * (2 * in + 2) * m.shared_ffn / tp, 1);
  }
  coster.TensorParallel(1);
  coster.ExpertParallel(rows);
  return coster.Finish(true);
}

BlockCost CostOfEmbedding(const Problem& problem) {
  LayerCoster coster(problem);
  BlockCost& cost = *coster.cost();
  const double bytes = coster.tokens() * problem.model.hidden;
  cost.forward.elementwise = coster.Sweep(4 * bytes);
  cost.backward.elementwise = coster.Sweep(12 * bytes);
  return cost;
}

BlockCost CostOfHead(const Problem& problem) {
  const ModelShape& m = problem.model;
  LayerCoster coster(problem);
  const double n = coster.tokens(), columns = m.vocab / problem.plan.tp;
  coster.Product(n, columns, m.hidden, 1, false);
  BlockCost& cost = *coster.cost();
  // Fused: logits are read and their gradient written, 2 bytes each, in two sweeps. Else fp32 copies,
  // maximum, exponential, sum, division.
  const bool fused = problem.stack->fused_cross_entropy();
  cost.forward.elementwise += coster.Sweep((fused ? 4 : 22) * n * columns);
  cost.backward.elementwise += coster.Sweep((fused ? 4 : 14) * n * columns);
  cost.forward.elementwise += coster.Sweep(4 * n * m.hidden);
  return cost;
}

}  // namespace ringside::sim::analytic
