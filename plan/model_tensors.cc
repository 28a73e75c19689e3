#include "plan/model_tensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "base/check.h"
#include "plan/resnet/tensors.h"

namespace ringside::plan {
namespace {

using Init = ModelTensor::Init;

// Ids are the same whatever the layout: wte, wpe, then so many a block, then the final norm and the output.
constexpr int kBlockSlots = 12;
int SlotsOf(const Resolved& r) {
  return kBlockSlots + (r.experts > 0 ? 1 + 2 * r.experts : 0);
}

class Placer {
 public:
  Placer(const Resolved& r, const Coordinates& at) : r_(r), at_(at) {}

  int unit = 0;  // of the tensors that follow

  // Split along `mid` evenly over the tensor-parallel ranks.
  int Split(std::string name, int id, int64_t outer, int64_t mid, int64_t inner, bool decays, Init init,
            double stddev = 0, Domain domain = Domain::kDense) {
    const int64_t part = mid / r_.tp;
    return Add(std::move(name), id, {outer, mid, part * at_.tp, part, inner}, decays, init, stddev, domain);
  }
  int Replicated(std::string name, int id, int64_t rows, int64_t inner, bool decays, Init init,
                 double stddev = 0, Domain domain = Domain::kDense) {
    return Add(std::move(name), id, {1, rows, 0, rows, inner}, decays, init, stddev, domain);
  }
  // What a rank does to the tokens it holds: with sequence parallelism its gradient is a part of the sum.
  int OfTokens(std::string name, int id, int64_t rows, Init init, int64_t inner = 1, double stddev = 0) {
    return Replicated(std::move(name), id, rows, inner, /*decays=*/inner > 1, init, stddev,
                      r_.sequence_parallel ? Domain::kPartial : Domain::kDense);
  }
  int Vocabulary(std::string name, int id) {
    const Range rows = VocabularyOf(r_, at_.tp);
    return Add(std::move(name), id, {1, r_.vocab, rows.begin, rows.count(), r_.hidden}, true, Init::kNormal,
               r_.scenario.model().init_std(), Domain::kDense);
  }
  void GlueLast() { tensors_.back().glued = true; }

  std::vector<ModelTensor>& tensors() { return tensors_; }

 private:
  struct Shape {
    int64_t outer, mid_total, mid_begin, mid_count, inner;
  };
  int Add(std::string name, int id, const Shape& shape, bool decays, Init init, double stddev,
          Domain domain) {
    ModelTensor tensor;
    Param& p = tensor.param;
    p.name = std::move(name), p.id = id, p.decays = decays;
    p.outer = shape.outer, p.mid_total = shape.mid_total, p.mid_begin = shape.mid_begin;
    p.mid_count = shape.mid_count, p.inner = shape.inner;
    tensor.init = init, tensor.stddev = stddev, tensor.domain = domain, tensor.unit = unit;
    tensors_.push_back(std::move(tensor));
    return static_cast<int>(tensors_.size()) - 1;
  }

  const Resolved& r_;
  const Coordinates at_;
  std::vector<ModelTensor> tensors_;
};

// One block's tensors, by the names that the architecture is known with.
class BlockPlacer {
 public:
  BlockPlacer(const Resolved& r, const Coordinates& at, int layer, Placer* placer)
      : r_(r), at_(at), layer_(layer), placer_(placer), c_(r.hidden), f_(r.ffn_hidden) {}

  BlockTensors Place() {
    BlockTensors b;
    r_.experts > 0 ? PlaceExperts(&b) : PlaceMlp(&b);
    b.ln2_gamma =
        placer_->OfTokens(Name("ln_2.weight", "post_attention_layernorm.weight"), Id(6), c_, Init::kOne);
    if (!r_.llama()) b.ln2_beta = placer_->OfTokens(Name("ln_2.bias", ""), Id(7), c_, Init::kZero);
    PlaceAttention(&b);
    b.ln1_gamma = placer_->OfTokens(Name("ln_1.weight", "input_layernorm.weight"), Id(0), c_, Init::kOne);
    if (!r_.llama()) b.ln1_beta = placer_->OfTokens(Name("ln_1.bias", ""), Id(1), c_, Init::kZero);
    return b;
  }

 private:
  std::string Name(const char* gpt2, const char* llama) const {
    return r_.llama() ? fmt::format("layers.{}.{}", layer_, llama) : fmt::format("h.{}.{}", layer_, gpt2);
  }
  int Id(int slot) const { return 2 + SlotsOf(r_) * layer_ + slot; }
  double Stddev() const { return r_.scenario.model().init_std(); }
  double WayBackStddev() const { return Stddev() / std::sqrt(2.0 * r_.layers); }
  int64_t WaysIn() const { return r_.llama() ? 2 : 1; }  // gate and up

  void PlaceMlp(BlockTensors* b) {
    if (!r_.llama()) {
      b->fc_proj_b = placer_->OfTokens(Name("mlp.c_proj.bias", ""), Id(11), c_, Init::kZero);
    }
    b->fc_proj_w = placer_->Split(Name("mlp.c_proj.weight", "mlp.down_proj.weight"), Id(10), c_, f_, 1, true,
                                  Init::kNormal, WayBackStddev());
    b->fc_w = placer_->Split(Name("mlp.c_fc.weight", "mlp.gate_up_proj.weight"), Id(8), WaysIn(), f_, c_,
                             true, Init::kNormal, Stddev());
    if (!r_.llama()) b->fc_b = placer_->Split(Name("mlp.c_fc.bias", ""), Id(9), 1, f_, 1, false, Init::kZero);
  }

  void PlaceExperts(BlockTensors* b) {
    const int local = r_.experts / r_.ep, first = at_.dp % r_.ep * local;
    for (int e = first; e < first + local; ++e) {
      const std::string name = fmt::format("mlp.experts.{}.", e);
      const int index = placer_->Split(
          Name((name + "c_proj.weight").c_str(), (name + "down_proj.weight").c_str()),
          Id(kBlockSlots + 2 + 2 * e), c_, f_, 1, true, Init::kNormal, WayBackStddev(), Domain::kExpert);
      e == first ? void(b->fc_proj_w = index) : placer_->GlueLast();
    }
    for (int e = first; e < first + local; ++e) {
      const std::string name = fmt::format("mlp.experts.{}.", e);
      const int index = placer_->Split(
          Name((name + "c_fc.weight").c_str(), (name + "gate_up_proj.weight").c_str()),
          Id(kBlockSlots + 1 + 2 * e), WaysIn(), f_, c_, true, Init::kNormal, Stddev(), Domain::kExpert);
      e == first ? void(b->fc_w = index) : placer_->GlueLast();
    }
    b->router_w = placer_->Replicated(Name("mlp.router.weight", "mlp.gate.weight"), Id(kBlockSlots),
                                      r_.experts, c_, true, Init::kNormal, Stddev());
  }

  void PlaceAttention(BlockTensors* b) {
    if (!r_.llama()) b->proj_b = placer_->OfTokens(Name("attn.c_proj.bias", ""), Id(5), c_, Init::kZero);
    b->proj_w = placer_->Split(Name("attn.c_proj.weight", "self_attn.o_proj.weight"), Id(4), c_, c_, 1, true,
                               Init::kNormal, WayBackStddev());
    if (r_.llama()) {
      const int64_t kv = int64_t{r_.kv_heads} * r_.head_dim();
      b->qkv_w = placer_->Split(Name("", "self_attn.q_proj.weight"), Id(2), 1, c_, c_, true, Init::kNormal,
                                Stddev());
      b->kv_w = placer_->Split(Name("", "self_attn.kv_proj.weight"), Id(3), 2, kv, c_, true, Init::kNormal,
                               Stddev());
      placer_->GlueLast();
    } else {
      b->qkv_w =
          placer_->Split(Name("attn.c_attn.weight", ""), Id(2), 3, c_, c_, true, Init::kNormal, Stddev());
      b->qkv_b = placer_->Split(Name("attn.c_attn.bias", ""), Id(3), 3, c_, 1, false, Init::kZero);
    }
  }

  const Resolved& r_;
  const Coordinates at_;
  const int layer_;
  Placer* const placer_;
  const int64_t c_, f_;
};

// Domain by domain, else as they were; indices follow.
void SortByDomain(StageTensors* stage) {
  std::vector<int> order(stage->tensors.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [stage](int a, int b) { return stage->tensors[a].domain < stage->tensors[b].domain; });
  std::vector<int> place(order.size());
  std::vector<ModelTensor> sorted;
  for (size_t i = 0; i < order.size(); ++i) {
    place[order[i]] = static_cast<int>(i);
    sorted.push_back(std::move(stage->tensors[order[i]]));
  }
  stage->tensors = std::move(sorted);
  const auto move = [&place](int* index) {
    if (*index >= 0) *index = place[*index];
  };
  for (BlockTensors& b : stage->blocks) {
    for (int* index : {&b.ln1_gamma, &b.ln1_beta, &b.ln2_gamma, &b.ln2_beta, &b.qkv_w, &b.kv_w, &b.qkv_b,
                       &b.proj_w, &b.proj_b, &b.fc_w, &b.fc_b, &b.fc_proj_w, &b.fc_proj_b, &b.router_w}) {
      move(index);
    }
  }
  for (int* index : {&stage->wte, &stage->wpe, &stage->lnf_gamma, &stage->lnf_beta, &stage->lm_head})
    move(index);
}

}  // namespace

Range VocabularyOf(const Resolved& r, int tp_rank) {
  const int64_t v = r.vocab;
  return {v * tp_rank / r.tp, v * (tp_rank + 1) / r.tp};
}

LayerRange LayersOf(const Resolved& r, int pp_rank, int chunk) {
  const int count = r.layers / (r.pp * r.chunks);
  return {(chunk * r.pp + pp_rank) * count, count};
}

bool IsFirst(const Resolved&, int pp_rank, int chunk) {
  return pp_rank == 0 && chunk == 0;
}

bool IsLast(const Resolved& r, int pp_rank, int chunk) {
  return pp_rank == r.pp - 1 && chunk == r.chunks - 1;
}

StageTensors TensorsOf(const Resolved& r, const Coordinates& at) {
  if (r.resnet()) return ResnetStageTensors(r);
  const bool first = at.pp == 0, last = at.pp == r.pp - 1;
  const char* const wte_name = r.llama() ? "embed_tokens.weight" : "wte";
  const int64_t c = r.hidden;
  const int after_blocks = 2 + SlotsOf(r) * r.layers;
  Placer placer(r, at);
  StageTensors stage;
  int units = 0;
  const auto next_unit = [&] { return placer.unit = units++; };
  if (last) {
    if (r.tied && !first) {  // by itself: on both stages that hold it, the shards must be the same
      stage.wte_unit = next_unit();
      stage.wte = placer.Vocabulary(wte_name, 0);
    }
    stage.head_unit = next_unit();
    if (!r.tied) stage.lm_head = placer.Vocabulary("lm_head.weight", after_blocks + 2);
    stage.lnf_gamma = placer.OfTokens(r.llama() ? "norm.weight" : "ln_f.weight", after_blocks, c, Init::kOne);
    if (!r.llama()) stage.lnf_beta = placer.OfTokens("ln_f.bias", after_blocks + 1, c, Init::kZero);
  }
  for (int chunk = r.chunks - 1; chunk >= 0; --chunk) {
    const LayerRange layers = LayersOf(r, at.pp, chunk);
    for (int i = layers.count - 1; i >= 0; --i) {
      const int unit = next_unit();
      stage.blocks.push_back(BlockPlacer(r, at, layers.first + i, &placer).Place());
      stage.blocks.back().unit = unit;
    }
  }
  std::reverse(stage.blocks.begin(), stage.blocks.end());
  if (first) {
    stage.embedding_unit = next_unit();
    if (!r.llama()) {
      stage.wpe = placer.OfTokens("wpe", 1, r.seq_len, Init::kNormal, c, r.scenario.model().init_std());
    }
    stage.wte_unit = next_unit();
    stage.wte = placer.Vocabulary(wte_name, 0);
  }
  stage.num_units = units;
  stage.tensors = std::move(placer.tensors());
  SortByDomain(&stage);
  return stage;
}

}  // namespace ringside::plan
