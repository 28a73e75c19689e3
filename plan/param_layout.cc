#include "plan/param_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"

namespace ringside::plan {
namespace {

enum class InitKind { kNormal, kZero, kOne };

// A tensor that is about to be placed.
struct Tensor {
  Param param;
  InitKind init;
  double stddev = 0;
};

int64_t LocalElems(const Param& p) {
  return p.outer * p.mid_count * p.inner;
}

// Ids are the same whatever the layout: wte, wpe, 12 a block, lnf.
int BlockParamId(int layer, int slot) {
  return 2 + 12 * layer + slot;
}
int LnfParamId(const Resolved& r, int slot) {
  return 2 + 12 * r.layers + slot;
}

class Placer {
 public:
  Placer(const Resolved& r, const Coordinates& at) : r_(r), at_(at) {}

  // Split along `mid` evenly over the tensor-parallel ranks.
  int Split(std::string name, int id, int64_t outer, int64_t mid, int64_t inner, bool decays, InitKind init,
            double stddev = 0) {
    const int64_t part = mid / r_.tp;
    return Add(
        {Param{std::move(name), id, {}, {}, outer, mid, part * at_.tp, part, inner, decays}, init, stddev});
  }
  int Replicated(std::string name, int id, int64_t rows, int64_t inner, bool decays, InitKind init,
                 double stddev = 0) {
    return Add({Param{std::move(name), id, {}, {}, 1, rows, 0, rows, inner, decays}, init, stddev});
  }
  int Vocabulary(std::string name, int id, double stddev) {
    const Range rows = VocabularyOf(r_, at_.tp);
    return Add({Param{std::move(name), id, {}, {}, 1, r_.vocab, rows.begin, rows.count(), r_.hidden, true},
                InitKind::kNormal, stddev});
  }

  std::vector<Tensor>& tensors() { return tensors_; }

 private:
  int Add(Tensor tensor) {
    tensors_.push_back(std::move(tensor));
    return static_cast<int>(tensors_.size()) - 1;
  }

  const Resolved& r_;
  const Coordinates at_;
  std::vector<Tensor> tensors_;
};

// In the order in which the last backward pass finishes the block's gradients.
BlockParams PlaceBlock(const Resolved& r, int layer, Placer* placer) {
  const int64_t c = r.hidden, f = r.ffn_hidden;
  const double stddev = 0.02;
  const double residual_stddev = 0.02 / std::sqrt(2.0 * r.layers);
  const auto name = [layer](const char* tensor) { return fmt::format("h.{}.{}", layer, tensor); };
  const auto id = [layer](int slot) { return BlockParamId(layer, slot); };
  BlockParams b;
  b.fc_proj_b = placer->Replicated(name("mlp.c_proj.bias"), id(11), c, 1, false, InitKind::kZero);
  b.fc_proj_w =
      placer->Split(name("mlp.c_proj.weight"), id(10), c, f, 1, true, InitKind::kNormal, residual_stddev);
  b.fc_w = placer->Split(name("mlp.c_fc.weight"), id(8), 1, f, c, true, InitKind::kNormal, stddev);
  b.fc_b = placer->Split(name("mlp.c_fc.bias"), id(9), 1, f, 1, false, InitKind::kZero);
  b.ln2_gamma = placer->Replicated(name("ln_2.weight"), id(6), c, 1, false, InitKind::kOne);
  b.ln2_beta = placer->Replicated(name("ln_2.bias"), id(7), c, 1, false, InitKind::kZero);
  b.proj_b = placer->Replicated(name("attn.c_proj.bias"), id(5), c, 1, false, InitKind::kZero);
  b.proj_w =
      placer->Split(name("attn.c_proj.weight"), id(4), c, c, 1, true, InitKind::kNormal, residual_stddev);
  b.qkv_w = placer->Split(name("attn.c_attn.weight"), id(2), 3, c, c, true, InitKind::kNormal, stddev);
  b.qkv_b = placer->Split(name("attn.c_attn.bias"), id(3), 3, c, 1, false, InitKind::kZero);
  b.ln1_gamma = placer->Replicated(name("ln_1.weight"), id(0), c, 1, false, InitKind::kOne);
  b.ln1_beta = placer->Replicated(name("ln_1.bias"), id(1), c, 1, false, InitKind::kZero);
  return b;
}

void EmitInitialValue(const Tensor& tensor, ProgramBuilder* builder) {
  const Param& p = tensor.param;
  Op op;
  op.operands = {p.view};
  if (tensor.init == InitKind::kNormal) {
    op.kind = OpKind::kInitNormal;
    op.dims = {p.id, p.outer, p.mid_total, p.mid_begin, p.mid_count, p.inner};
    op.scalars = {tensor.stddev};
  } else {
    op.kind = OpKind::kFill;
    op.dims = {p.view.elems};
    op.scalars = {tensor.init == InitKind::kOne ? 1.0 : 0.0};
  }
  builder->EmitInit(std::move(op));
}

void EmitZero(const View& view, ProgramBuilder* builder) {
  Op op;
  op.kind = OpKind::kFill;
  op.operands = {view};
  op.dims = {view.elems};
  op.scalars = {0.0};
  builder->EmitInit(std::move(op));
}

}  // namespace

Coordinates CoordinatesOf(const Resolved& r, int rank) {
  RINGSIDE_CHECK(rank >= 0 && rank < r.world_size());
  return {rank / (r.tp * r.dp), rank / r.tp % r.dp, rank % r.tp};
}

int RankAt(const Resolved& r, const Coordinates& at) {
  return (at.pp * r.dp + at.dp) * r.tp + at.tp;
}

Range VocabularyOf(const Resolved& r, int tp_rank) {
  const int64_t v = r.vocab;
  return {v * tp_rank / r.tp, v * (tp_rank + 1) / r.tp};
}

StageParams AddParameters(const Resolved& r, const Coordinates& at, ProgramBuilder* builder) {
  const bool first = at.pp == 0, last = at.pp == r.pp - 1;
  const int layers = r.layers / r.pp;
  Placer placer(r, at);
  StageParams stage;
  stage.first_layer = at.pp * layers;
  stage.blocks.resize(layers);
  if (last && !first) stage.wte = placer.Vocabulary("wte", 0, 0.02);
  if (last) {
    stage.lnf_gamma = placer.Replicated("ln_f.weight", LnfParamId(r, 0), r.hidden, 1, false, InitKind::kOne);
    stage.lnf_beta = placer.Replicated("ln_f.bias", LnfParamId(r, 1), r.hidden, 1, false, InitKind::kZero);
  }
  for (int i = layers - 1; i >= 0; --i) stage.blocks[i] = PlaceBlock(r, stage.first_layer + i, &placer);
  if (first) {
    stage.wpe = placer.Replicated("wpe", 1, r.seq_len, r.hidden, true, InitKind::kNormal, 0.02);
    stage.wte = placer.Vocabulary("wte", 0, 0.02);
  }

  int64_t elems = 0;
  std::vector<int64_t> elems_of;
  for (const Tensor& tensor : placer.tensors()) {
    elems_of.push_back(LocalElems(tensor.param));
    elems += elems_of.back();
  }
  stage.buckets = BucketsOf(r, at.dp, elems_of, ShardsOptimizer(r) && r.pp > 1 ? stage.wte : -1);
  const View weights = builder->AddPersistent("weights", Category::kWeights, elems);
  const View grads = builder->AddPersistent("gradients", Category::kGradients, elems);
  int64_t owned_elems = 0;
  for (const Bucket& bucket : stage.buckets) {
    owned_elems += bucket.owned.count;
    int64_t offset = bucket.offset;
    for (int i = bucket.first_param; i < bucket.first_param + bucket.num_params; ++i) {
      Tensor& tensor = placer.tensors()[i];
      const int64_t n = elems_of[i];
      const int64_t begin = std::clamp(bucket.owned.offset, offset, offset + n);
      const int64_t end = std::clamp(bucket.owned.offset + bucket.owned.count, offset, offset + n);
      tensor.param.view = {weights.buffer, offset, n};
      tensor.param.grad = {grads.buffer, offset, n};
      tensor.param.owned_grad = {grads.buffer, begin, end - begin};
      offset += n;
      EmitInitialValue(tensor, builder);
      builder->AddParam(tensor.param);
    }
  }
  if (r.scenario.run().optimizer().kind() == v1::OPTIMIZER_ADAMW) {
    owned_elems = std::max<int64_t>(1, owned_elems);  // a buffer cannot be empty
    stage.adam_m = builder->AddPersistent("adam m", Category::kOptimizer, owned_elems).buffer;
    stage.adam_v = builder->AddPersistent("adam v", Category::kOptimizer, owned_elems).buffer;
    EmitZero({stage.adam_m, 0, owned_elems}, builder);
    EmitZero({stage.adam_v, 0, owned_elems}, builder);
  }
  return stage;
}

int AddReplicaGroup(const Resolved& r, const Coordinates& at, ProgramBuilder* builder) {
  std::vector<int32_t> ranks;
  for (int dp = 0; dp < r.dp; ++dp) ranks.push_back(RankAt(r, {at.pp, dp, at.tp}));
  return builder->AddGroup("dp", std::move(ranks));
}

void EmitOptimizer(const Resolved& r, const Coordinates& at, const StageParams& stage,
                   ProgramBuilder* builder) {
  const bool adamw = stage.adam_m >= 0;
  int64_t state = 0;  // the states lie one after the other, without what is not owned
  for (const Bucket& bucket : stage.buckets) {
    for (int i = bucket.first_param; i < bucket.first_param + bucket.num_params; ++i) {
      const Param& param = builder->params()[i];
      const View& grad = param.owned_grad;
      if (grad.elems == 0) continue;
      Op op;
      op.phase = Phase::kOptimizer;
      op.kind = adamw ? OpKind::kAdamW : OpKind::kSgd;
      op.flags = param.decays ? uint32_t{kDecay} : 0u;
      op.dims = {grad.elems};
      op.operands = {{param.view.buffer, grad.offset, grad.elems}, grad};
      if (adamw) {
        op.operands.push_back({stage.adam_m, state, grad.elems});
        op.operands.push_back({stage.adam_v, state, grad.elems});
      }
      state += grad.elems;
      builder->Emit(std::move(op));
    }
    if (!ShardsOptimizer(r)) continue;
    Op gather;
    gather.kind = OpKind::kAllGather;
    gather.stream = Stream::kDp;
    gather.phase = Phase::kOptimizer;
    gather.group = AddReplicaGroup(r, at, builder);
    const int32_t weights = builder->params()[bucket.first_param].view.buffer;
    builder->EmitCollective(std::move(gather), {weights, bucket.offset, bucket.elems});
  }
}

}  // namespace ringside::plan
