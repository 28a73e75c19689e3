#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "plan/compile.h"
#include "plan/presets.h"

namespace ringside::plan {
namespace {

constexpr double kMaxBufferElems = 1e12;
constexpr double kMaxOpsOfRank = 2e6;

absl::Status Bad(std::string_view field, const std::string& reason) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", field, reason));
}

absl::Status InRange(std::string_view field, int64_t value, int64_t low, int64_t high) {
  if (value >= low && value <= high) return absl::OkStatus();
  return Bad(field, fmt::format("{} is outside of {}..{}", value, low, high));
}

absl::Status Positive(std::string_view field, double value) {
  if (std::isfinite(value) && value > 0) return absl::OkStatus();
  return Bad(field, fmt::format("{} is not a positive number", value));
}

absl::Status LinkRate(std::string_view field, double gbps) {
  if (gbps >= 1e-6 && gbps <= 1e6) return absl::OkStatus();
  return Bad(field, fmt::format("{} Gbit/s is outside of 1e-6..1e6", gbps));
}

absl::Status Fraction(std::string_view field, double value) {
  if (value >= 0 && value < 1) return absl::OkStatus();
  return Bad(field, fmt::format("{} is outside of [0, 1)", value));
}

absl::Status Divides(std::string_view divisor_field, int divisor, std::string_view field, int value) {
  if (value % divisor == 0) return absl::OkStatus();
  return Bad(divisor_field, fmt::format("{} does not divide {} = {}", divisor, field, value));
}

absl::Status ResolveModel(v1::ModelSpec* model) {
  if (model->has_preset()) {
    const ModelPreset* preset = FindModelPreset(model->preset());
    if (preset == nullptr) {
      return Bad("model.preset",
                 fmt::format("no preset \"{}\"; known: {}", model->preset(), ModelPresetNames()));
    }
    const bool own_width = model->has_hidden();
    if (!model->has_layers()) model->set_layers(preset->layers);
    if (!model->has_hidden()) model->set_hidden(preset->hidden);
    if (!model->has_heads()) model->set_heads(preset->heads);
    if (!model->has_ffn_hidden() && !own_width) model->set_ffn_hidden(preset->ffn_hidden);
    if (!model->has_vocab()) model->set_vocab(preset->vocab);
    if (!model->has_seq_len()) model->set_seq_len(preset->seq_len);
  }
  const auto missing = [](std::string_view field) {
    return Bad(field, "missing; give it, or a model.preset that has it");
  };
  if (!model->has_layers()) return missing("model.layers");
  if (!model->has_hidden()) return missing("model.hidden");
  if (!model->has_heads()) return missing("model.heads");
  if (!model->has_vocab()) return missing("model.vocab");
  if (!model->has_seq_len()) return missing("model.seq_len");
  RINGSIDE_RETURN_IF_ERROR(InRange("model.layers", model->layers(), 1, 4096));
  RINGSIDE_RETURN_IF_ERROR(InRange("model.hidden", model->hidden(), 1, 1 << 18));
  RINGSIDE_RETURN_IF_ERROR(InRange("model.heads", model->heads(), 1, 1 << 12));
  if (!model->has_ffn_hidden()) model->set_ffn_hidden(4 * model->hidden());
  RINGSIDE_RETURN_IF_ERROR(InRange("model.ffn_hidden", model->ffn_hidden(), 1, 1 << 20));
  RINGSIDE_RETURN_IF_ERROR(InRange("model.vocab", model->vocab(), 2, 1 << 22));
  RINGSIDE_RETURN_IF_ERROR(InRange("model.seq_len", model->seq_len(), 1, 1 << 20));
  return Divides("model.heads", model->heads(), "model.hidden", model->hidden());
}

absl::Status ResolvePlan(const v1::ModelSpec& model, v1::ParallelPlan* plan) {
  if (!plan->has_dp()) plan->set_dp(1);
  if (!plan->has_tp()) plan->set_tp(1);
  if (!plan->has_pp()) plan->set_pp(1);
  if (!plan->has_zero()) plan->set_zero(0);
  if (!plan->has_micro_batch()) plan->set_micro_batch(1);
  if (!plan->has_micro_batches()) plan->set_micro_batches(1);
  if (!plan->has_schedule()) plan->set_schedule(v1::SCHEDULE_1F1B);
  if (!plan->has_precision()) plan->set_precision(v1::PRECISION_FP32);
  if (!plan->has_bucket_mib()) plan->set_bucket_mib(4);
  if (!plan->has_recompute()) plan->set_recompute(v1::RECOMPUTE_NONE);
  RINGSIDE_RETURN_IF_ERROR(InRange("plan.dp", plan->dp(), 1, 1 << 20));
  RINGSIDE_RETURN_IF_ERROR(InRange("plan.tp", plan->tp(), 1, 1 << 12));
  RINGSIDE_RETURN_IF_ERROR(InRange("plan.pp", plan->pp(), 1, 1 << 12));
  if (int64_t{plan->dp()} * plan->tp() * plan->pp() > (1 << 20)) {
    return Bad("plan", "dp * tp * pp is more than 1048576 ranks");
  }
  if (plan->zero() != 0 && plan->zero() != 1) {
    return Bad("plan.zero",
               fmt::format("stage {} is not available in this version; use 0 or 1", plan->zero()));
  }
  RINGSIDE_RETURN_IF_ERROR(InRange("plan.micro_batch", plan->micro_batch(), 1, 1 << 16));
  RINGSIDE_RETURN_IF_ERROR(InRange("plan.micro_batches", plan->micro_batches(), 1, 1 << 14));
  RINGSIDE_RETURN_IF_ERROR(Positive("plan.bucket_mib", plan->bucket_mib()));
  if (plan->bucket_mib() > 1 << 20) return Bad("plan.bucket_mib", "more than a TiB");
  if (plan->schedule() == v1::SCHEDULE_UNSPECIFIED) return Bad("plan.schedule", "use gpipe or 1f1b");
  if (plan->recompute() == v1::RECOMPUTE_UNSPECIFIED) {
    return Bad("plan.recompute", "use none, selective or full");
  }
  if (plan->precision() == v1::PRECISION_UNSPECIFIED) return Bad("plan.precision", "use fp32 or fp64");
  RINGSIDE_RETURN_IF_ERROR(Divides("plan.tp", plan->tp(), "model.heads", model.heads()));
  RINGSIDE_RETURN_IF_ERROR(Divides("plan.tp", plan->tp(), "model.ffn_hidden", model.ffn_hidden()));
  if (plan->tp() > model.vocab()) return Bad("plan.tp", "more ways than model.vocab has rows");
  return Divides("plan.pp", plan->pp(), "model.layers", model.layers());
}

absl::Status ResolveCluster(int ranks, v1::ClusterSpec* cluster) {
  if (!cluster->has_nodes()) cluster->set_nodes(1);
  RINGSIDE_RETURN_IF_ERROR(InRange("cluster.nodes", cluster->nodes(), 1, 1 << 20));
  if (!cluster->has_devices_per_node()) {
    if (ranks % cluster->nodes() != 0) {
      return Bad("cluster.nodes",
                 fmt::format("{} does not divide the plan's {} ranks", cluster->nodes(), ranks));
    }
    cluster->set_devices_per_node(ranks / cluster->nodes());
  }
  RINGSIDE_RETURN_IF_ERROR(InRange("cluster.devices_per_node", cluster->devices_per_node(), 1, 1 << 20));
  const int64_t devices = int64_t{cluster->nodes()} * cluster->devices_per_node();
  if (devices != ranks) {
    return Bad(
        "plan",
        fmt::format("dp * tp * pp = {} ranks, but the cluster has nodes * devices_per_node = {} devices",
                    ranks, devices));
  }
  if (!cluster->has_device()) cluster->set_device("local-cpu");
  if (cluster->has_memory_mib()) {
    RINGSIDE_RETURN_IF_ERROR(Positive("cluster.memory_mib", cluster->memory_mib()));
    if (cluster->memory_mib() > 1 << 30) return Bad("cluster.memory_mib", "more than a PiB");
  }
  for (const auto* link :
       {cluster->has_links() && cluster->links().has_intra_node() ? &cluster->links().intra_node() : nullptr,
        cluster->has_links() && cluster->links().has_inter_node() ? &cluster->links().inter_node()
                                                                  : nullptr}) {
    if (link == nullptr) continue;
    if (link->has_gbps()) RINGSIDE_RETURN_IF_ERROR(LinkRate("cluster.links", link->gbps()));
    if (link->has_latency_us() && !(link->latency_us() >= 0 && link->latency_us() < 1e9)) {
      return Bad("cluster.links", fmt::format("latency_us {} is outside of [0, 1e9)", link->latency_us()));
    }
  }
  return absl::OkStatus();
}

absl::Status ResolveOptimizer(v1::OptimizerSpec* optimizer) {
  if (!optimizer->has_kind()) optimizer->set_kind(v1::OPTIMIZER_ADAMW);
  if (!optimizer->has_lr()) optimizer->set_lr(1e-3);
  if (!optimizer->has_beta1()) optimizer->set_beta1(0.9);
  if (!optimizer->has_beta2()) optimizer->set_beta2(0.95);
  if (!optimizer->has_eps()) optimizer->set_eps(1e-8);
  if (!optimizer->has_weight_decay()) optimizer->set_weight_decay(0.1);
  if (optimizer->kind() == v1::OPTIMIZER_UNSPECIFIED) return Bad("run.optimizer.kind", "use adamw or sgd");
  RINGSIDE_RETURN_IF_ERROR(Positive("run.optimizer.lr", optimizer->lr()));
  RINGSIDE_RETURN_IF_ERROR(Fraction("run.optimizer.beta1", optimizer->beta1()));
  RINGSIDE_RETURN_IF_ERROR(Fraction("run.optimizer.beta2", optimizer->beta2()));
  RINGSIDE_RETURN_IF_ERROR(Positive("run.optimizer.eps", optimizer->eps()));
  if (!(optimizer->weight_decay() >= 0 && optimizer->weight_decay() < 1e3)) {
    return Bad("run.optimizer.weight_decay",
               fmt::format("{} is outside of [0, 1000)", optimizer->weight_decay()));
  }
  return absl::OkStatus();
}

absl::Status ResolveRun(const v1::ParallelPlan& plan, v1::RunSpec* run) {
  if (!run->has_steps()) run->set_steps(10);
  RINGSIDE_RETURN_IF_ERROR(InRange("run.steps", run->steps(), 1, 1'000'000));
  if (!run->has_warmup()) run->set_warmup(std::min(2, run->steps() - 1));
  if (run->warmup() < 0 || run->warmup() >= run->steps()) {
    return Bad("run.warmup", fmt::format("{} is outside of 0..{}: no step would be left to measure",
                                         run->warmup(), run->steps() - 1));
  }
  if (!run->has_seed()) run->set_seed(1);
  if (!run->has_data()) run->set_data(v1::DATA_SYNTHETIC);
  if (run->data() != v1::DATA_SYNTHETIC) return Bad("run.data", "use synthetic");
  RINGSIDE_RETURN_IF_ERROR(ResolveOptimizer(run->mutable_optimizer()));
  if (!run->has_kernels()) {
    run->set_kernels(plan.precision() == v1::PRECISION_FP64 ? v1::KERNELS_REFERENCE : v1::KERNELS_FAST);
  }
  if (run->kernels() == v1::KERNELS_UNSPECIFIED) return Bad("run.kernels", "use fast or reference");
  if (plan.precision() == v1::PRECISION_FP64 && run->kernels() != v1::KERNELS_REFERENCE) {
    return Bad("run.kernels", "plan.precision fp64 runs on the reference kernels only");
  }
  if (!run->has_deadline_s()) run->set_deadline_s(600);
  if (!run->has_stall_s()) run->set_stall_s(30);
  RINGSIDE_RETURN_IF_ERROR(Positive("run.deadline_s", run->deadline_s()));
  RINGSIDE_RETURN_IF_ERROR(Positive("run.stall_s", run->stall_s()));
  if (!run->has_keep_weights()) run->set_keep_weights(false);
  return absl::OkStatus();
}

absl::Status CheckFault(std::string_view field, const v1::Fault& fault, int ranks,
                        const v1::ClusterSpec& cluster, const v1::RunSpec& run) {
  const auto rank_and_step = [&](std::string_view kind, int rank, int step) -> absl::Status {
    RINGSIDE_RETURN_IF_ERROR(InRange(fmt::format("{}.{}.rank", field, kind), rank, 0, ranks - 1));
    return InRange(fmt::format("{}.{}.step", field, kind), step, 0, run.steps() - 1);
  };
  switch (fault.kind_case()) {
    case v1::Fault::kSlowLink:
      if (cluster.nodes() < 2) return Bad(field, "slow_link needs cluster.nodes >= 2");
      RINGSIDE_RETURN_IF_ERROR(
          InRange(fmt::format("{}.slow_link.node", field), fault.slow_link().node(), 0, cluster.nodes() - 1));
      return LinkRate(fmt::format("{}.slow_link.gbps", field), fault.slow_link().gbps());
    case v1::Fault::kKillRank:
      return rank_and_step("kill_rank", fault.kill_rank().rank(), fault.kill_rank().step());
    case v1::Fault::kHangRank:
      return rank_and_step("hang_rank", fault.hang_rank().rank(), fault.hang_rank().step());
    case v1::Fault::KIND_NOT_SET:
      break;
  }
  return Bad(field, "empty; use slow_link, kill_rank or hang_rank");
}

// What no program could hold or count, found out before one is built. In doubles: the products overflow.
absl::Status CheckSize(const Resolved& r) {
  const double rows = static_cast<double>(r.micro_batch) * r.seq_len;
  const double widest = std::max({3.0 * r.hidden, 1.0 * r.ffn_hidden, static_cast<double>(r.vocab)}) / r.tp;
  const double seq_len = r.seq_len;
  if (rows * widest > kMaxBufferElems || 2 * seq_len * seq_len > kMaxBufferElems) {
    return Bad("model.seq_len",
               fmt::format("with plan.micro_batch {} an activation has more than {:.0e} elements; "
                           "use shorter sequences or a smaller micro-batch",
                           r.micro_batch, kMaxBufferElems));
  }
  const double matrices = 4.0 * r.hidden * r.hidden + 2.0 * r.hidden * r.ffn_hidden;
  const double parameters = r.layers * matrices + (static_cast<double>(r.vocab) + seq_len) * r.hidden;
  if (parameters / r.pp / r.tp > kMaxBufferElems) {
    return Bad("model",
               fmt::format("{:.2g} parameters are more than {} ranks can address", parameters, r.pp * r.tp));
  }
  const double flops =
      6.0 * parameters * static_cast<double>(r.tokens_per_step()) +
      6.0 * r.layers * seq_len * (seq_len + 1) * r.hidden * static_cast<double>(r.global_batch());
  if (flops > 9e18) {
    return Bad(
        "plan",
        fmt::format("a step of {:.2g} floating-point operations is more than this version counts (9e18)",
                    flops));
  }
  if (OpsOfRank(r) > kMaxOpsOfRank) {
    return Bad("plan.micro_batches",
               fmt::format(
                   "a rank would execute about {:.2g} ops a step, more than {:.2g}; use fewer micro-batches, "
                   "or more pipeline stages",
                   OpsOfRank(r), kMaxOpsOfRank));
  }
  return absl::OkStatus();
}

}  // namespace

double OpsOfRank(const Resolved& r) {
  const double layers = static_cast<double>(r.layers) / r.pp;
  constexpr double kOpsOfBlock = 50, kOpsAround = 30, kParamsOfBlock = 12;
  return r.micro_batches * (layers * kOpsOfBlock + kOpsAround) + 3 * kParamsOfBlock * layers;
}

absl::StatusOr<Resolved> Resolve(const v1::Scenario& scenario) {
  Resolved r;
  r.scenario = scenario;
  if (!r.scenario.has_name()) r.scenario.set_name("unnamed");
  if (r.scenario.name().empty() || r.scenario.name().size() > 100)
    return Bad("name", "must have 1 to 100 characters");
  if (!scenario.has_model())
    return Bad("model", "missing; say what to train, e.g. model: {preset: gpt2-tiny}");
  RINGSIDE_RETURN_IF_ERROR(ResolveModel(r.scenario.mutable_model()));
  const v1::ModelSpec& model = r.scenario.model();
  RINGSIDE_RETURN_IF_ERROR(ResolvePlan(model, r.scenario.mutable_plan()));
  const v1::ParallelPlan& plan = r.scenario.plan();
  const int ranks = plan.dp() * plan.tp() * plan.pp();
  RINGSIDE_RETURN_IF_ERROR(ResolveCluster(ranks, r.scenario.mutable_cluster()));
  RINGSIDE_RETURN_IF_ERROR(ResolveRun(plan, r.scenario.mutable_run()));
  if (r.scenario.faults_size() > 1000) return Bad("faults", "more than 1000");
  for (int i = 0; i < r.scenario.faults_size(); ++i) {
    RINGSIDE_RETURN_IF_ERROR(CheckFault(fmt::format("faults[{}]", i), r.scenario.faults(i), ranks,
                                        r.scenario.cluster(), r.scenario.run()));
  }
  r.layers = model.layers(), r.hidden = model.hidden(), r.heads = model.heads();
  r.ffn_hidden = model.ffn_hidden(), r.vocab = model.vocab(), r.seq_len = model.seq_len();
  r.dp = plan.dp(), r.tp = plan.tp(), r.pp = plan.pp();
  r.micro_batch = plan.micro_batch(), r.micro_batches = plan.micro_batches();
  r.gpipe = plan.schedule() == v1::SCHEDULE_GPIPE;
  r.recompute = plan.recompute();
  r.overlap_grad_reduce = false;
  for (int overlap : plan.overlap()) r.overlap_grad_reduce |= overlap == v1::OVERLAP_GRAD_REDUCE;
  r.real = plan.precision() == v1::PRECISION_FP64 ? DType::kF64 : DType::kF32;
  const double samples = static_cast<double>(r.global_batch()) * r.scenario.run().steps();
  if (static_cast<double>(r.tokens_per_step()) > 1e15 || samples > 1e15) {
    return Bad("plan", "more tokens a step than this version counts (1e15)");
  }
  RINGSIDE_RETURN_IF_ERROR(CheckSize(r));
  return r;
}

int64_t NumParameters(const Resolved& r) {
  const int64_t c = r.hidden, f = r.ffn_hidden;
  const int64_t block = 4 * c + (3 * c * c + 3 * c) + (c * c + c) + (f * c + f) + (c * f + c);
  return int64_t{r.vocab} * c + int64_t{r.seq_len} * c + r.layers * block + 2 * c;
}

int64_t ModelFlopsPerStep(const Resolved& r) {
  // A matrix weight costs 2 FLOPs a token forward and 4 backward; attention two products forward and four
  // backward over the causal half: T (T + 1) / 2 pairs a head, 2 D FLOPs each.
  const int64_t c = r.hidden, f = r.ffn_hidden, t = r.seq_len;
  const int64_t matrix_weights = r.layers * (4 * c * c + 2 * c * f) + int64_t{r.vocab} * c;
  const int64_t attention_per_sequence = r.layers * 6 * t * (t + 1) * c;
  return 6 * matrix_weights * r.tokens_per_step() + attention_per_sequence * r.global_batch();
}

}  // namespace ringside::plan
