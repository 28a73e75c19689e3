// A rank's part of a transformer under a pipeline schedule: its chunks of blocks, the ends where it has them,
// and what each micro-batch keeps between its forward and its backward pass.
//
// Recomputation (Chen et al. 2016; Korthikanti et al. 2022): the backward pass of a block first executes
// again, into fresh buffers, what the forward pass did not keep. That nothing is kept follows from the
// lifetimes: what is used in the forward pass alone is released there.
#include "plan/stage.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "plan/transformer/attention.h"
#include "plan/transformer/ends.h"
#include "plan/transformer/experts.h"
#include "plan/transformer/mlp.h"

namespace ringside::plan {
namespace {

struct BlockState {
  Attention::State attention;
  Mlp::State mlp;
  Experts::State experts;
};

// What a micro-batch has on one chunk.
struct ChunkState {
  View x;    // what came in
  View out;  // what goes on
  View d;    // gradient of the output, then of the input
  std::vector<BlockState> blocks;
  HeadState head;
  DeferredWork deferred;
  int32_t send_forward = -1;
};

class TransformerStage : public Stage {
 public:
  explicit TransformerStage(const StageParts& parts);

  void BeginStep() override;
  void RecvForward(int chunk, int m) override;
  void RecvBackward(int chunk, int m) override;
  void Forward(int chunk, int m) override;
  void Backward(int chunk, int m) override;
  void BackwardInput(int chunk, int m) override;
  void BackwardWeight(int chunk, int m) override;
  void SendForward(int chunk, int m) override;
  void SendBackward(int chunk, int m) override;
  void EndStep() override;

 private:
  struct Block {
    Attention attention;
    Mlp mlp;
    Experts experts;
    int unit;
  };

  bool first(int chunk) const { return IsFirst(r_, c_.at.pp, chunk); }
  bool last(int chunk) const { return IsLast(r_, c_.at.pp, chunk); }
  bool evaluates(int m) const { return m >= r_.micro_batches; }
  int blocks_of_chunk() const { return LayersOf(r_, c_.at.pp, 0).count; }
  Block& BlockOf(int chunk, int i) { return blocks_[chunk * blocks_of_chunk() + i]; }
  ChunkState& StateOf(int chunk, int m) { return states_[m * r_.chunks + chunk]; }
  // The rank that has the chunk `steps` (1 or -1) further down the pipeline.
  int Neighbour(int steps) const {
    return RankAt(r_, {(c_.at.pp + steps + r_.pp) % r_.pp, c_.at.dp, c_.at.cp, c_.at.tp});
  }
  void Enter(Phase phase, int m);
  View ForwardBlock(int chunk, int i, const View& x, BlockState* state);
  void RecomputeBlock(int chunk, int i, BlockState* state);
  void AddDeadShare(int chunk, int i, const BlockState& state);
  void AddFigures();
  View AddFigure(const char* name);
  void SumOverReplicas(const View& figure);

  const Resolved& r_;
  Context c_;
  std::vector<Block> blocks_;
  std::vector<ChunkState> states_;  // by micro-batch, then chunk
  std::vector<Tokens> tokens_;      // by micro-batch
  View loss_, eval_loss_, aux_loss_;
  std::vector<View> dead_share_;  // by block
  std::vector<int32_t> sent_backward_;
};

TransformerStage::TransformerStage(const StageParts& parts)
    : r_(parts.resolved),
      c_(parts.resolved, parts.at, parts.layout, parts.emitter, parts.weights, parts.grads) {
  c_.loss_scale = parts.loss_scale;
  const int evals = r_.scenario.run().eval_micro_batches();
  states_.resize(static_cast<size_t>(r_.micro_batches + evals) * r_.chunks);
  tokens_.resize(r_.micro_batches + evals);
  AddFigures();
  const auto& tensors = c_.layout.tensors.blocks;
  for (int chunk = 0; chunk < r_.chunks; ++chunk) {
    for (int i = 0; i < blocks_of_chunk(); ++i) {
      const BlockTensors& t = tensors[chunk * blocks_of_chunk() + i];
      const int layer = LayersOf(r_, c_.at.pp, chunk).first + i;
      blocks_.push_back(
          {Attention(&c_, t, layer), Mlp(&c_, t, layer), Experts(&c_, t, layer, aux_loss_), t.unit});
    }
  }
}

View TransformerStage::AddFigure(const char* name) {
  return c_.emit.builder().AddPersistent(name, Category::kWorkspace, 1, Element::kStat);
}

void TransformerStage::AddFigures() {
  ProgramBuilder& builder = c_.emit.builder();
  if (last(r_.chunks - 1)) {
    loss_ = AddFigure("loss");
    builder.SetLossBuffer(loss_.buffer);
    if (r_.scenario.run().eval_micro_batches() > 0) {
      eval_loss_ = AddFigure("eval loss");
      builder.AddMetric({"eval_loss", eval_loss_, false});
    }
  }
  if (r_.experts > 0 && c_.at.tp == 0) {
    aux_loss_ = AddFigure("aux loss");
    builder.AddMetric({"aux_loss", aux_loss_, true});
  }
  if (r_.scenario.model().activation() == v1::ACTIVATION_RELU && r_.experts == 0) {
    for (int chunk = 0; chunk < r_.chunks; ++chunk) {
      const LayerRange layers = LayersOf(r_, c_.at.pp, chunk);
      for (int i = 0; i < layers.count; ++i) {
        dead_share_.push_back(AddFigure("dead share"));
        builder.AddMetric({fmt::format("dead_share.layer.{}", layers.first + i), dead_share_.back(), true});
      }
    }
  }
}

void TransformerStage::Enter(Phase phase, int m) {
  c_.evaluating = evaluates(m);
  c_.emit.Enter({evaluates(m) ? Phase::kEval : phase, -1, m});
}

void TransformerStage::BeginStep() {
  c_.emit.Enter({Phase::kForward, -1, -1});
  for (const View* figure : {&loss_, &eval_loss_, &aux_loss_}) {
    if (figure->buffer >= 0) c_.emit.Emit(OpKind::kFillStat, {*figure}, {1}, 0, {0.0});
  }
}

void TransformerStage::RecvForward(int chunk, int m) {
  Enter(Phase::kForward, m);
  StateOf(chunk, m).x = c_.emit.Temp("x received", c_.own_n * c_.c);
  c_.emit.Transfer(OpKind::kRecv, Stream::kRecvForward, Neighbour(-1), StateOf(chunk, m).x);
}

void TransformerStage::SendForward(int chunk, int m) {
  Enter(Phase::kForward, m);
  StateOf(chunk, m).send_forward =
      c_.emit.Transfer(OpKind::kSend, Stream::kSendForward, Neighbour(1), StateOf(chunk, m).out);
}

void TransformerStage::RecvBackward(int chunk, int m) {
  Enter(Phase::kBackward, m);
  StateOf(chunk, m).d = c_.emit.Temp("dx received", c_.own_n * c_.c);
  c_.emit.Transfer(OpKind::kRecv, Stream::kRecvBackward, Neighbour(1), StateOf(chunk, m).d);
}

void TransformerStage::SendBackward(int chunk, int m) {
  Enter(Phase::kBackward, m);
  sent_backward_.push_back(
      c_.emit.Transfer(OpKind::kSend, Stream::kSendBackward, Neighbour(-1), StateOf(chunk, m).d));
}

View TransformerStage::ForwardBlock(int chunk, int i, const View& x, BlockState* state) {
  Block& block = BlockOf(chunk, i);
  block.attention.Forward(x, &state->attention);
  if (r_.experts > 0) {
    block.experts.Forward(state->attention.mid, &state->experts);
    return block.experts.Output(state->experts);
  }
  block.mlp.Forward(state->attention.mid, &state->mlp);
  return block.mlp.Output(state->mlp);
}

void TransformerStage::RecomputeBlock(int chunk, int i, BlockState* state) {
  Block& block = BlockOf(chunk, i);
  if (r_.recompute == v1::RECOMPUTE_FULL) {
    block.attention.Forward(state->attention.x, &state->attention);
    r_.experts > 0 ? block.experts.Forward(state->attention.mid, &state->experts)
                   : block.mlp.Forward(state->attention.mid, &state->mlp);
  } else if (r_.recompute == v1::RECOMPUTE_SELECTIVE) {
    block.attention.Recompute(&state->attention);
    r_.experts > 0 ? block.experts.Recompute(&state->experts) : block.mlp.Recompute(&state->mlp);
  }
}

void TransformerStage::AddDeadShare(int chunk, int i, const BlockState& state) {
  const double columns = r_.ffn_hidden;
  c_.emit.Emit(OpKind::kDeadShare, {state.mlp.mlp.act, dead_share_[chunk * blocks_of_chunk() + i]},
               {c_.n, r_.ffn_hidden / r_.tp}, 0, {1.0 / (columns * r_.replicas())});
}

void TransformerStage::Forward(int chunk, int m) {
  Enter(Phase::kForward, m);
  const StageTensors& t = c_.layout.tensors;
  ChunkState& state = StateOf(chunk, m);
  const bool embeds = first(chunk), ends = last(chunk);
  const int count = blocks_of_chunk();
  const bool loads = (embeds || ends) && tokens_[m].tokens.buffer < 0;
  if (loads) tokens_[m] = EmitLoadBatch(c_, m);
  if (embeds) {
    if (t.wpe >= 0) c_.weights.Use(t.embedding_unit);
    c_.weights.Use(t.wte_unit, BlockOf(chunk, 0).unit);
    state.x = EmitEmbedding(c_, tokens_[m].tokens);
    c_.weights.Drop(t.embedding_unit);
    c_.weights.Drop(t.wte_unit);
  }
  View x = state.x;
  state.blocks.resize(count);
  for (int i = 0; i < count; ++i) {
    c_.emit.EnterLayer(LayersOf(r_, c_.at.pp, chunk).first + i);
    const int unit = BlockOf(chunk, i).unit;
    c_.weights.Use(unit, i + 1 < count ? BlockOf(chunk, i + 1).unit : ends ? t.head_unit : -1);
    x = ForwardBlock(chunk, i, x, &state.blocks[i]);
    if (m == 0 && !dead_share_.empty()) AddDeadShare(chunk, i, state.blocks[i]);
    c_.weights.Drop(unit);
    if (!r_.sequence_parallel) continue;
    for (View* normed :
         {&state.blocks[i].attention.normed, &state.blocks[i].mlp.normed, &state.blocks[i].experts.normed}) {
      *normed = {};  // gathered again when it is needed
    }
  }
  c_.emit.EnterLayer(-1);
  state.out = x;
  if (!ends) return;
  c_.weights.Use(t.head_unit);
  if (r_.tied) c_.weights.Use(t.wte_unit);
  const int evals = r_.scenario.run().eval_micro_batches();
  const double tokens = evaluates(m) ? static_cast<double>(r_.dp) * evals * r_.micro_batch * r_.seq_len
                                     : static_cast<double>(r_.tokens_per_step());
  EmitHead(c_, x, tokens_[m].targets, evaluates(m) ? eval_loss_ : loss_, tokens, &state.head);
  if (evaluates(m)) c_.weights.Drop(t.head_unit), c_.weights.Drop(t.wte_unit);
}

void TransformerStage::Backward(int chunk, int m) {
  Enter(Phase::kBackward, m);
  const StageTensors& t = c_.layout.tensors;
  ChunkState& state = StateOf(chunk, m);
  const int count = blocks_of_chunk();
  // The gradient came back, so the activations have arrived: their buffer can go.
  if (state.send_forward >= 0) c_.emit.Await(state.send_forward);
  if (last(chunk)) {
    c_.weights.Use(t.head_unit, BlockOf(chunk, count - 1).unit);
    if (r_.tied) c_.weights.Use(t.wte_unit);
    state.d = EmitHeadBackward(c_, state.head);
    c_.weights.Drop(t.head_unit), c_.weights.Drop(t.wte_unit);
  }
  for (int i = count - 1; i >= 0; --i) {
    c_.emit.EnterLayer(LayersOf(r_, c_.at.pp, chunk).first + i);
    Block& block = BlockOf(chunk, i);
    BlockState& kept = state.blocks[i];
    c_.weights.Use(block.unit, i > 0 ? BlockOf(chunk, i - 1).unit : -1);
    RecomputeBlock(chunk, i, &kept);
    r_.experts > 0 ? block.experts.Backward(state.d, kept.experts) : block.mlp.Backward(state.d, kept.mlp);
    // The buffer of the gradient sent before this one can go once its send has left.
    const bool wait = i == 0 && !sent_backward_.empty();
    block.attention.Backward(state.d, kept.attention, wait ? sent_backward_.back() : -1);
    c_.weights.Drop(block.unit);
  }
  c_.emit.EnterLayer(-1);
  if (first(chunk)) EmitEmbeddingBackward(c_, tokens_[m].tokens, state.d);
}

void TransformerStage::BackwardInput(int chunk, int m) {
  c_.deferred = &StateOf(chunk, m).deferred;
  Backward(chunk, m);
  c_.deferred = nullptr;
}

void TransformerStage::BackwardWeight(int chunk, int m) {
  for (const auto& work : std::exchange(StateOf(chunk, m).deferred, {})) work();
}

void TransformerStage::SumOverReplicas(const View& figure) {
  if (figure.buffer < 0 || r_.replicas() == 1) return;
  std::vector<int32_t> all;
  for (int dp = 0; dp < r_.dp; ++dp) {
    for (int cp = 0; cp < r_.cp; ++cp) all.push_back(RankAt(r_, {c_.at.pp, dp, cp, c_.at.tp}));
  }
  const int group = c_.emit.builder().AddGroup(std::string(AxisOf(Domain::kDense)), std::move(all));
  c_.emit.Collective(OpKind::kAllReduce, Stream::kDp, group, figure);
}

void TransformerStage::EndStep() {
  c_.emit.Enter({Phase::kGradReduce, -1, -1});
  SumOverReplicas(loss_);
  SumOverReplicas(eval_loss_);
}

}  // namespace

std::unique_ptr<Stage> MakeTransformerStage(const StageParts& parts) {
  return std::make_unique<TransformerStage>(parts);
}

}  // namespace ringside::plan
