#include "plan/resnet/stage.h"

#include <utility>
#include <vector>

#include "base/check.h"
#include "plan/resnet/conv_norm.h"

namespace ringside::plan {
namespace {

struct BlockState {
  ConvNorm::State first, second, skip;
  View mid, out;            // after the first and the last activation
  View mid_kept, out_kept;  // what their backward passes read
};

// What a micro-batch keeps between its passes.
struct MicroBatch {
  ConvNorm::State stem;
  View stem_kept;
  std::vector<BlockState> blocks;
  View pooled, logits;  // logits: after the forward pass, the gradient
};

class ResnetStage : public Stage {
 public:
  explicit ResnetStage(const StageParts& parts);

  void BeginStep() override;
  void Forward(int chunk, int m) override;
  void Backward(int chunk, int m) override;
  void EndStep() override;
  // One stage, and no schedule that splits a backward pass: plan::Resolve refuses the others.
  void RecvForward(int, int) override { RINGSIDE_CHECK(false); }
  void RecvBackward(int, int) override { RINGSIDE_CHECK(false); }
  void SendForward(int, int) override { RINGSIDE_CHECK(false); }
  void SendBackward(int, int) override { RINGSIDE_CHECK(false); }
  void BackwardInput(int, int) override { RINGSIDE_CHECK(false); }
  void BackwardWeight(int, int) override { RINGSIDE_CHECK(false); }

 private:
  struct Block {
    ConvNorm first, second, skip;
    bool projects;
    int unit;
  };

  bool evaluates(int m) const { return m >= r_.micro_batches; }
  void Enter(Phase phase, int m) { emit_.Enter({evaluates(m) ? Phase::kEval : phase, -1, m}); }
  ConvNorm::Parts PartsOf(const StageParts& parts);
  std::pair<View, View> Load(int m);
  View Activate(const View& pre, const char* name, View* kept);
  void ActivateBackward(const View& kept, const View& d);
  View ForwardBlock(Block& block, const View& x, BlockState* state);
  View BackwardBlock(Block& block, const View& d, const BlockState& state);
  void Head(const View& x, const View& labels, int m);
  View HeadBackward(int m);

  const Resolved& r_;
  const Coordinates at_;
  Emitter& emit_;
  WeightStore& weights_;
  GradStore& grads_;
  const View loss_scale_;
  const Activation activation_;
  const ResnetTensors net_;
  const ConvNorm::Parts conv_parts_;
  ConvNorm stem_;
  std::vector<Block> blocks_;
  std::vector<MicroBatch> states_;
  View loss_, eval_loss_;
};

ConvNorm::Parts ResnetStage::PartsOf(const StageParts& parts) {
  ConvNorm::Parts conv{parts.emitter, parts.weights, parts.grads, r_.micro_batch, 1};
  conv.eps = r_.scenario.model().norm_eps();
  const bool synchronised =
      r_.scenario.plan().sync_batch_norm() && !r_.HasDefect(v1::DEFECT_BATCH_NORM_UNSYNCED);
  if (synchronised && r_.dp > 1) {
    conv.replicas = r_.dp;
    conv.group = parts.emitter->builder().AddGroup("dp_norm", WorldRanks(r_));
  }
  return conv;
}

ResnetStage::ResnetStage(const StageParts& parts)
    : r_(parts.resolved),
      at_(parts.at),
      emit_(*parts.emitter),
      weights_(*parts.weights),
      grads_(*parts.grads),
      loss_scale_(parts.loss_scale),
      activation_(r_.scenario.model().activation() == v1::ACTIVATION_SIGMOID ? Activation::kSigmoid
                                                                             : Activation::kRelu),
      net_(ResnetTensorsOf(parts.resolved)),
      conv_parts_(PartsOf(parts)),
      stem_(conv_parts_, net_.stem, "stem") {
  for (const ResnetBlockShape& shape : net_.blocks) {
    blocks_.push_back({ConvNorm(conv_parts_, shape.first, "first"),
                       ConvNorm(conv_parts_, shape.second, "second"),
                       ConvNorm(conv_parts_, shape.skip, "skip"), shape.projects(), shape.unit});
  }
  const int evals = r_.scenario.run().eval_micro_batches();
  states_.resize(r_.micro_batches + evals);
  ProgramBuilder& builder = emit_.builder();
  loss_ = builder.AddPersistent("loss", Category::kWorkspace, 1, Element::kStat);
  builder.SetLossBuffer(loss_.buffer);
  if (evals > 0) {
    eval_loss_ = builder.AddPersistent("eval loss", Category::kWorkspace, 1, Element::kStat);
    builder.AddMetric({"eval_loss", eval_loss_, false});
  }
}

void ResnetStage::BeginStep() {
  emit_.Enter({Phase::kForward, -1, -1});
  for (const View* figure : {&loss_, &eval_loss_}) {
    if (figure->buffer >= 0) emit_.Emit(OpKind::kFillStat, {*figure}, {1}, 0, {0.0});
  }
}

std::pair<View, View> ResnetStage::Load(int m) {
  const int64_t b = r_.micro_batch, side = r_.seq_len;
  const View pixels = emit_.Temp("pixels", b * side * side * kImageChannels);
  const View labels = emit_.TempInt("labels", b);
  const int replica = r_.HasDefect(v1::DEFECT_SAME_DATA) ? 0 : at_.dp;
  const int64_t of_step = evaluates(m) ? m - r_.micro_batches : m;
  uint32_t flags = r_.HasDefect(v1::DEFECT_LABELS_SHUFFLED) ? uint32_t{kShuffle} : 0u;
  if (evaluates(m)) flags = kHeldOut;  // the same after every step
  emit_.Emit(OpKind::kLoadImages, {pixels, labels},
             {b, side, side, kImageChannels, (of_step * r_.dp + replica) * b,
              evaluates(m) ? 0 : r_.global_batch(), r_.vocab},
             flags);
  return {pixels, labels};
}

View ResnetStage::Activate(const View& pre, const char* name, View* kept) {
  const View out = emit_.Temp(name, pre.elems);
  emit_.Emit(OpKind::kActivation, {pre, out}, {pre.elems, static_cast<int64_t>(activation_)});
  // A ReLU's output is positive exactly where its input is, so that the input need not be kept.
  *kept = activation_ == Activation::kRelu ? out : pre;
  return out;
}

void ResnetStage::ActivateBackward(const View& kept, const View& d) {
  emit_.Emit(OpKind::kActivationBackward, {kept, d}, {d.elems, static_cast<int64_t>(activation_)});
}

View ResnetStage::ForwardBlock(Block& block, const View& x, BlockState* state) {
  state->mid = Activate(block.first.Forward(x, &state->first), "mid", &state->mid_kept);
  const View branch = block.second.Forward(state->mid, &state->second);
  const View skip = block.projects ? block.skip.Forward(x, &state->skip) : x;
  const View sum = emit_.Temp("sum", branch.elems);
  emit_.Emit(OpKind::kBiasResidual, {branch, skip, sum},
             {block.second.rows_out(), sum.elems / block.second.rows_out()});
  state->out = Activate(sum, "out", &state->out_kept);
  return state->out;
}

View ResnetStage::BackwardBlock(Block& block, const View& d, const BlockState& state) {
  ActivateBackward(state.out_kept, d);
  const View dmid = emit_.Temp("d mid", block.second.elems_in());
  block.second.Backward(d, state.second, dmid, /*accumulate=*/false);
  ActivateBackward(state.mid_kept, dmid);
  const View dx = emit_.Temp("dx", block.first.elems_in());
  block.first.Backward(dmid, state.first, dx, /*accumulate=*/false);
  if (block.projects) {
    block.skip.Backward(d, state.skip, dx, /*accumulate=*/true);
  } else {
    emit_.Copy(d, dx, /*accumulate=*/true);
  }
  return dx;
}

void ResnetStage::Forward(int, int m) {
  Enter(Phase::kForward, m);
  MicroBatch& state = states_[m];
  const int count = static_cast<int>(blocks_.size());
  const auto [pixels, labels] = Load(m);
  weights_.Use(net_.stem_unit, blocks_[0].unit);
  View x = Activate(stem_.Forward(pixels, &state.stem), "stem out", &state.stem_kept);
  weights_.Drop(net_.stem_unit);
  state.blocks.resize(count);
  for (int i = 0; i < count; ++i) {
    emit_.EnterLayer(i);
    weights_.Use(blocks_[i].unit, i + 1 < count ? blocks_[i + 1].unit : net_.head_unit);
    x = ForwardBlock(blocks_[i], x, &state.blocks[i]);
    weights_.Drop(blocks_[i].unit);
  }
  emit_.EnterLayer(-1);
  weights_.Use(net_.head_unit);
  Head(x, labels, m);
  if (evaluates(m)) weights_.Drop(net_.head_unit);  // else the backward pass begins with it
}

void ResnetStage::Head(const View& x, const View& labels, int m) {
  const int64_t b = r_.micro_batch, pixels = net_.head_side * net_.head_side, c = net_.head_in, v = r_.vocab;
  MicroBatch& state = states_[m];
  state.pooled = emit_.Temp("pooled", b * c);
  emit_.Emit(OpKind::kMeanRows, {x, state.pooled}, {b, pixels, c});
  state.logits = emit_.Temp("logits", b * v);
  emit_.Emit(OpKind::kGemm, {state.pooled, weights_.Of(net_.head_w), weights_.Of(net_.head_b), state.logits},
             {b, v, c}, kTransB | kBias);
  const View row_max = emit_.TempStat("row max", b), stats = emit_.TempStat("softmax stats", 2 * b);
  emit_.Emit(OpKind::kXentMax, {state.logits, row_max}, {b, v});
  emit_.Emit(OpKind::kXentSum, {state.logits, row_max, labels, stats}, {b, v, 0});
  std::vector<View> operands = {state.logits, row_max, stats, labels};
  const bool scaled = loss_scale_.buffer >= 0;
  if (scaled) operands.push_back(loss_scale_);
  operands.push_back(evaluates(m) ? eval_loss_ : loss_);
  const int evals = r_.scenario.run().eval_micro_batches();
  const double images =
      evaluates(m) ? static_cast<double>(b) * r_.dp * evals : static_cast<double>(r_.global_batch());
  const double factor = r_.HasDefect(v1::DEFECT_GRADIENTS_SUMMED) ? r_.dp : 1;
  emit_.EmitWith(OpKind::kXentLoss, operands, {b, v, 0}, scaled ? uint32_t{kScaled} : 0u,
                 {1.0 / images, factor});
}

View ResnetStage::HeadBackward(int m) {
  const int64_t b = r_.micro_batch, pixels = net_.head_side * net_.head_side, c = net_.head_in, v = r_.vocab;
  const MicroBatch& state = states_[m];
  const View dpooled = emit_.Temp("d pooled", b * c);
  emit_.Emit(OpKind::kGemm, {state.logits, weights_.Of(net_.head_w), dpooled}, {b, c, v});
  uint32_t flags = kTransA;
  const View dw = grads_.For(net_.head_w, net_.head_w, m, &flags);
  emit_.Emit(OpKind::kGemm, {state.logits, state.pooled, dw}, {v, c, b}, flags);
  grads_.Final(net_.head_w, net_.head_w, m);
  flags = 0;
  const View dbias = grads_.For(net_.head_b, net_.head_b, m, &flags);
  emit_.Emit(OpKind::kBiasGrad, {state.logits, dbias}, {b, v}, flags);
  grads_.Final(net_.head_b, net_.head_b, m);
  const View d = emit_.Temp("d out", b * pixels * c);
  emit_.Emit(OpKind::kMeanRowsBackward, {dpooled, d}, {b, pixels, c});
  return d;
}

void ResnetStage::Backward(int, int m) {
  Enter(Phase::kBackward, m);
  MicroBatch& state = states_[m];
  const int count = static_cast<int>(blocks_.size());
  weights_.Use(net_.head_unit, blocks_[count - 1].unit);
  View d = HeadBackward(m);
  weights_.Drop(net_.head_unit);
  for (int i = count - 1; i >= 0; --i) {
    emit_.EnterLayer(i);
    weights_.Use(blocks_[i].unit, i > 0 ? blocks_[i - 1].unit : net_.stem_unit);
    d = BackwardBlock(blocks_[i], d, state.blocks[i]);
    weights_.Drop(blocks_[i].unit);
  }
  emit_.EnterLayer(-1);
  weights_.Use(net_.stem_unit);
  ActivateBackward(state.stem_kept, d);
  stem_.Backward(d, state.stem, {}, /*accumulate=*/false);
  weights_.Drop(net_.stem_unit);
}

void ResnetStage::EndStep() {
  emit_.Enter({Phase::kGradReduce, -1, -1});
  if (r_.dp == 1) return;
  const int group = emit_.builder().AddGroup(std::string(AxisOf(Domain::kDense)), WorldRanks(r_));
  for (const View* figure : {&loss_, &eval_loss_}) {
    if (figure->buffer >= 0) emit_.Collective(OpKind::kAllReduce, Stream::kDp, group, *figure);
  }
}

}  // namespace

std::unique_ptr<Stage> MakeResnetStage(const StageParts& parts) {
  return std::make_unique<ResnetStage>(parts);
}

}  // namespace ringside::plan
