#include "evaluator/claims/plan_shape.h"

#include <cmath>

#include "fmt/format.h"

namespace ringside::claims {
namespace {

int BytesOf(v1::Precision precision) {
  switch (precision) {
    case v1::PRECISION_FP64:
      return 8;
    case v1::PRECISION_BF16:
    case v1::PRECISION_FP16:
      return 2;
    default:
      return 4;
  }
}

void SetPrecision(int bytes, PlanShape* shape) {
  const bool adam = shape->moment_bytes > 0;
  const int stat = bytes == 8 ? 8 : 4;
  shape->real_bytes = bytes;
  shape->master_bytes = bytes < 4 ? 4 : 0;
  shape->moment_bytes = adam ? 2 * stat : 0;
}

bool SetInt(double value, int* field) {
  if (!(value >= 1 && value <= (1 << 20)) || value != std::floor(value)) return false;
  *field = static_cast<int>(value);
  return true;
}

// False: there is no such plan.
bool Apply(const Change& change, PlanShape* s) {
  switch (change.variable) {
    case Variable::kDp:
      return SetInt(change.value, &s->dp);
    case Variable::kTp:
      return SetInt(change.value, &s->tp);
    case Variable::kPp:
      return SetInt(change.value, &s->pp);
    case Variable::kCp:
      return SetInt(change.value, &s->cp);
    case Variable::kEp:
      return SetInt(change.value, &s->ep);
    case Variable::kZero:
      if (!(change.value >= 0 && change.value <= 3)) return false;
      s->zero = static_cast<int>(change.value);
      return true;
    case Variable::kMicroBatch:
      return SetInt(change.value, &s->micro_batch);
    case Variable::kMicroBatches:
      return SetInt(change.value, &s->micro_batches);
    case Variable::kChunks:
      if (!SetInt(change.value, &s->chunks)) return false;
      s->schedule = s->chunks > 1 ? v1::SCHEDULE_INTERLEAVED : v1::SCHEDULE_1F1B;
      return true;
    case Variable::kSchedule:
      s->schedule = static_cast<v1::PipelineSchedule>(static_cast<int>(change.value));
      if (s->schedule != v1::SCHEDULE_INTERLEAVED) s->chunks = 1;
      if (s->schedule == v1::SCHEDULE_INTERLEAVED && s->chunks == 1) s->chunks = 2;
      return true;
    case Variable::kRecompute:
      s->recompute = static_cast<v1::Recompute>(static_cast<int>(change.value));
      return true;
    case Variable::kPrecision:
      SetPrecision(static_cast<int>(change.value), s);
      return true;
    case Variable::kSeqLen:
      return SetInt(change.value, &s->seq_len);
    case Variable::kSequenceParallel:
      s->sequence_parallel = change.value != 0;
      return true;
    case Variable::kHidden:
      return SetInt(change.value, &s->hidden);
    case Variable::kLayers:
      return SetInt(change.value, &s->layers);
    case Variable::kVocab:
      return SetInt(change.value, &s->vocab);
    case Variable::kRanks:
      return SetInt(change.value / (s->tp * s->pp * s->cp), &s->dp);
    case Variable::kGlobalBatch:
      return SetInt(change.value / (s->dp * s->micro_batch), &s->micro_batches);
    default:
      return true;
  }
}

}  // namespace

std::optional<PlanShape> ShapeOf(const plan::Resolved& r) {
  if (r.resnet()) return std::nullopt;
  PlanShape s;
  s.layers = r.layers, s.hidden = r.hidden, s.heads = r.heads, s.kv_heads = r.kv_heads;
  s.ffn = r.ffn_hidden, s.vocab = r.vocab, s.seq_len = r.seq_len;
  s.experts = r.experts, s.experts_per_token = r.experts_per_token;
  s.llama = r.llama(), s.tied = r.tied;
  s.dp = r.dp, s.tp = r.tp, s.pp = r.pp, s.cp = r.cp, s.ep = r.ep;
  s.zero = r.replicas() > 1 ? r.scenario.plan().zero() : 0;
  s.zero_group = r.zero_group;
  s.micro_batch = r.micro_batch, s.micro_batches = r.micro_batches, s.chunks = r.chunks;
  s.schedule = r.schedule, s.recompute = r.recompute, s.sequence_parallel = r.sequence_parallel;
  s.moment_bytes = r.scenario.run().optimizer().kind() == v1::OPTIMIZER_ADAMW ? 8 : 0;
  SetPrecision(BytesOf(r.scenario.plan().precision()), &s);
  s.nodes = r.scenario.cluster().nodes(), s.devices_per_node = r.scenario.cluster().devices_per_node();
  return s;
}

std::string_view Name(Variable variable) {
  static constexpr std::string_view kNames[] = {"",           "dp",           "tp",
                                                "pp",         "cp",           "ep",
                                                "zero",       "micro_batch",  "micro_batches",
                                                "interleave", "schedule",     "recompute",
                                                "precision",  "seq_len",      "sequence_parallel",
                                                "ranks",      "hidden",       "layers",
                                                "vocab",      "global_batch", "link_rate",
                                                "parameters", "overlap",      "bucket",
                                                "placement"};
  static_assert(std::size(kNames) == static_cast<size_t>(Variable::kPlacement) + 1);
  return kNames[static_cast<size_t>(variable)];
}

std::string Describe(const Change& change) {
  const int value = static_cast<int>(change.value);
  switch (change.variable) {
    case Variable::kSchedule: {
      static constexpr std::string_view kNames[] = {"", "gpipe", "1f1b", "interleaved", "zero_bubble"};
      return fmt::format("schedule={}", value >= 0 && value < 5 ? kNames[value] : "");
    }
    case Variable::kRecompute: {
      static constexpr std::string_view kNames[] = {"", "none", "selective", "full"};
      return fmt::format("recompute={}", value >= 0 && value < 4 ? kNames[value] : "");
    }
    case Variable::kPrecision:
      return fmt::format("precision={} bytes", value);
    default:
      return fmt::format("{}={:.15g}", Name(change.variable), change.value);
  }
}

std::optional<double> ValueOf(const PlanShape& s, Variable variable) {
  switch (variable) {
    case Variable::kDp:
      return s.dp;
    case Variable::kTp:
      return s.tp;
    case Variable::kPp:
      return s.pp;
    case Variable::kCp:
      return s.cp;
    case Variable::kEp:
      return s.ep;
    case Variable::kZero:
      return s.zero;
    case Variable::kMicroBatch:
      return s.micro_batch;
    case Variable::kMicroBatches:
      return s.micro_batches;
    case Variable::kChunks:
      return s.chunks;
    case Variable::kSchedule:
      return s.schedule;
    case Variable::kRecompute:
      return s.recompute;
    case Variable::kPrecision:
      return s.real_bytes;
    case Variable::kSeqLen:
      return s.seq_len;
    case Variable::kSequenceParallel:
      return s.sequence_parallel;
    case Variable::kRanks:
      return s.ranks();
    case Variable::kHidden:
      return s.hidden;
    case Variable::kLayers:
      return s.layers;
    case Variable::kVocab:
      return s.vocab;
    case Variable::kGlobalBatch:
      return static_cast<double>(s.global_batch());
    default:
      return std::nullopt;
  }
}

std::vector<PlanShape> Under(const PlanShape& shape, const std::vector<Change>& changes) {
  PlanShape changed = shape;
  const bool whole_group = shape.zero_group == shape.replicas() || shape.zero == 0;
  bool sets_dp = false;
  for (const Change& change : changes) {
    if (!Apply(change, &changed)) return {};
    sets_dp |= change.variable == Variable::kDp || change.variable == Variable::kRanks;
  }
  const auto finish = [&](PlanShape* s) {
    if (whole_group || s->replicas() % s->zero_group != 0) s->zero_group = s->replicas();
    if (s->zero == 0 || s->replicas() == 1) s->zero_group = 1;
  };
  std::vector<PlanShape> shapes;
  const int others = changed.tp * changed.pp * changed.cp;
  if (!sets_dp && changed.ranks() != shape.ranks() && shape.ranks() % others == 0) {
    PlanShape same_ranks = changed;
    same_ranks.dp = shape.ranks() / others;
    finish(&same_ranks);
    shapes.push_back(same_ranks);
  }
  finish(&changed);
  shapes.insert(shapes.begin(), changed);
  return shapes;
}

}  // namespace ringside::claims
