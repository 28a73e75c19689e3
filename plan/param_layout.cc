#include "plan/param_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace ringside::plan {
namespace {

DomainGroups AddGroups(const Resolved& r, const Coordinates& at, Domain domain, ProgramBuilder* builder) {
  DomainGroups groups{ReplicasOf(r, at, domain)};
  const std::string axis(AxisOf(domain));
  // With both, the one that only has copies is the outer axis.
  const bool hybrid = groups.replicas.shard.size() > 1 && groups.replicas.replicate.size() > 1;
  if (groups.replicas.shard.size() > 1) groups.shard = builder->AddGroup(axis, groups.replicas.shard);
  if (groups.replicas.replicate.size() > 1) {
    groups.replicate = builder->AddGroup(hybrid ? axis + "_outer" : axis, groups.replicas.replicate);
  }
  return groups;
}

bool BeginsBucket(const Resolved& r, const ParamLayout& layout, int param, const Bucket& current) {
  const ModelTensor& tensor = layout.tensors.tensors[param];
  if (tensor.domain != current.domain) return true;
  if (tensor.glued) return false;
  if (layout.zero == 3) return tensor.unit != current.unit;
  const int wte = layout.zero > 0 && r.tied ? layout.tensors.wte : -1;
  if (wte >= 0 && (param == wte || param == wte + 1)) return true;
  const auto bucket_bytes = static_cast<int64_t>(r.scenario.plan().bucket_mib() * 1024 * 1024);
  return current.elems * SizeOf(r.real) >= bucket_bytes;
}

void CutBuckets(const Resolved& r, ParamLayout* layout) {
  int64_t offset = 0, shard_offset = 0;
  for (int i = 0; i < static_cast<int>(layout->tensors.tensors.size()); ++i) {
    const ModelTensor& tensor = layout->tensors.tensors[i];
    if (layout->buckets.empty() || BeginsBucket(r, *layout, i, layout->buckets.back())) {
      layout->buckets.push_back({tensor.domain, tensor.unit, offset, 0, i, 0, {}, 0});
    }
    Bucket& bucket = layout->buckets.back();
    const int64_t elems = tensor.param.elems();
    bucket.elems += elems;
    ++bucket.num_params;
    layout->bucket_of.push_back(static_cast<int>(layout->buckets.size()) - 1);
    layout->offsets.push_back(offset);
    layout->elems.push_back(elems);
    offset += elems;
  }
  for (Bucket& bucket : layout->buckets) {
    const Replicas& replicas = layout->GroupsOf(bucket).replicas;
    bucket.owned = ChunkOf(bucket.elems, static_cast<int>(replicas.shard.size()), replicas.index);
    bucket.owned.offset += bucket.offset;
    bucket.shard_offset = shard_offset;
    shard_offset += bucket.owned.count;
  }
}

void EmitInitialWeights(const ModelTensor& tensor, const Param& p, ProgramBuilder* builder) {
  const View& to = p.weights.view;
  if (to.elems == 0) return;
  Op op;
  op.operands = {to};
  if (tensor.init == ModelTensor::Init::kNormal) {
    op.kind = OpKind::kInitNormal;
    op.dims = {p.id, p.outer, p.mid_total, p.mid_begin, p.mid_count, p.inner, p.weights.begin, to.elems};
    op.scalars = {tensor.stddev};
  } else {
    op.kind = OpKind::kFill;
    op.dims = {to.elems};
    op.scalars = {tensor.init == ModelTensor::Init::kOne ? 1.0 : 0.0};
  }
  builder->EmitInit(std::move(op));
}

// The first states: moments 0, masters the weights.
void EmitInitialStates(const Param& p, const View& owned_weights, ProgramBuilder* builder) {
  if (p.grad.view.elems == 0) return;
  for (const View* moment : {&p.m, &p.v}) {
    if (moment->buffer < 0) continue;
    Op op;
    op.kind = OpKind::kFillStat;
    op.operands = {*moment};
    op.dims = {moment->elems};
    op.scalars = {0.0};
    builder->EmitInit(std::move(op));
  }
  if (p.master.buffer >= 0) {
    Op op;
    op.kind = OpKind::kConvert;
    op.operands = {owned_weights, p.master};
    op.dims = {p.master.elems};
    builder->EmitInit(std::move(op));
  }
}

// Which elements of param `i` the rank owns, as a range of the flat order.
Chunk OwnedOf(const ParamLayout& layout, int i) {
  const Chunk& owned = layout.buckets[layout.bucket_of[i]].owned;
  const int64_t first = layout.offsets[i], end = first + layout.elems[i];
  const int64_t from = std::clamp(owned.offset, first, end);
  const int64_t to = std::clamp(owned.offset + owned.count, first, end);
  return {from, to - from};
}

void AddParam(const ParamLayout& layout, int i, ProgramBuilder* builder) {
  const ModelTensor& tensor = layout.tensors.tensors[i];
  const Bucket& bucket = layout.buckets[layout.bucket_of[i]];
  const Chunk owned = OwnedOf(layout, i);
  const bool none = owned.count == 0;
  const int64_t begin = none ? 0 : owned.offset - layout.offsets[i];
  const int64_t in_shard = none ? 0 : bucket.shard_offset + owned.offset - bucket.owned.offset;
  Param p = tensor.param;
  p.weights = layout.zero == 3 ? Piece{{layout.weights.buffer, in_shard, owned.count}, begin}
                               : Piece{{layout.weights.buffer, layout.offsets[i], layout.elems[i]}, 0};
  p.grad = {{layout.grads.buffer, layout.zero >= 2 ? in_shard : owned.offset, owned.count}, begin};
  const auto state = [&](const View& buffer) {
    return buffer.buffer < 0 ? View{} : View{buffer.buffer, in_shard, owned.count};
  };
  p.master = state(layout.master), p.m = state(layout.m), p.v = state(layout.v);
  const View owned_weights =
      layout.zero == 3 ? p.weights.view : View{layout.weights.buffer, owned.offset, owned.count};
  EmitInitialWeights(tensor, p, builder);
  EmitInitialStates(p, owned_weights, builder);
  builder->AddParam(std::move(p));
}

}  // namespace

ParamLayout AddParameters(const Resolved& r, const Coordinates& at, ProgramBuilder* builder) {
  ParamLayout layout;
  layout.zero = ZeroStage(r);
  layout.tensors = TensorsOf(r, at);
  for (int d = 0; d < kNumDomains; ++d) {
    const auto domain = static_cast<Domain>(d);
    const auto& tensors = layout.tensors.tensors;
    const bool used = std::any_of(tensors.begin(), tensors.end(),
                                  [domain](const ModelTensor& t) { return t.domain == domain; });
    if (used || domain == Domain::kDense) layout.groups[d] = AddGroups(r, at, domain, builder);
  }
  CutBuckets(r, &layout);
  const Bucket& last = layout.buckets.back();
  const int64_t all = last.offset + last.elems;
  // A buffer cannot be empty, a share can.
  const int64_t owned = std::max<int64_t>(1, last.shard_offset + last.owned.count);
  layout.weights = builder->AddPersistent("weights", Category::kWeights, layout.zero == 3 ? owned : all);
  layout.grads = builder->AddPersistent("gradients", Category::kGradients, layout.zero >= 2 ? owned : all);
  if (StatType(r.real) != r.real) {
    layout.master = builder->AddPersistent("master weights", Category::kOptimizer, owned, Element::kStat);
  }
  if (r.scenario.run().optimizer().kind() == v1::OPTIMIZER_ADAMW) {
    layout.m = builder->AddPersistent("adam m", Category::kOptimizer, owned, Element::kStat);
    layout.v = builder->AddPersistent("adam v", Category::kOptimizer, owned, Element::kStat);
  }
  for (int i = 0; i < static_cast<int>(layout.elems.size()); ++i) AddParam(layout, i, builder);
  return layout;
}

}  // namespace ringside::plan
