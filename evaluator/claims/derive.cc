#include "evaluator/claims/derive.h"

#include <algorithm>
#include <cmath>

namespace ringside::claims {
namespace {

// Gathers facts; values that are not finite are left out.
class Table {
 public:
  explicit Table(std::vector<Fact>* facts) : facts_(facts) {}

  Fact& Add(Quantity quantity, Scope scope, Unit unit, double value, std::string_view formula) {
    return AddRange(quantity, scope, unit, value, 0, 0, formula);
  }
  Fact& AddRange(Quantity quantity, Scope scope, Unit unit, double value, double low, double high,
                 std::string_view formula) {
    Fact& fact = facts_->emplace_back();
    fact.quantity = quantity, fact.scope = scope, fact.unit = unit;
    fact.value = value, fact.low = low, fact.high = high, fact.formula = formula;
    return fact;
  }
  Fact& AddComm(Quantity quantity, Axis axis, OpName op, Scope scope, Unit unit, double value,
                std::string_view formula) {
    Fact& fact = AddRange(quantity, scope, unit, value, 0, 0, formula);
    fact.axis = axis, fact.op = op;
    return fact;
  }

 private:
  std::vector<Fact>* const facts_;
};

double LayerParameters(const PlanShape& s, double tp, double ep) {
  const double h = s.hidden, f = s.ffn, kv = static_cast<double>(s.kv_heads) * s.hidden / s.heads;
  const double attention = (2 * h * h + 2 * h * kv) / tp;
  const double mlp = (s.llama ? 3 : 2) * h * f / tp;
  const double experts = s.experts > 0 ? s.experts / ep * mlp + s.experts * h : mlp;
  if (s.llama) return attention + experts + 2 * h;
  // Biases: of q, k, v and the MLP's way in split, of the ways back whole; an expert has none.
  const double biases = s.experts > 0 ? 3 * h / tp + h : (3 * h + f) / tp + 2 * h;
  return attention + experts + biases + 4 * h;
}

void AddSizes(const PlanShape& s, Table* t) {
  const double params = ModelParameters(s);
  t->Add(Quantity::kParameters, Scope::kTotal, Unit::kCount, params, "sum over the model's tensors");
  t->Add(Quantity::kParameters, Scope::kLayer, Unit::kCount, LayerParameters(s, 1, 1), "tensors of a layer");
  double low = RankParameters(s, 0), high = low;
  for (int stage = 1; stage < s.pp; ++stage) {
    const double n = RankParameters(s, stage);
    low = std::min(low, n), high = std::max(high, n);
  }
  Fact& rank = t->AddRange(Quantity::kParameters, Scope::kRank, Unit::kCount, high,
                           std::min(low, params / s.tp / s.pp), high, "tensors of a rank before sharding");
  rank.minor = true;
  t->Add(Quantity::kEmbeddingParameters, Scope::kTotal, Unit::kCount, EmbeddingParameters(s),
         "vocab * hidden, twice where not tied, and positions");
  t->Add(Quantity::kLayers, Scope::kTotal, Unit::kCount, s.layers, "model.layers");
  t->Add(Quantity::kLayers, Scope::kStage, Unit::kCount, static_cast<double>(s.layers) / s.pp, "layers / pp");
  t->Add(Quantity::kHidden, Scope::kTotal, Unit::kCount, s.hidden, "model.hidden");
  t->Add(Quantity::kHeads, Scope::kTotal, Unit::kCount, s.heads, "model.heads");
  t->Add(Quantity::kHeads, Scope::kRank, Unit::kCount, static_cast<double>(s.heads) / s.tp, "heads / tp");
  t->Add(Quantity::kSeqLen, Scope::kTotal, Unit::kCount, s.seq_len, "model.seq_len");
  t->Add(Quantity::kVocab, Scope::kTotal, Unit::kCount, s.vocab, "model.vocab");
  if (s.experts > 0) t->Add(Quantity::kExperts, Scope::kTotal, Unit::kCount, s.experts, "model.experts");
  const auto ways = [&](Axis axis, double n, std::string_view formula) {
    t->AddComm(Quantity::kWays, axis, OpName::kNone, Scope::kTotal, Unit::kCount, n, formula);
  };
  ways(Axis::kDp, s.dp, "plan.dp"), ways(Axis::kTp, s.tp, "plan.tp"), ways(Axis::kPp, s.pp, "plan.pp");
  ways(Axis::kCp, s.cp, "plan.cp"), ways(Axis::kEp, s.ep, "plan.ep");
  t->Add(Quantity::kModelParallelWays, Scope::kTotal, Unit::kCount, s.tp * s.pp, "tp * pp");
  t->Add(Quantity::kRanks, Scope::kTotal, Unit::kCount, s.ranks(), "dp * tp * pp * cp");
  const double nodes = std::max(1.0, std::ceil(static_cast<double>(s.ranks()) / s.devices_per_node));
  t->Add(Quantity::kNodes, Scope::kTotal, Unit::kCount, nodes, "ranks / devices of a node");
  t->Add(Quantity::kDevicesPerNode, Scope::kNode, Unit::kCount, s.devices_per_node,
         "cluster.devices_per_node");
  t->Add(Quantity::kRanks, Scope::kNode, Unit::kCount, s.devices_per_node, "cluster.devices_per_node");
  t->Add(Quantity::kMicroBatches, Scope::kTotal, Unit::kCount, s.micro_batches, "plan.micro_batches");
  t->Add(Quantity::kMicroBatchSize, Scope::kMicroBatch, Unit::kCount, s.micro_batch, "plan.micro_batch");
  t->Add(Quantity::kGlobalBatch, Scope::kTotal, Unit::kCount, static_cast<double>(s.global_batch()),
         "dp * micro_batch * micro_batches");
  t->Add(Quantity::kTokensPerStep, Scope::kStep, Unit::kCount, static_cast<double>(s.tokens_per_step()),
         "dp * micro_batch * micro_batches * seq_len");
  t->Add(Quantity::kTokensPerMicroBatch, Scope::kMicroBatch, Unit::kCount,
         static_cast<double>(s.micro_batch) * s.seq_len, "micro_batch * seq_len");
  t->Add(Quantity::kChunks, Scope::kStage, Unit::kCount, s.chunks, "plan.interleave");
}

void AddStates(const PlanShape& s, Table* t) {
  const double params = ModelParameters(s);
  double low = params, high = 0;
  for (int stage = 0; stage < s.pp; ++stage) {
    low = std::min(low, RankParameters(s, stage)), high = std::max(high, RankParameters(s, stage));
  }
  low = std::min(low, params / s.tp / s.pp);
  const double shards = s.zero > 0 ? s.zero_group : 1;
  struct Part {
    Quantity quantity;
    double bytes;      // a parameter
    int sharded_from;  // stage of ZeRO
    std::string_view formula, formula_of_rank;
  };
  const double w = s.real_bytes, o = s.master_bytes + s.moment_bytes;
  const Part parts[] = {
      {Quantity::kWeights, w, 3, "bytes of a number * parameters",
       "weights of a rank's tensors, / dp with ZeRO-3"},
      {Quantity::kGradients, w, 2, "bytes of a number * parameters",
       "gradients of a rank's tensors, / dp with ZeRO-2 and 3"},
      {Quantity::kOptimizer, o, 1, "(master weights + moments) * parameters",
       "states of a rank's tensors, / dp with ZeRO"},
      {Quantity::kMaster, static_cast<double>(s.master_bytes), 1, "4 bytes * parameters",
       "4 bytes * parameters of a rank, / dp with ZeRO"},
      {Quantity::kMoments, static_cast<double>(s.moment_bytes), 1, "8 bytes * parameters",
       "8 bytes * parameters of a rank, / dp with ZeRO"},
  };
  double rank_low = 0, rank_high = 0;
  for (const Part& part : parts) {
    if (part.bytes == 0) continue;
    const double share = s.zero >= part.sharded_from ? shards : 1;
    t->Add(part.quantity, Scope::kTotal, Unit::kBytes, part.bytes * params, part.formula);
    t->AddRange(part.quantity, Scope::kRank, Unit::kBytes, part.bytes * high / share,
                part.bytes * low / share, part.bytes * high / share, part.formula_of_rank);
    t->Add(part.quantity, Scope::kParameter, Unit::kBytes, part.bytes, "bytes of a number, by precision")
        .minor = true;
    const bool piece = part.quantity == Quantity::kMaster || part.quantity == Quantity::kMoments;
    if (!piece) rank_low += part.bytes * low / share, rank_high += part.bytes * high / share;
  }
  t->Add(Quantity::kModelStates, Scope::kTotal, Unit::kBytes, (2 * w + o) * params,
         "(weights + gradients + optimizer states) * parameters");
  t->AddRange(Quantity::kModelStates, Scope::kRank, Unit::kBytes, rank_high, rank_low, rank_high,
              "weights + gradients + optimizer states of a rank");
  t->Add(Quantity::kModelStates, Scope::kParameter, Unit::kBytes, 2 * w + o, "weights + gradients + states")
      .minor = true;
  t->AddRange(Quantity::kCheckpoint, Scope::kTotal, Unit::kBytes, (w + o) * params, o * params,
              (w + o) * params, "(weights + optimizer states) * parameters");
  t->Add(Quantity::kCheckpoint, Scope::kNone, Unit::kBytes, w * params, "weights alone");
}

void AddPipeline(const PlanShape& s, Table* t) {
  const double p = s.pp, m = s.micro_batches, v = s.chunks;
  if (s.schedule == v1::SCHEDULE_ZERO_BUBBLE) {
    t->Add(Quantity::kBubble, Scope::kStep, Unit::kRatio, (p - 1) / (3 * m + p - 1),
           "(p - 1) / (3 m + p - 1)");
  } else {
    t->Add(Quantity::kBubble, Scope::kStep, Unit::kRatio, (p - 1) / (v * m + p - 1),
           v > 1 ? "(p - 1) / (v m + p - 1)" : "(p - 1) / (m + p - 1)");
    t->Add(Quantity::kBubble, Scope::kIdeal, Unit::kRatio, (p - 1) / (v * m),
           v > 1 ? "(p - 1) / (v m)" : "(p - 1) / m");
  }
  const double in_flight = s.schedule == v1::SCHEDULE_GPIPE ? m : std::min(m, p);
  const double most = s.schedule == v1::SCHEDULE_INTERLEAVED ? (v + 1) * p / v : in_flight;
  t->AddRange(Quantity::kInFlight, Scope::kRank, Unit::kCount, in_flight, in_flight,
              std::max(in_flight, most),
              s.schedule == v1::SCHEDULE_GPIPE ? "all micro-batches" : "min(m, p) on the first stage");
}

void AddFlops(const PlanShape& s, const Hardware& hw, Table* t) {
  const FlopsOfToken token = TokenFlops(s);
  const double tokens = static_cast<double>(s.tokens_per_step());
  const bool full = s.recompute == v1::RECOMPUTE_FULL;
  t->AddRange(Quantity::kFlopsPerToken, Scope::kToken, Unit::kFlops, token.value, token.low, token.high,
              "6 FLOPs a parameter, and attention");
  t->AddRange(Quantity::kFlopsPerToken, Scope::kForward, Unit::kFlops, token.value / 3, token.low / 3,
              token.high / 3, "2 FLOPs a parameter, and attention");
  t->AddRange(Quantity::kFlopsPerToken, Scope::kBackward, Unit::kFlops, token.value * 2 / 3,
              token.low * 2 / 3, token.high * 2 / 3, "4 FLOPs a parameter, and attention");
  t->Add(Quantity::kFlopsPerParameter, Scope::kToken, Unit::kFlops, 6, "2 forward, 4 backward");
  t->Add(Quantity::kFlopsPerParameter, Scope::kForward, Unit::kFlops, 2, "a multiplication and an addition");
  t->Add(Quantity::kFlopsPerParameter, Scope::kBackward, Unit::kFlops, 4,
         "gradients of inputs and of weights");
  if (full) {
    t->Add(Quantity::kFlopsPerParameter, Scope::kNone, Unit::kFlops, 8, "2 forward, 2 again, 4 backward");
    t->AddRange(Quantity::kFlopsPerToken, Scope::kNone, Unit::kFlops, token.value * 4 / 3, token.low * 4 / 3,
                token.high * 4 / 3, "8 FLOPs a parameter, and attention");
  }
  t->AddRange(Quantity::kFlopsPerStep, Scope::kStep, Unit::kFlops, token.value * tokens, token.low * tokens,
              token.high * tokens, "FLOPs of a token * tokens a step");
  const double factor = full ? 4.0 / 3 : s.recompute == v1::RECOMPUTE_SELECTIVE ? 1.01 : 1;
  t->AddRange(Quantity::kComputeFactor, Scope::kStep, Unit::kRatio, factor,
              factor > 1 ? factor * 0.99 : factor, factor > 1 ? factor * 1.02 : factor,
              full ? "(forward + forward + backward) / (forward + backward) = 4/3" : "forward + backward");
  t->Add(Quantity::kScores, Scope::kMicroBatch, Unit::kCount,
         static_cast<double>(s.micro_batch) * s.heads / s.tp * s.seq_len * static_cast<double>(s.seq_len),
         "micro_batch * heads / tp * seq_len^2");
  if (hw.peak_flops <= 0) return;
  t->Add(Quantity::kPeakFlops, Scope::kRank, Unit::kFlopsPerSecond, hw.peak_flops, "catalogue, dense");
  t->Add(Quantity::kPeakFlops, Scope::kTotal, Unit::kFlopsPerSecond, hw.peak_flops * s.ranks(),
         "ranks * peak of a device");
}

// What replicas send. `payload`: the buffer that a collective works on; sent: what of it a rank puts on the
// wire by ring.
void AddReplicas(const PlanShape& s, Table* t) {
  static constexpr double kPublished[] = {1, 1, 1, 1.5};
  t->Add(Quantity::kCommVolume, Scope::kNone, Unit::kRatio, kPublished[s.zero],
         s.zero == 3 ? "2 all-gathers and a reduce-scatter against an all-reduce of 2" : "as an all-reduce");
  const double n = s.replicas();
  if (n <= 1) return;
  const double m = s.micro_batches;
  t->AddComm(Quantity::kCommCount, Axis::kDp, s.zero == 0 ? OpName::kAllReduce : OpName::kReduceScatter,
             Scope::kStep, Unit::kCount, s.zero >= 2 ? m : 1,
             s.zero >= 2 ? "once a micro-batch" : "once a step, after the last micro-batch");
  if (s.zero >= 2) {
    t->AddComm(Quantity::kCommCount, Axis::kDp, OpName::kReduceScatter, Scope::kMicroBatch, Unit::kCount, 1,
               "once a micro-batch");
  }
  if (s.zero >= 1) {
    t->AddComm(Quantity::kCommCount, Axis::kDp, OpName::kAllGather, Scope::kStep, Unit::kCount,
               s.zero == 3 ? 2 * m : 1,
               s.zero == 3 ? "forward and backward of every micro-batch" : "once a step");
  }
  if (s.zero == 3) {
    t->AddComm(Quantity::kCommCount, Axis::kDp, OpName::kAllGather, Scope::kMicroBatch, Unit::kCount, 2,
               "once forward, once backward");
    t->AddComm(Quantity::kCommCount, Axis::kDp, OpName::kAllGather, Scope::kForward, Unit::kCount, 1,
               "once forward");
    t->AddComm(Quantity::kCommCount, Axis::kDp, OpName::kAllGather, Scope::kBackward, Unit::kCount, 1,
               "once backward");
  }
  if (s.experts > 0 || (s.zero > 0 && s.zero_group != s.replicas())) return;
  double low = ModelParameters(s) / s.tp / s.pp, high = 0;
  for (int stage = 0; stage < s.pp; ++stage) {
    low = std::min(low, RankParameters(s, stage)), high = std::max(high, RankParameters(s, stage));
  }
  low *= s.real_bytes, high *= s.real_bytes;
  const double f = (n - 1) / n;
  double least = 0;  // share of the volume that may be saved, times 3
  const auto add = [&](OpName op, Scope scope, double factor, std::string_view formula) {
    Fact& fact = t->AddComm(Quantity::kCommBytes, Axis::kDp, op, scope, Unit::kBytes, factor * high, formula);
    fact.low = (factor - least * factor / 3) * low, fact.high = factor * high;
  };
  switch (s.zero) {
    case 0:
      add(OpName::kAllReduce, Scope::kStep, 2 * f, "2 (n - 1) / n * gradients of a rank");
      add(OpName::kAllReduce, Scope::kStep, 1, "gradients of a rank, the buffer that is reduced");
      break;
    case 1:
      add(OpName::kNone, Scope::kStep, 2 * f, "(n - 1) / n * (gradients + weights) of a rank");
      add(OpName::kReduceScatter, Scope::kStep, f, "(n - 1) / n * gradients of a rank");
      add(OpName::kAllGather, Scope::kStep, f, "(n - 1) / n * weights of a rank");
      add(OpName::kNone, Scope::kStep, 1, "gradients of a rank, the buffer that is reduced");
      break;
    case 2:
      add(OpName::kNone, Scope::kStep, f * (m + 1), "(n - 1) / n * (gradients each micro-batch + weights)");
      add(OpName::kReduceScatter, Scope::kMicroBatch, f, "(n - 1) / n * gradients of a rank");
      add(OpName::kReduceScatter, Scope::kStep, f * m, "(n - 1) / n * gradients, each micro-batch");
      add(OpName::kAllGather, Scope::kStep, f, "(n - 1) / n * weights of a rank");
      break;
    default:
      // The embedding's backward pass needs no weights, and the output's finds its own still there.
      least = EmbeddingParameters(s) / s.tp * s.real_bytes / low;
      add(OpName::kNone, Scope::kStep, 3 * f * m, "(n - 1) / n * (2 weights + gradients), each micro-batch");
      add(OpName::kNone, Scope::kMicroBatch, 3 * f, "(n - 1) / n * (2 weights + gradients)");
      add(OpName::kReduceScatter, Scope::kMicroBatch, f, "(n - 1) / n * gradients of a rank");
      add(OpName::kAllGather, Scope::kMicroBatch, 2 * f, "(n - 1) / n * 2 weights of a rank");
      add(OpName::kAllGather, Scope::kCall, f, "(n - 1) / n * weights of a rank");
      add(OpName::kReduceScatter, Scope::kStep, f * m, "(n - 1) / n * gradients, each micro-batch");
      add(OpName::kAllGather, Scope::kStep, 2 * f * m, "(n - 1) / n * 2 weights, each micro-batch");
  }
}

void AddLayers(const PlanShape& s, Table* t) {
  const double act = static_cast<double>(s.micro_batch) * s.seq_len / s.cp * s.hidden * s.real_bytes;
  const double layers = static_cast<double>(s.layers) / s.pp, m = s.micro_batches;
  if (s.tp > 1) {
    const double f = 2.0 * (s.tp - 1) / s.tp;
    const double most = s.recompute == v1::RECOMPUTE_FULL ? 6 : 4;
    const auto count = [&](OpName op, Scope scope, double n, double high, std::string_view formula) {
      Fact& fact = t->AddComm(Quantity::kCommCount, Axis::kTp, op, scope, Unit::kCount, n, formula);
      fact.low = n, fact.high = high;
    };
    count(OpName::kAllReduce, Scope::kLayer, 4, most, "after attention and MLP, forward and backward");
    count(OpName::kAllReduce, Scope::kForward, 2, 2, "after attention and after the MLP");
    count(OpName::kAllReduce, Scope::kBackward, 2, most - 2, "before the MLP and before attention");
    count(OpName::kAllReduce, Scope::kMicroBatch, 4 * layers, most * layers + 6, "4 a layer of the stage");
    count(OpName::kAllReduce, Scope::kStep, 4 * layers * m, (most * layers + 6) * m,
          "4 a layer and micro-batch");
    if (s.sequence_parallel) {
      count(OpName::kReduceScatter, Scope::kLayer, 4, most, "in place of all-reduces");
      count(OpName::kAllGather, Scope::kLayer, 4, 8, "in place of all-reduces, and of inputs again");
    }
    struct Kind {
      double factor;
      std::string_view formula;
    };
    for (const Kind& kind : {Kind{1, "micro_batch * seq_len * hidden * bytes, the buffer that is reduced"},
                             Kind{f, "2 (t - 1) / t * micro_batch * seq_len * hidden * bytes"}}) {
      const double bytes = kind.factor * act;
      const auto add = [&](Scope scope, double low, double high, bool minor) {
        Fact& fact = t->AddComm(Quantity::kCommBytes, Axis::kTp, OpName::kAllReduce, scope, Unit::kBytes,
                                low * bytes, kind.formula);
        fact.low = low * bytes, fact.high = high * bytes, fact.minor = minor;
      };
      add(Scope::kCall, 1, 1, false);
      add(Scope::kLayer, 4, most, true);
      add(Scope::kForward, 2, 2, true);
      add(Scope::kBackward, 2, most - 2, true);
      add(Scope::kMicroBatch, 4 * layers, most * layers + 6, true);
      add(Scope::kStep, 4 * layers * m, (most * layers + 6) * m, false);
    }
  }
  if (s.ep > 1) {
    t->AddComm(Quantity::kCommCount, Axis::kEp, OpName::kAllToAll, Scope::kLayer, Unit::kCount, 4,
               "to the experts and back, forward and backward");
    t->AddComm(Quantity::kCommCount, Axis::kEp, OpName::kAllToAll, Scope::kForward, Unit::kCount, 2,
               "to the experts and back");
  }
  if (s.pp > 1) {
    const double message = act / (s.sequence_parallel ? s.tp : 1);
    const auto add = [&](Scope scope, double low, double high, std::string_view formula, bool minor) {
      Fact& fact =
          t->AddComm(Quantity::kCommBytes, Axis::kPp, OpName::kSend, scope, Unit::kBytes, low, formula);
      fact.low = low, fact.high = high, fact.minor = minor;
    };
    add(Scope::kCall, message, act, "micro_batch * seq_len * hidden * bytes", false);
    add(Scope::kMicroBatch, message * s.chunks, act * s.chunks, "one message forward", false);
    add(Scope::kMicroBatch, 2 * message * s.chunks, 2 * act * s.chunks, "a message forward and one back",
        true);
    add(Scope::kStep, message * s.chunks * m, 2 * act * s.chunks * m,
        "a message forward and back, all micro-batches", true);
  }
}

void AddHardware(const PlanShape& s, const Hardware& hw, Table* t) {
  const auto link = [&](Axis axis, double rate) {
    if (rate <= 0) return;
    Fact& fact = t->AddComm(Quantity::kLinkRate, axis, OpName::kNone, Scope::kNone, Unit::kBytesPerSecond,
                            rate, "one direction, per device");
    fact.where = hw.where;
  };
  link(Axis::kIntra, hw.intra_rate), link(Axis::kInter, hw.inter_rate);
  if (hw.memory_rate > 0) {
    t->Add(Quantity::kMemoryRate, Scope::kRank, Unit::kBytesPerSecond, hw.memory_rate, "catalogue").where =
        hw.where;
  }
  if (hw.memory_bytes > 0) {
    const double high = std::max(hw.memory_bytes, hw.nominal_memory_bytes);
    t->AddRange(Quantity::kMemoryLimit, Scope::kRank, Unit::kBytes, hw.memory_bytes, hw.memory_bytes, high,
                "memory of a device")
        .where = hw.where;
    t->AddRange(Quantity::kMemoryLimit, Scope::kTotal, Unit::kBytes, hw.memory_bytes * s.ranks(),
                hw.memory_bytes * s.ranks(), high * s.ranks(), "ranks * memory of a device")
        .minor = true;
  }
  if (hw.price_per_hour > 0) {
    t->Add(Quantity::kPricePerHour, Scope::kRank, Unit::kUsd, hw.price_per_hour, "catalogue");
    t->Add(Quantity::kPricePerHour, Scope::kTotal, Unit::kUsd, hw.price_per_hour * s.ranks(),
           "ranks * price");
  }
}

}  // namespace

double EmbeddingParameters(const PlanShape& s) {
  const double table = static_cast<double>(s.vocab) * s.hidden;
  return (s.tied ? 1 : 2) * table + (s.llama ? 0 : static_cast<double>(s.seq_len) * s.hidden);
}

double ModelParameters(const PlanShape& s) {
  return s.layers * LayerParameters(s, 1, 1) + EmbeddingParameters(s) + (s.llama ? 1 : 2) * s.hidden;
}

double RankParameters(const PlanShape& s, int stage) {
  const bool first = stage == 0, last = stage == s.pp - 1;
  const double table = static_cast<double>(s.vocab) * s.hidden / s.tp;
  double params = static_cast<double>(s.layers) / s.pp * LayerParameters(s, s.tp, s.ep);
  if (first) params += table + (s.llama ? 0 : static_cast<double>(s.seq_len) * s.hidden);
  if (last) params += (s.llama ? 1 : 2) * s.hidden;
  if (last && (!s.tied || !first)) params += table;
  return params;
}

FlopsOfToken TokenFlops(const PlanShape& s) {
  // Parameters that a token meets: of the experts those that it is sent to.
  PlanShape active = s;
  if (s.experts > 0) active.experts = 0, active.ffn = s.ffn * s.experts_per_token;
  const double params = ModelParameters(active);
  const double attention = 6.0 * s.layers * s.hidden * s.seq_len;  // the causal half of 12 L h T
  return {6 * params + attention, 6 * (params - EmbeddingParameters(s)), 6 * params + 2 * attention};
}

std::vector<Fact> DeriveFacts(const PlanShape& shape, const Hardware& hardware) {
  std::vector<Fact> facts;
  facts.reserve(128);
  Table table(&facts);
  AddSizes(shape, &table);
  AddStates(shape, &table);
  AddPipeline(shape, &table);
  AddFlops(shape, hardware, &table);
  AddReplicas(shape, &table);
  AddLayers(shape, &table);
  AddHardware(shape, hardware, &table);
  std::erase_if(facts, [](const Fact& fact) { return !std::isfinite(fact.value); });
  return facts;
}

}  // namespace ringside::claims
