#include "sim/search/fast_form.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/status_macros.h"
#include "plan/mesh.h"

namespace ringside::sim {
namespace {

// The same ranks on the same places.
bool SameMesh(const PlanPoint& a, const PlanPoint& b) {
  return a.dp == b.dp && a.tp == b.tp && a.pp == b.pp && a.cp == b.cp && a.ep == b.ep &&
         a.placement == b.placement;
}

bool SameBlocks(const PlanPoint& a, const PlanPoint& b) {
  return a.micro_batch == b.micro_batch && a.recompute == b.recompute && a.precision == b.precision &&
         a.sequence_parallel == b.sequence_parallel &&
         (a.schedule == v1::SCHEDULE_ZERO_BUBBLE) == (b.schedule == v1::SCHEDULE_ZERO_BUBBLE);
}

bool SameReplicas(const PlanPoint& a, const PlanPoint& b) {
  return a.zero == b.zero && a.zero_group == b.zero_group && a.sequence_parallel == b.sequence_parallel &&
         a.precision == b.precision;
}

// Of a forward pass, well below what all but a block's last product and the output take.
constexpr double kLeastRecomputed = 0.2;

void AddRecomputation(StageClock* stage) {
  stage->backward += kLeastRecomputed * stage->forward,
      stage->backward_first += kLeastRecomputed * stage->forward;
}

// Stages that are busy from the first micro-batch on.
PipelineEnds WithoutBubbles(const PipelineShapeTimes& t) {
  const double m = t.micro_batches;
  const auto busy = [&](const StageClock& s) {
    return m * s.forward + s.backward_first + (m - 1) * s.backward;
  };
  return {busy(t.first), t.first.first.forward_after + busy(t.middle),
          t.first.first.forward_after + (t.stages - 2) * t.middle.first.forward_after + busy(t.last)};
}

// What the order of ops inside of blocks may take off a bound: it is not looked at. Held by a test over
// random plans, as all of the bound is.
double SlackOf(const PlanPoint& p) {
  if (p.zero >= 2) return 0.06;
  return p.schedule == v1::SCHEDULE_ZERO_BUBBLE ? 0.015 : 0.005;
}

}  // namespace

absl::StatusOr<std::unique_ptr<FastForm>> FastForm::Create(const v1::Scenario& base,
                                                           const GpuCluster& cluster,
                                                           const PlanPoint& some_plan) {
  RINGSIDE_ASSIGN_OR_RETURN(plan::Resolved model,
                            plan::Resolve(ScenarioOf(base, some_plan, cluster.devices_per_node)));
  return std::unique_ptr<FastForm>(new FastForm(base, cluster, std::move(model)));
}

FastForm::FastForm(const v1::Scenario& base, const GpuCluster& cluster, plan::Resolved model)
    : base_(base),
      cluster_(cluster),
      model_(std::move(model)),
      overlap_{model_.overlap_grad_reduce, model_.overlap_param_gather},
      blocks_(base_, cluster_),
      replicas_(base_, cluster_) {}

void FastForm::Prepare(const PlanPoint& p, bool quick) {
  const bool mesh = prepared_ && SameMesh(p, last_);
  if (!mesh) {
    std::unique_ptr<PlanGroups>& groups = groups_[{p.dp, p.tp, p.pp, p.cp, p.ep, p.placement}];
    if (groups == nullptr) {
      PlanPoint plain = p;
      plain.zero = 0, plain.zero_group = 1;
      groups = std::make_unique<PlanGroups>(GroupsOf(plain, cluster_.devices_per_node));
    }
    last_groups_ = groups.get();
  }
  if (!mesh || quick != last_quick_ || !SameBlocks(p, last_)) {
    BlockKey key;
    key.tp = p.tp, key.cp = p.cp, key.ep = p.ep, key.micro_batch = p.micro_batch;
    key.recompute = quick ? v1::RECOMPUTE_NONE : p.recompute;
    key.precision = p.precision, key.sequence_parallel = p.sequence_parallel;
    key.split = !quick && p.schedule == v1::SCHEDULE_ZERO_BUBBLE, key.piped = p.pp > 1;
    key.tp_group = last_groups_->tp, key.cp_group = last_groups_->cp, key.ep_group = last_groups_->ep;
    if (quick && p.placement == v1::PLACEMENT_TP_ACROSS && p.cp == 1 && p.ep == 1) {
      key.tp_group.per_domain = std::min<double>(p.tp, std::min(cluster_.devices_per_node, p.ranks()));
    }
    costs_ = &blocks_.Of(key);
  }
  if (!mesh || !SameReplicas(p, last_)) replica_ = &replicas_.Of(p);
  last_ = p;
  last_quick_ = quick;
  prepared_ = true;
}

double FastForm::TransferNs(const PlanPoint& p, Form form) const {
  const double rows =
      static_cast<double>(p.micro_batch) * model_.seq_len / p.cp / (p.sequence_parallel ? p.tp : 1);
  const double bytes = rows * model_.hidden * static_cast<double>(plan::SizeOf(plan::RealOf(p.precision)));
  const int stride = p.dp * p.cp * (p.placement == v1::PLACEMENT_TP_ACROSS ? 1 : p.tp);
  const GpuOpCosts costs(cluster_, p.tp > 1);
  const double inside = costs.MessageNs(true, bytes), outside = costs.MessageNs(false, bytes);
  const double host = 1e3 * cluster_.stack.host_pipeline_us();
  // Neighbouring stages may share a node or not, by turns.
  double crossing = 0;
  for (int s = 0; s + 1 < p.pp; ++s) {
    crossing +=
        s * stride / cluster_.devices_per_node != (s + 1) * stride / cluster_.devices_per_node ? 1 : 0;
  }
  if (form == Form::kLower) return host + (crossing < p.pp - 1 ? std::min(inside, outside) : outside);
  return host + inside + (outside - inside) * crossing / std::max(1, p.pp - 1);
}

StageClock FastForm::ClockOf(const PlanPoint& p, StageKind kind, Form form, bool quick) const {
  const int v = p.chunks, blocks = model_.layers / p.pp / v;
  const bool split = !quick && p.schedule == v1::SCHEDULE_ZERO_BUBBLE;
  const StageReplica& replica = (*replica_)[static_cast<int>(kind)];
  const auto times = [&](Role role, int turn) {
    return TimesOfChunk((*costs_)[static_cast<int>(role)], replica, role, p.zero, blocks, turn, split,
                        !quick && p.recompute == v1::RECOMPUTE_FULL, overlap_, form);
  };
  StageClock clock;
  clock.chunks = v;
  if (kind == StageKind::kOnly) {
    clock.first = clock.last = clock.middle = times(Role::kOnly, 0);
  } else {
    const Role at_first = kind == StageKind::kFirst            ? Role::kFirst
                          : v == 1 && kind == StageKind::kLast ? Role::kLast
                                                               : Role::kMiddle;
    const Role at_last = v == 1 ? at_first : kind == StageKind::kLast ? Role::kLast : Role::kMiddle;
    clock.first = times(at_first, v - 1);
    clock.last = v == 1 ? clock.first : times(at_last, 0);
    if (v > 2) clock.middle = times(Role::kMiddle, 1);
  }
  const auto sum = [&](double ChunkTimes::*of) {
    return clock.first.*of + (v > 1 ? clock.last.*of : 0) + (v > 2 ? (v - 2) * clock.middle.*of : 0);
  };
  clock.forward = sum(&ChunkTimes::forward);
  clock.backward_first = sum(&ChunkTimes::backward_first), clock.backward = sum(&ChunkTimes::backward);
  clock.input_first = sum(&ChunkTimes::input_first), clock.input = sum(&ChunkTimes::input);
  clock.weight_first = sum(&ChunkTimes::weight_first), clock.weight = sum(&ChunkTimes::weight);
  return clock;
}

double FastForm::StepNs(const PlanPoint& p, Form form, bool quick) {
  Prepare(p, quick);
  const GpuOpCosts costs(cluster_, p.tp > 1);
  const double kernel_ns = 1e3 * cluster_.device.kernel_us();
  const bool split = !quick && p.schedule == v1::SCHEDULE_ZERO_BUBBLE;
  const int blocks = model_.layers / p.pp / p.chunks;
  PipelineShapeTimes times;
  times.stages = p.pp, times.micro_batches = p.micro_batches, times.chunks = p.chunks,
  times.schedule = p.schedule;
  if (p.pp == 1) {
    times.first = ClockOf(p, StageKind::kOnly, form, quick);
  } else {
    times.first = ClockOf(p, StageKind::kFirst, form, quick);
    times.last = ClockOf(p, StageKind::kLast, form, quick);
    times.middle = p.pp > 2 ? ClockOf(p, StageKind::kMiddle, form, quick) : times.last;
    times.transfer_ns = TransferNs(p, form);
    times.wrap_ns = times.transfer_ns;
  }
  if (quick && p.recompute == v1::RECOMPUTE_FULL) {
    // The backward pass has most of the forward pass in it.
    for (StageClock* stage : {&times.first, &times.middle, &times.last}) AddRecomputation(stage);
  }
  const PipelineEnds ends = quick && p.schedule == v1::SCHEDULE_ZERO_BUBBLE && p.pp > 1
                                ? WithoutBubbles(times)
                                : LongestPaths(times);
  const auto tail = [&](StageKind kind, const StageClock& stage) {
    return Tail((*replica_)[static_cast<int>(kind)], stage.first, p.zero, blocks, p.chunks,
                p.pp * stage.first.backward, split, !quick && p.recompute == v1::RECOMPUTE_FULL, overlap_,
                form);
  };
  double clock = 0;
  if (p.pp == 1) {
    Tail only = tail(StageKind::kOnly, times.first);
    clock = ends.first_ns + only.End(only.Sum(0, kernel_ns), kernel_ns);
  } else {
    Tail first = tail(StageKind::kFirst, times.first), last = tail(StageKind::kLast, times.last);
    const double tied = std::max(ends.first_ns + first.tied_ready_ns(), ends.last_ns + last.tied_ready_ns());
    double met = std::max(ends.first_ns + first.Sum(tied - ends.first_ns, kernel_ns),
                          ends.last_ns + last.Sum(tied - ends.last_ns, kernel_ns));
    if (p.pp > 2) {
      Tail middle = tail(StageKind::kMiddle, times.middle);
      met = std::max(met, ends.middle_ns + middle.Sum(0, kernel_ns));
      clock = ends.middle_ns + middle.End(met - ends.middle_ns, kernel_ns);
    }
    clock = std::max({clock, ends.first_ns + first.End(met - ends.first_ns, kernel_ns),
                      ends.last_ns + last.End(met - ends.last_ns, kernel_ns)});
  }
  const int nodes = std::max(1, p.ranks() / std::min(cluster_.devices_per_node, p.ranks()));
  return costs.StepNs(clock, nodes) * (form == Form::kLower ? 1 - SlackOf(p) : 1);
}

double FastForm::MemoryFloor(const PlanPoint& p) {
  double share = 0.92;
  if (p.schedule == v1::SCHEDULE_INTERLEAVED) share = 0.8;
  if (p.zero >= 2) share = 0.8;
  return share * Memory(p).total();
}

double FastForm::QuickBoundNs(const PlanPoint& p) {
  return StepNs(p, Form::kLower, true);
}

FastMemory FastForm::Memory(const PlanPoint& p) {
  Prepare(p);
  const double n = model_.layers / p.pp / p.chunks;
  const int v = p.chunks, m = p.micro_batches;
  FastMemory fullest;
  const auto consider = [&](StageKind kind, int s) {
    const StageReplica& replica = (*replica_)[static_cast<int>(kind)];
    FastMemory memory;
    memory.weights = replica.weight_bytes, memory.gradients = replica.gradient_bytes;
    memory.optimizer = replica.optimizer_bytes;
    const Role role = kind == StageKind::kOnly    ? Role::kOnly
                      : kind == StageKind::kFirst ? Role::kFirst
                      : kind == StageKind::kLast  ? Role::kLast
                                                  : Role::kMiddle;
    const ChunkMemory& cost = (*costs_)[static_cast<int>(role)].memory;
    const ChunkMemory& plain = p.pp == 1 ? cost : (*costs_)[static_cast<int>(Role::kMiddle)].memory;
    double flying = 1;  // chunks with kept activations at the fullest moment
    if (p.schedule == v1::SCHEDULE_GPIPE) flying = m;
    if (p.schedule == v1::SCHEDULE_1F1B || p.schedule == v1::SCHEDULE_ZERO_BUBBLE)
      flying = std::min(m, p.pp - s);
    if (p.schedule == v1::SCHEDULE_INTERLEAVED) {
      const int all = m * v;
      flying = m == p.pp ? all : std::min(all, 2 * (p.pp - 1 - s) + (v - 1) * p.pp + 1);
    }
    // The pass at work belongs to the chunk with the ends where there is more than one.
    const double others = v > 1 ? plain.kept.At(n) : cost.kept.At(n);
    memory.kept = (flying - 1) * others + cost.kept.At(n);
    if (p.schedule == v1::SCHEDULE_ZERO_BUBBLE) {
      memory.kept += std::min<double>(s, std::max(0.0, m - flying)) * cost.kept_split.At(n);
    }
    memory.transient = std::max(cost.backward_peak.At(n), cost.forward_peak.At(n) - cost.kept.At(n));
    memory.scratch = cost.persistent;
    if (p.zero >= 3) {
      double unit = 0;
      for (const BucketCosts& b : replica.buckets) {
        if (b.after_blocks > 0 && b.after_blocks <= 1) unit += static_cast<double>(b.elems);
      }
      memory.transient +=
          (overlap_.gather ? 2 : 1) * unit * static_cast<double>(plan::SizeOf(plan::RealOf(p.precision)));
    }
    if (p.zero >= 2) memory.transient += (overlap_.reduce ? 2 : 1) * replica.most_bucket_bytes;
    if (memory.total() > fullest.total()) fullest = memory;
  };
  if (p.pp == 1) {
    consider(StageKind::kOnly, 0);
  } else {
    consider(StageKind::kFirst, 0);
    if (p.pp > 2) consider(StageKind::kMiddle, 1);
    if (p.pp > 2 && p.schedule == v1::SCHEDULE_ZERO_BUBBLE) consider(StageKind::kMiddle, p.pp - 2);
    consider(StageKind::kLast, p.pp - 1);
  }
  return fullest;
}

}  // namespace ringside::sim
