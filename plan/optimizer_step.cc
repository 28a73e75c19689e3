#include "plan/optimizer_step.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace ringside::plan {
namespace {

const v1::OptimizerSpec& OptimizerOf(const Resolved& r) {
  return r.scenario.run().optimizer();
}

bool ScalesLoss(const Resolved& r) {
  return r.real == DType::kF16 && OptimizerOf(r).loss_scale() > 0;
}

bool NeedsNorm(const Resolved& r) {
  return OptimizerOf(r).grad_clip() > 0 || ScalesLoss(r) || r.scenario.run().trace_norms();
}

}  // namespace

OptimizerStep::OptimizerStep(const Resolved& resolved, const Coordinates& at, const ParamLayout& layout,
                             Emitter* emitter)
    : r_(resolved), at_(at), layout_(layout), emitter_(emitter) {
  if (!NeedsNorm(r_)) return;
  ProgramBuilder& builder = emitter_->builder();
  square_sum_ = builder.AddPersistent("gradient square sum", Category::kWorkspace, 1, Element::kStat);
  control_ = builder.AddPersistent("control", Category::kWorkspace, 4, Element::kStat);
  const double scale = ScalesLoss(r_) ? OptimizerOf(r_).loss_scale() : 1;
  for (int i = 0; i < 4; ++i) {
    Op op;
    op.kind = OpKind::kFillStat;
    op.operands = {{control_.buffer, i, 1}};
    op.dims = {1};
    op.scalars = {i == 0 ? scale : 0.0};
    builder.EmitInit(std::move(op));
  }
  if (ScalesLoss(r_)) {
    loss_scale_ = control_;
    builder.AddMetric({"loss_scale", {control_.buffer, 0, 1}, false});
    builder.AddMetric({"skipped_steps", {control_.buffer, 2, 1}, false});
  }
  builder.AddMetric({"grad_square_sum", square_sum_, false});
  if (!r_.scenario.run().trace_norms()) return;
  const auto layers = static_cast<int64_t>(layout_.tensors.blocks.size());
  layer_square_sums_ =
      builder.AddPersistent("layer square sums", Category::kWorkspace, layers, Element::kStat);
  for (int64_t i = 0; i < layers; ++i) {
    const LayerRange range = LayersOf(r_, at_.pp, static_cast<int>(i) / (r_.layers / r_.pp / r_.chunks));
    const int layer = range.first + static_cast<int>(i) % range.count;
    builder.AddMetric(
        {fmt::format("grad_square_sum.layer.{}", layer), {layer_square_sums_.buffer, i, 1}, true});
  }
}

// Every element of the model is counted by one rank.
bool OptimizerStep::Counts(int i) const {
  const Param& param = emitter_->builder().params()[i];
  if (param.grad.view.elems == 0) return false;
  const Replicas& replicas = layout_.GroupsOf(layout_.buckets[layout_.bucket_of[i]]).replicas;
  if (replicas.replicate.front() != RankAt(r_, at_)) return false;
  if (i == layout_.tensors.wte && r_.tied && r_.pp > 1 && at_.pp > 0) return false;  // the first stage's
  const bool split = param.mid_count < param.mid_total;
  return split || layout_.tensors.tensors[i].domain == Domain::kPartial || at_.tp == 0;
}

void OptimizerStep::EmitNorm() {
  emitter_->Emit(OpKind::kFillStat, {square_sum_}, {1}, 0, {0.0});
  const auto& params = emitter_->builder().params();
  // Neighbours in memory in one go.
  View run;
  const auto flush = [&] {
    if (run.elems > 0) emitter_->Emit(OpKind::kSquareSum, {run, square_sum_}, {run.elems}, kAccumulate);
    run = {};
  };
  for (int i = 0; i < static_cast<int>(params.size()); ++i) {
    if (!Counts(i)) continue;
    const View& grad = params[i].grad.view;
    if (run.elems == 0 || run.offset + run.elems != grad.offset) flush(), run = {grad.buffer, grad.offset, 0};
    run.elems += grad.elems;
  }
  flush();
  if (r_.world_size() > 1) {
    const int world = emitter_->builder().AddGroup("world", WorldRanks(r_));
    emitter_->Collective(OpKind::kAllReduce, Stream::kDp, world, square_sum_);
  }
  emitter_->Emit(OpKind::kControl, {square_sum_, control_}, {}, ScalesLoss(r_) ? uint32_t{kDynamic} : 0u,
                 {OptimizerOf(r_).grad_clip()});
}

void OptimizerStep::EmitLayerNorms() {
  const auto& params = emitter_->builder().params();
  const auto& blocks = layout_.tensors.blocks;
  emitter_->Emit(OpKind::kFillStat, {layer_square_sums_}, {layer_square_sums_.elems}, 0, {0.0});
  for (size_t b = 0; b < blocks.size(); ++b) {
    for (int i = 0; i < static_cast<int>(params.size()); ++i) {
      if (layout_.tensors.tensors[i].unit != blocks[b].unit || !Counts(i)) continue;
      const View& grad = params[i].grad.view;
      emitter_->Emit(OpKind::kSquareSum, {grad, {layer_square_sums_.buffer, static_cast<int64_t>(b), 1}},
                     {grad.elems}, kAccumulate);
    }
  }
}

void OptimizerStep::EmitUpdate(int i) {
  const Param& param = emitter_->builder().params()[i];
  const View& grad = param.grad.view;
  if (grad.elems == 0) return;
  const View weights = layout_.zero == 3
                           ? param.weights.view
                           : View{layout_.weights.buffer, layout_.offsets[i] + param.grad.begin, grad.elems};
  std::vector<View> operands = {weights, grad};
  uint32_t flags = param.decays ? uint32_t{kDecay} : 0u;
  if (param.master.buffer >= 0) flags |= kMaster, operands.push_back(param.master);
  if (param.m.buffer >= 0) operands.push_back(param.m), operands.push_back(param.v);
  if (control_.buffer >= 0) flags |= kScaled, operands.push_back(control_);
  emitter_->EmitWith(param.m.buffer >= 0 ? OpKind::kAdamW : OpKind::kSgd, operands, {grad.elems}, flags);
}

void OptimizerStep::Emit() {
  emitter_->Enter({Phase::kOptimizer, -1, -1});
  if (control_.buffer >= 0) EmitNorm();
  if (layer_square_sums_.buffer >= 0) EmitLayerNorms();
  for (const Bucket& bucket : layout_.buckets) {
    for (int i = bucket.first_param; i < bucket.first_param + bucket.num_params; ++i) EmitUpdate(i);
    // New weights go round while the next bucket is computed.
    const int shard = layout_.GroupsOf(bucket).shard;
    if (shard >= 0 && layout_.zero < 3) {
      emitter_->Collective(OpKind::kAllGather, Stream::kDp, shard,
                           {layout_.weights.buffer, bucket.offset, bucket.elems});
    }
  }
}

}  // namespace ringside::plan
