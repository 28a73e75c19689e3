#include "sim/search/replica_costs.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.h"
#include "plan/mesh.h"
#include "plan/param_layout.h"
#include "sim/cost/gpu_fold_costs.h"

namespace ringside::sim {
namespace {

// A mesh without a model: what plan/mesh.h asks for.
plan::Resolved MeshOf(const PlanPoint& p, int devices_per_node) {
  plan::Resolved r{};
  r.dp = p.dp, r.tp = p.tp, r.pp = p.pp, r.cp = p.cp, r.ep = p.ep;
  r.zero_group = p.zero_group;
  r.scenario.mutable_plan()->set_zero(p.zero);
  r.scenario.mutable_cluster()->set_devices_per_node(std::min(devices_per_node, p.ranks()));
  r.scenario.mutable_cluster()->set_placement(p.placement);
  return r;
}

gpu::Group Standing(const plan::Resolved& mesh, const std::vector<int32_t>& ranks) {
  std::vector<int> nodes;
  nodes.reserve(ranks.size());
  for (const int32_t rank : ranks) nodes.push_back(plan::NodeOf(mesh, rank));
  return GroupOnNodes(nodes);
}

plan::Op OpOf(plan::OpKind kind, int64_t n, uint32_t flags, plan::DType real) {
  plan::Op op;
  op.kind = kind;
  op.flags = flags;
  op.dims = {n};
  if (kind == plan::OpKind::kCopy) op.dims = {1, n, n, 0, n, 0};
  op.bytes = plan::CostOf(op, real).bytes;
  return op;
}

int StageOf(const PlanPoint& p, StageKind kind) {
  return kind == StageKind::kLast ? p.pp - 1 : kind == StageKind::kMiddle ? 1 : 0;
}

}  // namespace

PlanGroups GroupsOf(const PlanPoint& p, int devices_per_node) {
  const plan::Resolved mesh = MeshOf(p, devices_per_node);
  const plan::Coordinates at{};
  PlanGroups groups;
  groups.tp = Standing(mesh, plan::TpRanks(mesh, at));
  groups.cp = Standing(mesh, plan::CpRanks(mesh, at));
  groups.ep = Standing(mesh, plan::EpRanks(mesh, at));
  groups.world = {static_cast<double>(p.ranks()), static_cast<double>(std::min(devices_per_node, p.ranks()))};
  groups.tied = Standing(mesh, {plan::RankAt(mesh, at), plan::RankAt(mesh, {p.pp - 1, 0, 0, 0})});
  for (int d = 0; d < plan::kNumDomains; ++d) {
    const plan::Replicas replicas = plan::ReplicasOf(mesh, at, static_cast<plan::Domain>(d));
    groups.shard[d] = Standing(mesh, replicas.shard);
    groups.replicate[d] = Standing(mesh, replicas.replicate);
  }
  return groups;
}

const ReplicaCosts::Cut& ReplicaCosts::CutOf(const PlanPoint& p, StageKind kind) {
  // What the cut depends on: the sizes of tensors, and whether ZeRO cuts by unit.
  const int zero = p.zero >= 3 ? 3 : std::min(p.zero, 1);
  Key key{0, p.tp, p.pp, 0, p.ep, zero, 0, p.sequence_parallel, p.precision, 0, static_cast<int>(kind)};
  std::unique_ptr<Cut>& cut = cuts_[key];
  if (cut != nullptr) return *cut;
  cut = std::make_unique<Cut>();
  PlanPoint small = p;
  small.dp = 2 * p.ep, small.cp = 1, small.zero = zero, small.zero_group = zero > 0 ? small.dp : 1;
  small.micro_batch = p.sequence_parallel ? p.tp : 1, small.micro_batches = 1;
  small.schedule = v1::SCHEDULE_1F1B, small.chunks = 1;
  const absl::StatusOr<plan::Resolved> resolved = plan::Resolve(ScenarioOf(base_, small, small.ranks()));
  RINGSIDE_CHECK(resolved.ok());
  plan::Program program;
  program.real = resolved->real;
  plan::ProgramBuilder builder(std::move(program));
  const plan::Coordinates at{StageOf(p, kind), 0, 0, 0};
  const plan::ParamLayout layout = plan::AddParameters(*resolved, at, &builder);
  const plan::StageTensors& t = layout.tensors;
  const auto blocks = static_cast<double>(t.blocks.size());
  std::vector<double> after(t.tensors.size(), blocks + 1);  // the embedding
  for (const int i : {t.lnf_gamma, t.lnf_beta, t.lm_head}) {
    if (i >= 0) after[i] = 0;
  }
  if (t.wte >= 0 && kind == StageKind::kLast) after[t.wte] = 0;
  // Inside a block by parameters: its matrices come in the order of the backward pass, which takes about as
  // long for each as it has elements.
  for (size_t b = 0; b < t.blocks.size(); ++b) {
    const double before = blocks - 1 - static_cast<double>(b);
    const auto is_attention = [&block = t.blocks[b]](int i) {
      return i == block.qkv_w || i == block.kv_w || i == block.qkv_b || i == block.proj_w ||
             i == block.proj_b || i == block.ln1_gamma || i == block.ln1_beta;
    };
    double all = 0, done = 0;
    for (const plan::ModelTensor& tensor : t.tensors) {
      if (tensor.unit == t.blocks[b].unit) all += static_cast<double>(tensor.param.elems());
    }
    for (const bool attention : {false, true}) {
      for (size_t i = 0; i < t.tensors.size(); ++i) {
        if (t.tensors[i].unit != t.blocks[b].unit || is_attention(static_cast<int>(i)) != attention) continue;
        done += static_cast<double>(t.tensors[i].param.elems());
        after[i] = before + done / all;
      }
    }
  }
  for (const plan::Bucket& bucket : layout.buckets) {
    Bucket& out = cut->buckets.emplace_back();
    out.domain = static_cast<int>(bucket.domain), out.elems = bucket.elems;
    out.after_blocks = 0;
    for (int i = bucket.first_param; i < bucket.first_param + bucket.num_params; ++i) {
      out.after_blocks = std::max(out.after_blocks, after[i]);
      out.tied |= i == t.wte;
    }
  }
  cut->blocks = static_cast<int>(blocks);
  cut->tied = resolved->tied;
  if (t.wte >= 0 && resolved->tied && p.pp > 1) cut->tied_elems = layout.elems[t.wte];
  return *cut;
}

StageReplica ReplicaCosts::Price(const PlanPoint& p, StageKind kind) {
  const Cut& cut = CutOf(p, kind);
  const PlanGroups groups = GroupsOf(p, cluster_.devices_per_node);
  const GpuOpCosts costs(cluster_, p.tp > 1);
  const plan::DType real = plan::RealOf(p.precision), stat = plan::StatType(real);
  const auto real_bytes = static_cast<double>(plan::SizeOf(real)),
             stat_bytes = static_cast<double>(plan::SizeOf(stat));
  const v1::OptimizerSpec& optimizer = base_.run().optimizer();
  const bool adam = optimizer.kind() != v1::OPTIMIZER_SGD;
  const bool master = stat != real;
  StageReplica out;
  out.blocks = cut.blocks;
  out.tied_only = cut.tied && p.pp == 1;
  double all = 0, owned_in_all = 0;
  for (const Bucket& bucket : cut.buckets) {
    BucketCosts& b = out.buckets.emplace_back();
    const gpu::Group &shard = groups.shard[bucket.domain], &copies = groups.replicate[bucket.domain];
    b.elems = bucket.elems;
    b.owned = plan::ChunkOf(bucket.elems, static_cast<int>(shard.ranks), 0).count;
    b.after_blocks = bucket.after_blocks;
    b.tied = bucket.tied && cut.tied_elems > 0;
    b.of_experts = bucket.domain == static_cast<int>(plan::Domain::kExpert);
    const double bytes = static_cast<double>(b.elems) * real_bytes,
                 own = static_cast<double>(b.owned) * real_bytes;
    b.reduce_ns = costs.CollectiveNs(plan::OpKind::kReduceScatter, shard, bytes);
    const double across = costs.CollectiveNs(plan::OpKind::kAllReduce, copies, own);
    (p.zero >= 2 ? b.replicate_ns : b.reduce_ns) += across;
    b.gather_ns = costs.CollectiveNs(plan::OpKind::kAllGather, shard, bytes);
    if (p.zero >= 3) b.copy_ns = costs.ComputeNs(OpOf(plan::OpKind::kCopy, b.owned, 0, real), real);
    if (p.zero >= 2) {
      b.add_ns = costs.ComputeNs(OpOf(plan::OpKind::kCopy, b.owned, plan::kAccumulate, real), real);
      b.add_first_ns = costs.ComputeNs(OpOf(plan::OpKind::kCopy, b.owned, 0, real), real);
    }
    b.update_ns = costs.ComputeNs(OpOf(adam ? plan::OpKind::kAdamW : plan::OpKind::kSgd, b.owned,
                                       master ? uint32_t{plan::kMaster} : 0u, real),
                                  real);
    if (p.zero == 0) b.gather_ns = 0;
    all += static_cast<double>(b.elems), owned_in_all += static_cast<double>(b.owned);
    out.most_bucket_bytes = std::max(out.most_bucket_bytes, bytes);
  }
  out.by_time.resize(out.buckets.size());
  std::iota(out.by_time.begin(), out.by_time.end(), 0);
  std::stable_sort(out.by_time.begin(), out.by_time.end(),
                   [&](int a, int b) { return out.buckets[a].after_blocks < out.buckets[b].after_blocks; });
  if (cut.tied_elems > 0) {
    const gpu::Group& shard = groups.shard[0];
    const auto held =
        p.zero >= 1 ? plan::ChunkOf(cut.tied_elems, static_cast<int>(shard.ranks), 0).count : cut.tied_elems;
    out.tied_ns =
        costs.CollectiveNs(plan::OpKind::kAllReduce, groups.tied, static_cast<double>(held) * real_bytes);
  }
  const bool scaled =
      real == plan::DType::kF16 && !(optimizer.has_loss_scale() && optimizer.loss_scale() == 0);
  if (optimizer.grad_clip() > 0 || scaled) {
    const auto owned = static_cast<int64_t>(owned_in_all);
    out.norm_ns = costs.ComputeNs(OpOf(plan::OpKind::kSquareSum, owned, 0, real), real);
    out.world_ns = costs.CollectiveNs(plan::OpKind::kAllReduce, groups.world, stat_bytes);
  }
  if (kind == StageKind::kOnly || kind == StageKind::kLast) {
    gpu::Group replicas = groups.shard[0];
    if (groups.replicate[0].ranks > 1) {
      replicas = {replicas.ranks * groups.replicate[0].ranks,
                  std::max(replicas.per_domain, groups.replicate[0].per_domain)};
    }
    out.loss_ns = costs.CollectiveNs(plan::OpKind::kAllReduce, replicas, stat_bytes);
  }
  out.weight_bytes = real_bytes * (p.zero >= 3 ? owned_in_all : all);
  out.gradient_bytes = real_bytes * (p.zero >= 2 ? owned_in_all : all);
  out.optimizer_bytes = stat_bytes * owned_in_all * ((master ? 1 : 0) + (adam ? 2 : 0));
  return out;
}

const ReplicaCosts::Set& ReplicaCosts::Of(const PlanPoint& p) {
  const Key key{p.dp,        p.tp,        p.pp, p.cp, p.ep, p.zero, p.zero_group, p.sequence_parallel,
                p.precision, p.placement, 0};
  std::unique_ptr<Set>& set = remembered_[key];
  if (set != nullptr) return *set;
  set = std::make_unique<Set>();
  const auto price = [&](StageKind kind) { (*set)[static_cast<int>(kind)] = Price(p, kind); };
  if (p.pp == 1) {
    price(StageKind::kOnly);
  } else {
    price(StageKind::kFirst), price(StageKind::kLast);
    if (p.pp > 2) price(StageKind::kMiddle);
  }
  return *set;
}

}  // namespace ringside::sim
