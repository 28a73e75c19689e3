#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "plan/compile.h"
#include "plan/presets.h"
#include "plan/resnet/resolve.h"

namespace ringside::plan {
namespace {

constexpr double kMaxBufferElems = 1e12;
constexpr double kMaxOpsOfRank = 2e6;
constexpr double kMaxTokens = 1e15;

absl::Status Bad(std::string_view field, std::string_view reason) {
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

absl::Status NotNegative(std::string_view field, double value, double most) {
  if (value >= 0 && value <= most) return absl::OkStatus();
  return Bad(field, fmt::format("{} is outside of 0..{}", value, most));
}

absl::Status Divides(std::string_view divisor_field, int divisor, std::string_view field, int value) {
  if (value % divisor == 0) return absl::OkStatus();
  return Bad(divisor_field, fmt::format("{} does not divide {} = {}", divisor, field, value));
}

void ApplyPreset(const ModelPreset& preset, v1::ModelSpec* model) {
  const bool own_width = model->has_hidden(), own_heads = model->has_heads();
  if (!model->has_architecture()) model->set_architecture(preset.architecture);
  if (!model->has_layers()) model->set_layers(preset.layers);
  if (!model->has_hidden()) model->set_hidden(preset.hidden);
  if (!model->has_heads()) model->set_heads(preset.heads);
  if (!model->has_kv_heads() && preset.kv_heads > 0 && !own_heads) model->set_kv_heads(preset.kv_heads);
  if (!model->has_ffn_hidden() && !own_width) model->set_ffn_hidden(preset.ffn_hidden);
  if (!model->has_vocab()) model->set_vocab(preset.vocab);
  if (!model->has_seq_len()) model->set_seq_len(preset.seq_len);
  if (!model->has_experts() && preset.experts > 0) {
    model->set_experts(preset.experts);
    if (!model->has_experts_per_token()) model->set_experts_per_token(preset.experts_per_token);
  }
  if (!model->has_rope_theta() && preset.rope_theta > 0) model->set_rope_theta(preset.rope_theta);
  if (!model->has_tie_embeddings() && preset.tied) model->set_tie_embeddings(true);
}

absl::Status ResolveExperts(v1::ModelSpec* model) {
  if (!model->has_experts()) model->set_experts(0);
  RINGSIDE_RETURN_IF_ERROR(InRange("model.experts", model->experts(), 0, 4096));
  if (model->experts() == 1)
    return Bad("model.experts", "1 expert leaves a router nothing to pick; use 0, or more");
  if (model->experts() == 0) {
    constexpr std::string_view kNone = "there are no model.experts; give them, or leave this out";
    if (model->experts_per_token() != 0) return Bad("model.experts_per_token", kNone);
    if (model->capacity_factor() != 0) return Bad("model.capacity_factor", kNone);
    if (model->aux_loss() != 0) return Bad("model.aux_loss", kNone);
    return absl::OkStatus();
  }
  if (!model->has_experts_per_token()) model->set_experts_per_token(2);
  if (!model->has_capacity_factor()) model->set_capacity_factor(0);
  if (!model->has_aux_loss()) model->set_aux_loss(0.01);
  RINGSIDE_RETURN_IF_ERROR(
      InRange("model.experts_per_token", model->experts_per_token(), 1, model->experts()));
  if (model->activation() != v1::ACTIVATION_GELU) return Bad("model.activation", "experts use gelu");
  RINGSIDE_RETURN_IF_ERROR(NotNegative("model.capacity_factor", model->capacity_factor(), 1e4));
  return NotNegative("model.aux_loss", model->aux_loss(), 1e4);
}

absl::Status ResolveModel(v1::ModelSpec* model) {
  if (model->has_preset()) {
    const ModelPreset* preset = FindModelPreset(model->preset());
    if (preset == nullptr) {
      return Bad("model.preset",
                 fmt::format("no preset \"{}\"; known: {}", model->preset(), ModelPresetNames()));
    }
    ApplyPreset(*preset, model);
  }
  const auto missing = [](std::string_view field) {
    return Bad(field, "missing; give it, or a model.preset that has it");
  };
  if (!model->has_architecture()) model->set_architecture(v1::ARCHITECTURE_GPT2);
  if (model->architecture() == v1::ARCHITECTURE_UNSPECIFIED) {
    return Bad("model.architecture", "use gpt2, llama or resnet");
  }
  const bool llama = model->architecture() == v1::ARCHITECTURE_LLAMA;
  const bool resnet = model->architecture() == v1::ARCHITECTURE_RESNET;
  if (resnet) RINGSIDE_RETURN_IF_ERROR(ResolveResnetModel(model));
  if (!model->has_layers()) return missing("model.layers");
  if (!model->has_hidden()) return missing("model.hidden");
  if (!model->has_heads()) return missing("model.heads");
  if (!model->has_vocab()) return missing("model.vocab");
  if (!model->has_seq_len()) return missing("model.seq_len");
  RINGSIDE_RETURN_IF_ERROR(InRange("model.layers", model->layers(), 1, 4096));
  RINGSIDE_RETURN_IF_ERROR(InRange("model.hidden", model->hidden(), 1, 1 << 18));
  RINGSIDE_RETURN_IF_ERROR(InRange("model.heads", model->heads(), 1, 1 << 12));
  if (!model->has_ffn_hidden()) {
    model->set_ffn_hidden(llama ? (8 * model->hidden() / 3 + 7) / 8 * 8 : 4 * model->hidden());
  }
  RINGSIDE_RETURN_IF_ERROR(InRange("model.ffn_hidden", model->ffn_hidden(), 1, 1 << 20));
  RINGSIDE_RETURN_IF_ERROR(InRange("model.vocab", model->vocab(), 2, 1 << 22));
  RINGSIDE_RETURN_IF_ERROR(InRange("model.seq_len", model->seq_len(), 1, 1 << 20));
  RINGSIDE_RETURN_IF_ERROR(Divides("model.heads", model->heads(), "model.hidden", model->hidden()));
  if (!model->has_kv_heads()) model->set_kv_heads(model->heads());
  RINGSIDE_RETURN_IF_ERROR(InRange("model.kv_heads", model->kv_heads(), 1, model->heads()));
  RINGSIDE_RETURN_IF_ERROR(Divides("model.kv_heads", model->kv_heads(), "model.heads", model->heads()));
  if (!llama && model->kv_heads() != model->heads()) {
    return Bad("model.kv_heads", "gpt2 has as many as heads; use architecture: llama");
  }
  if (!model->has_rope_theta()) model->set_rope_theta(10000);
  RINGSIDE_RETURN_IF_ERROR(Positive("model.rope_theta", model->rope_theta()));
  if (llama && model->hidden() / model->heads() % 2 != 0) {
    return Bad("model.heads", "rotary positions need heads of an even width");
  }
  if (!model->has_tie_embeddings()) model->set_tie_embeddings(!llama);
  if (!model->has_activation()) model->set_activation(v1::ACTIVATION_GELU);
  if (model->activation() == v1::ACTIVATION_UNSPECIFIED)
    return Bad("model.activation", "use gelu, relu or sigmoid");
  if (llama && model->activation() != v1::ACTIVATION_GELU) {
    return Bad("model.activation", "llama has SwiGLU; leave it out");
  }
  if (!model->has_dropout()) model->set_dropout(0);
  RINGSIDE_RETURN_IF_ERROR(Fraction("model.dropout", model->dropout()));
  if (!model->has_init_std()) model->set_init_std(0.02);
  RINGSIDE_RETURN_IF_ERROR(Positive("model.init_std", model->init_std()));
  if (!model->has_norm_eps()) model->set_norm_eps(1e-5);
  RINGSIDE_RETURN_IF_ERROR(Positive("model.norm_eps", model->norm_eps()));
  return ResolveExperts(model);
}

absl::Status ResolveSchedule(const v1::ModelSpec& model, v1::ParallelPlan* plan) {
  if (!plan->has_schedule()) plan->set_schedule(v1::SCHEDULE_1F1B);
  const bool interleaved = plan->schedule() == v1::SCHEDULE_INTERLEAVED;
  if (!plan->has_interleave()) plan->set_interleave(interleaved ? 2 : 1);
  RINGSIDE_RETURN_IF_ERROR(InRange("plan.interleave", plan->interleave(), 1, 1024));
  if (plan->schedule() == v1::SCHEDULE_UNSPECIFIED) {
    return Bad("plan.schedule", "use gpipe, 1f1b, interleaved or zero_bubble");
  }
  if (!interleaved && plan->interleave() > 1) return Bad("plan.interleave", "needs schedule: interleaved");
  if (interleaved) {
    if (plan->pp() == 1) return Bad("plan.schedule", "interleaved needs pp of at least 2");
    RINGSIDE_RETURN_IF_ERROR(Divides("plan.pp", plan->pp(), "plan.micro_batches", plan->micro_batches()));
  }
  return Divides(interleaved ? "plan.pp * plan.interleave" : "plan.pp", plan->pp() * plan->interleave(),
                 "model.layers", model.layers());
}

absl::Status ResolveZero(v1::ParallelPlan* plan) {
  if (!plan->has_zero()) plan->set_zero(0);
  RINGSIDE_RETURN_IF_ERROR(InRange("plan.zero", plan->zero(), 0, 3));
  const int replicas = plan->dp() * plan->cp();
  if (plan->zero() == 0) {
    if (plan->has_zero_group() && plan->zero_group() != 1) {
      return Bad("plan.zero_group", "needs plan.zero of at least 1");
    }
    plan->set_zero_group(1);
  }
  if (!plan->has_zero_group()) plan->set_zero_group(replicas);
  RINGSIDE_RETURN_IF_ERROR(InRange("plan.zero_group", plan->zero_group(), 1, replicas));
  return Divides("plan.zero_group", plan->zero_group(), "plan.dp * plan.cp", replicas);
}

// Whether the sequences can be split as the plan says.
absl::Status CheckSequences(const v1::ModelSpec& model, const v1::ParallelPlan& plan) {
  if (plan.cp() > 1) {
    if (model.seq_len() % (2 * plan.cp()) != 0) {
      return Bad("plan.cp",
                 fmt::format("2 * {} does not divide model.seq_len = {}: every rank takes two pieces",
                             plan.cp(), model.seq_len()));
    }
    if (model.experts() > 0 && model.capacity_factor() > 0) {
      return Bad("plan.cp", "a capacity_factor is counted over whole sequences; use 0 (dropless) with cp");
    }
  }
  const int64_t rows = int64_t{plan.micro_batch()} * model.seq_len() / plan.cp();
  if (plan.sequence_parallel() && rows % plan.tp() != 0) {
    return Bad("plan.sequence_parallel",
               fmt::format("tp = {} does not divide the {} tokens of a micro-batch", plan.tp(), rows));
  }
  return absl::OkStatus();
}

absl::Status ResolvePlan(const v1::ModelSpec& model, v1::ParallelPlan* plan) {
  if (!plan->has_dp()) plan->set_dp(1);
  if (!plan->has_tp()) plan->set_tp(1);
  if (!plan->has_pp()) plan->set_pp(1);
  if (!plan->has_cp()) plan->set_cp(1);
  if (!plan->has_ep()) plan->set_ep(1);
  if (!plan->has_micro_batch()) plan->set_micro_batch(1);
  if (!plan->has_micro_batches()) plan->set_micro_batches(1);
  if (!plan->has_precision()) plan->set_precision(v1::PRECISION_FP32);
  if (!plan->has_bucket_mib()) plan->set_bucket_mib(4);
  if (!plan->has_recompute()) plan->set_recompute(v1::RECOMPUTE_NONE);
  if (!plan->has_sequence_parallel()) plan->set_sequence_parallel(false);
  if (!plan->has_algorithm()) plan->set_algorithm(v1::ALGORITHM_AUTO);
  if (!plan->has_sync_batch_norm()) plan->set_sync_batch_norm(true);
  RINGSIDE_RETURN_IF_ERROR(InRange("plan.dp", plan->dp(), 1, 1 << 20));
  RINGSIDE_RETURN_IF_ERROR(InRange("plan.tp", plan->tp(), 1, 1 << 12));
  RINGSIDE_RETURN_IF_ERROR(InRange("plan.pp", plan->pp(), 1, 1 << 12));
  RINGSIDE_RETURN_IF_ERROR(InRange("plan.cp", plan->cp(), 1, 1 << 12));
  RINGSIDE_RETURN_IF_ERROR(InRange("plan.ep", plan->ep(), 1, 1 << 12));
  if (static_cast<double>(plan->dp()) * plan->tp() * plan->pp() * plan->cp() > (1 << 20)) {
    return Bad("plan", "dp * tp * pp * cp is more than 1048576 ranks");
  }
  RINGSIDE_RETURN_IF_ERROR(InRange("plan.micro_batch", plan->micro_batch(), 1, 1 << 16));
  RINGSIDE_RETURN_IF_ERROR(InRange("plan.micro_batches", plan->micro_batches(), 1, 1 << 14));
  RINGSIDE_RETURN_IF_ERROR(Positive("plan.bucket_mib", plan->bucket_mib()));
  if (plan->bucket_mib() > 1 << 20) return Bad("plan.bucket_mib", "more than a TiB");
  if (plan->recompute() == v1::RECOMPUTE_UNSPECIFIED) {
    return Bad("plan.recompute", "use none, selective or full");
  }
  if (plan->precision() == v1::PRECISION_UNSPECIFIED) {
    return Bad("plan.precision", "use fp32, bf16, fp16 or fp64");
  }
  if (model.architecture() == v1::ARCHITECTURE_RESNET) RINGSIDE_RETURN_IF_ERROR(CheckResnetPlan(*plan));
  RINGSIDE_RETURN_IF_ERROR(ResolveZero(plan));
  RINGSIDE_RETURN_IF_ERROR(Divides("plan.ep", plan->ep(), "plan.dp", plan->dp()));
  if (plan->ep() > 1 && model.experts() == 0) return Bad("plan.ep", "the model has no experts");
  if (model.experts() > 0)
    RINGSIDE_RETURN_IF_ERROR(Divides("plan.ep", plan->ep(), "model.experts", model.experts()));
  RINGSIDE_RETURN_IF_ERROR(Divides("plan.tp", plan->tp(), "model.heads", model.heads()));
  RINGSIDE_RETURN_IF_ERROR(Divides("plan.tp", plan->tp(), "model.kv_heads", model.kv_heads()));
  RINGSIDE_RETURN_IF_ERROR(Divides("plan.tp", plan->tp(), "model.ffn_hidden", model.ffn_hidden()));
  if (plan->tp() > model.vocab()) return Bad("plan.tp", "more ways than model.vocab has rows");
  RINGSIDE_RETURN_IF_ERROR(CheckSequences(model, *plan));
  return ResolveSchedule(model, plan);
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
        fmt::format("dp * tp * pp * cp = {} ranks, but the cluster has nodes * devices_per_node = {} devices",
                    ranks, devices));
  }
  if (!cluster->has_device()) cluster->set_device("local-cpu");
  if (!cluster->has_placement()) cluster->set_placement(v1::PLACEMENT_TP_INSIDE);
  if (cluster->placement() == v1::PLACEMENT_UNSPECIFIED) {
    return Bad("cluster.placement", "use tp_inside or tp_across");
  }
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

absl::Status ResolveLrSchedule(int steps, v1::OptimizerSpec* optimizer) {
  if (!optimizer->has_warmup_steps()) optimizer->set_warmup_steps(0);
  if (!optimizer->has_lr_schedule()) optimizer->set_lr_schedule(v1::LR_SCHEDULE_CONSTANT);
  RINGSIDE_RETURN_IF_ERROR(
      InRange("run.optimizer.warmup_steps", optimizer->warmup_steps(), 0, 1'000'000'000));
  if (!optimizer->has_decay_steps())
    optimizer->set_decay_steps(std::max(steps, optimizer->warmup_steps() + 1));
  if (!optimizer->has_min_lr()) optimizer->set_min_lr(optimizer->lr() / 10);
  RINGSIDE_RETURN_IF_ERROR(InRange("run.optimizer.decay_steps", optimizer->decay_steps(),
                                   optimizer->warmup_steps() + 1, 1'000'000'001));
  RINGSIDE_RETURN_IF_ERROR(NotNegative("run.optimizer.min_lr", optimizer->min_lr(), optimizer->lr()));
  if (optimizer->lr_schedule() == v1::LR_SCHEDULE_UNSPECIFIED) {
    return Bad("run.optimizer.lr_schedule", "use constant or cosine");
  }
  return absl::OkStatus();
}

absl::Status ResolveOptimizer(int steps, v1::OptimizerSpec* optimizer) {
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
  if (!optimizer->has_grad_clip()) optimizer->set_grad_clip(0);
  if (!optimizer->has_loss_scale()) optimizer->set_loss_scale(65536);
  RINGSIDE_RETURN_IF_ERROR(NotNegative("run.optimizer.grad_clip", optimizer->grad_clip(), 1e9));
  RINGSIDE_RETURN_IF_ERROR(NotNegative("run.optimizer.loss_scale", optimizer->loss_scale(), 1e30));
  return ResolveLrSchedule(steps, optimizer);
}

absl::Status ResolveRun(const v1::ModelSpec& model, const v1::ParallelPlan& plan, v1::RunSpec* run) {
  if (!run->has_steps()) run->set_steps(10);
  RINGSIDE_RETURN_IF_ERROR(InRange("run.steps", run->steps(), 1, 1'000'000));
  if (!run->has_warmup()) run->set_warmup(std::min(2, run->steps() - 1));
  if (run->warmup() < 0 || run->warmup() >= run->steps()) {
    return Bad("run.warmup", fmt::format("{} is outside of 0..{}: no step would be left to measure",
                                         run->warmup(), run->steps() - 1));
  }
  if (!run->has_seed()) run->set_seed(1);
  if (!run->has_data()) run->set_data(v1::DATA_SYNTHETIC);
  if (run->data() == v1::DATA_UNSPECIFIED) return Bad("run.data", "use synthetic or corpus");
  if (run->data() == v1::DATA_CORPUS && model.vocab() < 256) {
    return Bad(
        "run.data",
        fmt::format("a corpus is read byte by byte: model.vocab must be at least 256, is {}", model.vocab()));
  }
  if (!run->has_dataset_samples()) run->set_dataset_samples(0);
  if (model.architecture() == v1::ARCHITECTURE_RESNET) RINGSIDE_RETURN_IF_ERROR(CheckResnetRun(*run));
  if (!run->has_eval_micro_batches()) run->set_eval_micro_batches(0);
  if (!run->has_checkpoint_every()) run->set_checkpoint_every(0);
  if (!run->has_trace_norms()) run->set_trace_norms(false);
  RINGSIDE_RETURN_IF_ERROR(InRange("run.dataset_samples", run->dataset_samples(), 0, int64_t{1} << 50));
  RINGSIDE_RETURN_IF_ERROR(InRange("run.eval_micro_batches", run->eval_micro_batches(), 0, 1024));
  RINGSIDE_RETURN_IF_ERROR(InRange("run.checkpoint_every", run->checkpoint_every(), 0, 1'000'000));
  RINGSIDE_RETURN_IF_ERROR(ResolveOptimizer(run->steps(), run->mutable_optimizer()));
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

// A mistake that the run cannot make would be a run without one.
absl::Status CheckDefect(const std::string& field, v1::DefectKind kind, const v1::Scenario& scenario) {
  const bool replicas = scenario.plan().dp() > 1;
  switch (kind) {
    case v1::DEFECT_GRADIENTS_SUMMED:
    case v1::DEFECT_SAME_DATA:
      return replicas ? absl::OkStatus() : Bad(field, "needs replicas: plan.dp of at least 2");
    case v1::DEFECT_DROPOUT_IN_EVAL:
      if (scenario.model().dropout() > 0 && scenario.run().eval_micro_batches() > 0) return absl::OkStatus();
      return Bad(field, "dropout_in_eval needs model.dropout and run.eval_micro_batches above 0");
    case v1::DEFECT_BATCH_NORM_UNSYNCED:
      if (replicas && scenario.model().architecture() == v1::ARCHITECTURE_RESNET) return absl::OkStatus();
      return Bad(field, "batch_norm_unsynced needs model.architecture resnet and plan.dp of at least 2");
    case v1::DEFECT_LABELS_SHUFFLED:
      return absl::OkStatus();
    default:
      return Bad(field, "missing; docs/debugging.md has the kinds");
  }
}

absl::Status CheckFault(std::string_view field, const v1::Fault& fault, int ranks,
                        const v1::Scenario& scenario) {
  const v1::ClusterSpec& cluster = scenario.cluster();
  const v1::RunSpec& run = scenario.run();
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
    case v1::Fault::kStraggler:
      RINGSIDE_RETURN_IF_ERROR(
          InRange(fmt::format("{}.straggler.rank", field), fault.straggler().rank(), 0, ranks - 1));
      if (fault.straggler().factor() > 1 && fault.straggler().factor() <= 1000) return absl::OkStatus();
      return Bad(fmt::format("{}.straggler.factor", field),
                 fmt::format("{} is outside of (1, 1000]", fault.straggler().factor()));
    case v1::Fault::kJitterLink:
      RINGSIDE_RETURN_IF_ERROR(InRange(fmt::format("{}.jitter_link.node", field), fault.jitter_link().node(),
                                       0, cluster.nodes() - 1));
      if (fault.jitter_link().mean_us() > 0 && fault.jitter_link().mean_us() <= 1e6) return absl::OkStatus();
      return Bad(fmt::format("{}.jitter_link.mean_us", field),
                 fmt::format("{} is outside of (0, 1e6]", fault.jitter_link().mean_us()));
    case v1::Fault::kDefect:
      return CheckDefect(fmt::format("{}.defect.kind", field), fault.defect().kind(), scenario);
    case v1::Fault::KIND_NOT_SET:
      break;
  }
  return Bad(field, "empty; use slow_link, jitter_link, straggler, kill_rank, hang_rank or defect");
}

// Of one place only one slowdown of a kind can take effect.
absl::Status CheckFaults(int ranks, const v1::Scenario& scenario) {
  if (scenario.faults_size() > 1000) return Bad("faults", "more than 1000");
  std::map<std::pair<v1::Fault::KindCase, int>, int> first;  // (kind, rank or node) -> fault
  for (int i = 0; i < scenario.faults_size(); ++i) {
    const v1::Fault& fault = scenario.faults(i);
    const std::string field = fmt::format("faults[{}]", i);
    RINGSIDE_RETURN_IF_ERROR(CheckFault(field, fault, ranks, scenario));
    const int place = fault.has_straggler()     ? fault.straggler().rank()
                      : fault.has_slow_link()   ? fault.slow_link().node()
                      : fault.has_jitter_link() ? fault.jitter_link().node()
                                                : -1;
    if (place < 0) continue;
    const auto [before, is_new] = first.try_emplace({fault.kind_case(), place}, i);
    if (!is_new)
      return Bad(field, fmt::format("faults[{}] says the same of {} already", before->second, place));
  }
  return absl::OkStatus();
}

// Places of an expert for one sequence.
int64_t ExpertCapacity(const v1::ModelSpec& model, int64_t seq_len) {
  if (model.experts() == 0) return 0;
  if (model.capacity_factor() == 0) return seq_len;
  const double average = static_cast<double>(seq_len) * model.experts_per_token() / model.experts();
  return std::clamp<int64_t>(static_cast<int64_t>(std::ceil(model.capacity_factor() * average)), 1, seq_len);
}

// What no program could hold or count, found out before one is built. In doubles: the products overflow.
absl::Status CheckSize(const Resolved& r) {
  if (r.resnet()) return CheckResnetSize(r, kMaxOpsOfRank);
  const double rows = static_cast<double>(r.micro_batch) * r.local_seq_len();
  const double widest = std::max({3.0 * r.hidden, 2.0 * r.ffn_hidden, static_cast<double>(r.vocab)}) / r.tp;
  const double seq_len = r.seq_len;
  const double expert_rows =
      static_cast<double>(r.micro_batch) * static_cast<double>(r.expert_capacity) * r.experts;
  if (std::max(rows, expert_rows) * widest > kMaxBufferElems || expert_rows > INT32_MAX) {
    return Bad("model.seq_len",
               fmt::format("with plan.micro_batch {} an activation has more than {:.0e} elements; "
                           "use shorter sequences or a smaller micro-batch",
                           r.micro_batch, kMaxBufferElems));
  }
  const double matrices = 4.0 * r.hidden * r.hidden + 3.0 * r.hidden * r.ffn_hidden * std::max(1, r.experts);
  const double parameters = r.layers * matrices + (2 * static_cast<double>(r.vocab) + seq_len) * r.hidden;
  if (parameters / r.pp / r.tp / r.ep > kMaxBufferElems) {
    return Bad("model", fmt::format("{:.2g} parameters are more than {} ranks can address", parameters,
                                    r.pp * r.tp * r.ep));
  }
  const double flops =
      6.0 * parameters * static_cast<double>(r.tokens_per_step()) +
      6.0 * r.layers * seq_len * (seq_len + 1) * r.hidden * static_cast<double>(r.global_batch());
  if (flops / r.world_size() > 9e18) {
    return Bad(
        "plan",
        fmt::format(
            "{:.2g} floating-point operations of a rank in a step are more than this version counts (9e18)",
            flops / r.world_size()));
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
  double block = 60;
  if (r.recompute == v1::RECOMPUTE_FULL) block += 20;
  if (r.sequence_parallel) block += 20;
  if (r.scenario.plan().zero() >= 2) block += 15;
  if (r.experts > 0) block += 30;
  if (r.cp > 1) block += 12.0 * r.cp;
  const double params_of_block = 12 + 2.0 * r.experts / r.ep;
  const double micro_batches = r.micro_batches + r.scenario.run().eval_micro_batches();
  return micro_batches * (layers * block + 40 * r.chunks) + 5 * params_of_block * layers;
}

bool Resolved::HasDefect(v1::DefectKind kind) const {
  for (const v1::Fault& fault : scenario.faults()) {
    if (fault.has_defect() && fault.defect().kind() == kind) return true;
  }
  return false;
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
  const int ranks = plan.dp() * plan.tp() * plan.pp() * plan.cp();
  RINGSIDE_RETURN_IF_ERROR(ResolveCluster(ranks, r.scenario.mutable_cluster()));
  RINGSIDE_RETURN_IF_ERROR(ResolveRun(model, plan, r.scenario.mutable_run()));
  RINGSIDE_RETURN_IF_ERROR(CheckFaults(ranks, r.scenario));
  r.architecture = model.architecture();
  r.layers = model.layers(), r.hidden = model.hidden(), r.heads = model.heads(),
  r.kv_heads = model.kv_heads();
  r.ffn_hidden = model.ffn_hidden(), r.vocab = model.vocab(), r.seq_len = model.seq_len();
  r.experts = model.experts(), r.experts_per_token = model.experts_per_token();
  r.tied = model.tie_embeddings();
  r.dp = plan.dp(), r.tp = plan.tp(), r.pp = plan.pp(), r.cp = plan.cp(), r.ep = plan.ep();
  r.micro_batch = plan.micro_batch(), r.micro_batches = plan.micro_batches();
  r.chunks = plan.interleave();
  r.zero_group = plan.zero_group();
  r.sequence_parallel = plan.sequence_parallel() && r.tp > 1;
  r.schedule = plan.schedule();
  r.recompute = plan.recompute();
  r.expert_capacity = ExpertCapacity(model, r.local_seq_len());
  r.overlap_grad_reduce = r.overlap_param_gather = false;
  for (int overlap : plan.overlap()) {
    r.overlap_grad_reduce |= overlap == v1::OVERLAP_GRAD_REDUCE;
    r.overlap_param_gather |= overlap == v1::OVERLAP_PARAM_GATHER;
  }
  r.real = RealOf(plan.precision());
  // In doubles: the products overflow.
  const double batch = static_cast<double>(r.global_batch());
  if (batch * r.seq_len > kMaxTokens || batch * r.scenario.run().steps() > kMaxTokens) {
    return Bad("plan", fmt::format("dp * micro_batch * micro_batches is {:.2g} samples a step: more tokens a "
                                   "step, or samples a run, than this version counts ({:.0e})",
                                   batch, kMaxTokens));
  }
  RINGSIDE_RETURN_IF_ERROR(CheckSize(r));
  return r;
}

namespace {

// Weights of a block's matrices that a token is multiplied by; of all of them with every expert.
int64_t BlockMatrixWeights(const Resolved& r, bool every_expert) {
  const int64_t c = r.hidden, kv = int64_t{r.kv_heads} * r.head_dim();
  const int64_t attention = 2 * c * c + 2 * c * kv;
  const int64_t mlp = (r.llama() ? 3 : 2) * c * r.ffn_hidden;
  if (r.experts == 0) return attention + mlp;
  return attention + c * r.experts + mlp * (every_expert ? r.experts : r.experts_per_token);
}

}  // namespace

int64_t NumParameters(const Resolved& r) {
  if (r.resnet()) return ResnetParameters(r);
  const int64_t c = r.hidden;
  int64_t block = BlockMatrixWeights(r, /*every_expert=*/true) + 2 * c;  // and the norms' gains
  int64_t ends = int64_t{r.vocab} * c * (r.tied ? 1 : 2) + c;
  if (!r.llama()) {
    block += 2 * c + 3 * c + c;  // biases of the norms and of attention
    if (r.experts == 0) block += r.ffn_hidden + c;
    ends += int64_t{r.seq_len} * c + c;
  }
  return r.layers * block + ends;
}

double ModelFlopsPerStep(const Resolved& r) {
  if (r.resnet()) return ResnetFlopsPerStep(r);
  // A matrix weight costs 2 FLOPs a token forward and 4 backward; attention two products forward and four
  // backward over the causal half: T (T + 1) / 2 pairs a head, 2 D FLOPs each.
  // In doubles: they are exact up to 2^53, and the products go beyond 2^63.
  const double c = r.hidden, t = r.seq_len, layers = r.layers;
  const double matrix_weights =
      layers * static_cast<double>(BlockMatrixWeights(r, /*every_expert=*/false)) + r.vocab * c;
  const double attention_per_sequence = layers * 6 * t * (t + 1) * c;
  return 6.0 * matrix_weights * static_cast<double>(r.tokens_per_step()) +
         attention_per_sequence * static_cast<double>(r.global_batch());
}

}  // namespace ringside::plan
