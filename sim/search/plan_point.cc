#include "sim/search/plan_point.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace ringside::sim {
namespace {

constexpr int kMostMicroBatches = 1 << 14, kLargestMicroBatch = 1 << 16, kMostWays = 1 << 12;  // as Resolve
constexpr double kMaxBufferElems = 1e12, kMaxOpsOfRank = 2e6;

auto Key(const PlanPoint& p) {
  return std::make_tuple(p.pp, p.tp, p.cp, p.ep, p.zero, p.recompute, p.chunks, p.schedule,
                         p.sequence_parallel, p.placement, p.micro_batches, p.micro_batch, p.dp, p.zero_group,
                         p.precision);
}

bool Divides(int a, int b) {
  return b % a == 0;
}

// As plan::Resolve's CheckSize and OpsOfRank have it.
bool Holds(const plan::Resolved& m, const PlanPoint& p) {
  const double local = static_cast<double>(m.seq_len) / p.cp, rows = p.micro_batch * local;
  const double widest = std::max({3.0 * m.hidden, 2.0 * m.ffn_hidden, static_cast<double>(m.vocab)}) / p.tp;
  const double factor = m.scenario.model().capacity_factor();
  const double capacity = m.experts == 0 || factor == 0 ? local : static_cast<double>(m.expert_capacity);
  const double expert_rows = p.micro_batch * capacity * m.experts;
  if (std::max(rows, expert_rows) * widest > kMaxBufferElems || expert_rows > INT32_MAX) return false;
  const double layers = static_cast<double>(m.layers) / p.pp;
  double block = 60;
  if (p.recompute == v1::RECOMPUTE_FULL) block += 20;
  if (p.sequence_parallel) block += 20;
  if (p.zero >= 2) block += 15;
  if (m.experts > 0) block += 30;
  if (p.cp > 1) block += 12.0 * p.cp;
  const double ops =
      p.micro_batches * (layers * block + 40 * p.chunks) + 5 * (12 + 2.0 * m.experts / p.ep) * layers;
  return ops <= kMaxOpsOfRank;
}

}  // namespace

v1::Scenario ScenarioOf(const v1::Scenario& base, const PlanPoint& p, int devices_per_node) {
  v1::Scenario scenario = base;
  v1::ParallelPlan* plan = scenario.mutable_plan();
  plan->set_dp(p.dp), plan->set_tp(p.tp), plan->set_pp(p.pp), plan->set_cp(p.cp), plan->set_ep(p.ep);
  plan->set_zero(p.zero);
  p.zero > 0 ? plan->set_zero_group(p.zero_group) : plan->clear_zero_group();
  plan->set_micro_batch(p.micro_batch), plan->set_micro_batches(p.micro_batches);
  plan->set_schedule(p.schedule);
  p.schedule == v1::SCHEDULE_INTERLEAVED ? plan->set_interleave(p.chunks) : plan->clear_interleave();
  plan->set_recompute(p.recompute);
  plan->set_sequence_parallel(p.sequence_parallel);
  plan->set_precision(p.precision);
  v1::ClusterSpec* cluster = scenario.mutable_cluster();
  const int in_node = std::min(devices_per_node, p.ranks());
  cluster->set_devices_per_node(in_node);
  cluster->set_nodes(p.ranks() / in_node);
  cluster->set_placement(p.placement);
  return scenario;
}

PlanPoint PointOf(const plan::Resolved& r) {
  PlanPoint p;
  p.dp = r.dp, p.tp = r.tp, p.pp = r.pp, p.cp = r.cp, p.ep = r.ep;
  const v1::ParallelPlan& plan = r.scenario.plan();
  if (r.zero_group > 1) p.zero = plan.zero(), p.zero_group = r.zero_group;
  p.micro_batch = r.micro_batch, p.micro_batches = r.micro_batches;
  p.schedule = r.pp > 1                                 ? r.schedule
               : r.schedule == v1::SCHEDULE_ZERO_BUBBLE ? r.schedule
                                                        : v1::SCHEDULE_1F1B;
  p.chunks = r.chunks;
  p.recompute = r.recompute;
  p.sequence_parallel = r.sequence_parallel;
  p.precision = plan.precision();
  p.placement = r.scenario.cluster().placement();
  return p;
}

bool IsValid(const plan::Resolved& m, const PlanPoint& p) {
  if (std::max({p.tp, p.pp, p.cp, p.ep}) > kMostWays || p.micro_batch > kLargestMicroBatch ||
      p.micro_batches > kMostMicroBatches || int64_t{p.dp} * p.tp * p.pp * p.cp > (1 << 20)) {
    return false;
  }
  if (!Divides(p.tp, m.heads) || !Divides(p.tp, m.kv_heads) || !Divides(p.tp, m.ffn_hidden) || p.tp > m.vocab)
    return false;
  if (!Divides(p.pp * p.chunks, m.layers)) return false;
  if (p.cp > 1 && (m.seq_len % (2 * p.cp) != 0 || m.scenario.model().capacity_factor() > 0)) return false;
  if (!Divides(p.ep, p.dp) || (p.ep > 1 && m.experts == 0) || (m.experts > 0 && !Divides(p.ep, m.experts)))
    return false;
  if (p.zero > 0 ? p.zero_group < 2 || !Divides(p.zero_group, p.dp * p.cp) : p.zero_group != 1) return false;
  if (p.sequence_parallel && (p.tp == 1 || int64_t{p.micro_batch} * m.seq_len / p.cp % p.tp != 0)) {
    return false;
  }
  const bool interleaved = p.schedule == v1::SCHEDULE_INTERLEAVED;
  if (interleaved ? p.pp == 1 || !Divides(p.pp, p.micro_batches) : p.chunks > 1) return false;
  if (p.pp == 1 && p.schedule == v1::SCHEDULE_GPIPE) return false;
  return Holds(m, p);
}

bool Simpler(const PlanPoint& a, const PlanPoint& b) {
  return Key(a) < Key(b);
}

std::string ToString(const PlanPoint& p) {
  std::string text = fmt::format("dp{} tp{} pp{}", p.dp, p.tp, p.pp);
  if (p.cp > 1) text += fmt::format(" cp{}", p.cp);
  if (p.ep > 1) text += fmt::format(" ep{}", p.ep);
  text += fmt::format(" mb{}x{}", p.micro_batch, p.micro_batches);
  if (p.zero > 0) {
    text += fmt::format(" zero{}", p.zero);
    if (p.zero_group < p.dp * p.cp) text += fmt::format("/{}", p.zero_group);
  }
  if (p.pp > 1 || p.schedule == v1::SCHEDULE_ZERO_BUBBLE) {
    constexpr const char* kNames[] = {"", "gpipe", "1f1b", "interleaved", "zero_bubble"};
    text += fmt::format(" {}", kNames[p.schedule]);
    if (p.chunks > 1) text += fmt::format(" x{}", p.chunks);
  }
  if (p.recompute == v1::RECOMPUTE_SELECTIVE) text += " selective";
  if (p.recompute == v1::RECOMPUTE_FULL) text += " recompute";
  if (p.sequence_parallel) text += " sp";
  constexpr const char* kPrecisions[] = {"", " fp32", " fp64", "", " fp16"};
  text += kPrecisions[p.precision];
  if (p.placement == v1::PLACEMENT_TP_ACROSS) text += " tp_across";
  return text;
}

}  // namespace ringside::sim
