#include "sim/analytic/published_run.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "base/status_macros.h"
#include "sim/analytic/memory.h"
#include "sim/analytic/published_model.h"
#include "sim/catalogue/catalogue.h"

namespace ringside::sim::analytic {
namespace {

using absl::StrContains;

absl::StatusOr<double> Number(const CsvRow& row, std::string_view column, double otherwise) {
  const std::string& text = row.Text(column);
  if (text.empty()) return otherwise;
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (*end != '\0' || !std::isfinite(value))
    return absl::InvalidArgumentError(fmt::format("{}: \"{}\" is no number", column, text));
  return value;
}

absl::Status Whole(const CsvRow& row, std::string_view column, int otherwise, int least, int* out) {
  RINGSIDE_ASSIGN_OR_RETURN(const double value, Number(row, column, otherwise));
  if (value < least || value > 1e7 || value != std::floor(value))
    return absl::InvalidArgumentError(
        fmt::format("{}: {} is no whole number of at least {}", column, value, least));
  *out = static_cast<int>(value);
  return absl::OkStatus();
}

std::string Lower(const std::string& text) {
  return absl::AsciiStrToLower(text);
}

absl::StatusOr<Recipe> RecipeOf(const std::string& precision) {
  if (precision == "bf16" || precision.empty()) return Recipe::kBf16;
  if (precision == "fp16") return Recipe::kFp16;
  if (precision == "fp8" || precision == "mxfp8") return Recipe::kFp8;
  if (precision == "nvfp4" || precision == "fp4") return Recipe::kFp4;
  if (precision == "fp32" || precision == "tf32") return Recipe::kFp32;
  return absl::UnimplementedError(fmt::format("precision: {} is not known", precision));
}

// What "selective" means depends on who says it.
Recompute SelectiveOf(const std::string& note, const std::string& stack) {
  if (StrContains(note, "remat minimal")) return Recompute::kElementwise;  // outputs of products are kept
  if (StrContains(note, "core_attn")) return Recompute::kAttention;
  if (StrContains(note, "recompute modules")) return Recompute::kElementwise;
  if (stack == "torchtitan" || StrContains(note, "per-op sac")) return Recompute::kEveryOtherProduct;
  return Recompute::kAttention;
}

// What the note says of the container ("container YY.MM") and of the way to the experts. From 26.06 on the
// element-wise work of experts in MXFP8 is fused with their products, and where the configuration is not
// known it is that of the release: hybrid-ep, graphs of whole iterations.
void SetRelease(const std::string& note, Plan* plan) {
  const size_t at = note.find("container ");
  const double release = at == std::string::npos ? 0 : std::strtod(note.c_str() + at + 10, nullptr);
  if (release > 20 && release < 40) {
    const double year = std::floor(release), month = (release - year) * 100;
    plan->release_years = year + month / 12 - 26;
  }
  const bool fused = release > 26.055;
  const bool known = StrContains(note, "(config ");
  plan->fused_experts = fused && StrContains(note, "mxfp8");
  if (fused && !known) plan->graphed_share = 1;
  plan->sizes_on_host = !StrContains(note, "hybridep") && !StrContains(note, "token-drop") &&
                        !StrContains(note, "tokendrop") && plan->graphed_share < 1;
}

absl::Status SetPlan(const CsvRow& row, const std::string& note, const std::string& stack, Plan* plan) {
  RINGSIDE_RETURN_IF_ERROR(Whole(row, "tp", 1, 1, &plan->tp));
  RINGSIDE_RETURN_IF_ERROR(Whole(row, "pp", 1, 1, &plan->pp));
  RINGSIDE_RETURN_IF_ERROR(Whole(row, "vpp", 1, 1, &plan->chunks));
  RINGSIDE_RETURN_IF_ERROR(Whole(row, "cp", 1, 1, &plan->cp));
  RINGSIDE_RETURN_IF_ERROR(Whole(row, "ep", 1, 1, &plan->ep));
  RINGSIDE_RETURN_IF_ERROR(Whole(row, "dp", 1, 1, &plan->dp));
  RINGSIDE_RETURN_IF_ERROR(Whole(row, "zero_stage", 0, 0, &plan->zero));
  int gpus = 0;
  RINGSIDE_RETURN_IF_ERROR(Whole(row, "gpus", plan->tp * plan->pp * plan->cp * plan->dp, 1, &gpus));
  if (static_cast<double>(plan->tp) * plan->pp * plan->cp * plan->dp != gpus) {
    return absl::InvalidArgumentError(fmt::format("gpus: {} is not tp {} x pp {} x cp {} x dp {}", gpus,
                                                  plan->tp, plan->pp, plan->cp, plan->dp));
  }
  RINGSIDE_ASSIGN_OR_RETURN(plan->seq_len, Number(row, "seq_len", 0));
  RINGSIDE_ASSIGN_OR_RETURN(plan->global_batch, Number(row, "global_batch_seqs", 0));
  RINGSIDE_ASSIGN_OR_RETURN(plan->micro_batch, Number(row, "micro_batch", 0));
  if (!(plan->seq_len >= 1)) return absl::InvalidArgumentError("seq_len: missing");
  if (!(plan->global_batch > 0)) {
    plan->global_batch = plan->dp * (plan->micro_batch > 0 ? plan->micro_batch : 1);
  }
  RINGSIDE_ASSIGN_OR_RETURN(plan->recipe, RecipeOf(Lower(row.Text("precision"))));
  // Megatron and NeMo had no fused attention before 2023.
  const std::string attention = Lower(row.Text("attention"));
  plan->fused_attention =
      attention != "unfused" && !(attention == "unknown" && (stack == "nemo" || stack == "megatron"));
  plan->compiled = Lower(row.Text("compile")) == "yes";
  // "cuda_graph IMPLEMENTATION/SCOPE": of whole iterations, or of attention and the router only.
  if (StrContains(note, "cuda_graph full_iteration") ||
      StrContains(note, "cuda_graph local/full_iteration")) {
    plan->graphed_share = 1;
  } else if (StrContains(note, "cuda_graph transformer_engine") || StrContains(note, "cuda_graph local")) {
    plan->graphed_share = 0.5;
  }
  plan->expert_overlap = StrContains(note, "a2a overlap");
  SetRelease(note, plan);
  const bool per_tensor = StrContains(note, "fp8-cs") || StrContains(note, "fp8_cs");
  plan->fine_scales = !per_tensor && (StrContains(note, "mxfp8") || StrContains(note, "fp8-mx") ||
                                      StrContains(note, "fp8_mx") || StrContains(note, "rowwise"));
  plan->overlap_on = StrContains(note, "comm overlap on");
  plan->fp8_gather = StrContains(note, "fp8 all-gather") || StrContains(note, "fp8 ag");
  plan->offload_activations =
      StrContains(note, "activation cpu offload") || StrContains(note, "activation offload");
  plan->bf16_reduce = StrContains(note, "mp-mode pure");
  const std::string recompute = Lower(row.Text("recompute"));
  if (recompute == "full") plan->recompute = Recompute::kFull;
  if (recompute == "selective") plan->recompute = SelectiveOf(note, stack);
  plan->sequence_parallel = plan->tp > 1;
  return absl::OkStatus();
}

std::string NetworkOf(const CsvRow& row, const std::string& note, const v1::GpuDevice& device) {
  const std::string repo = Lower(row.Text("source_repo"));
  if (StrContains(note, "efa") || StrContains(repo, "ultrascale"))
    return device.memory_gib() < 60 || StrContains(device.name(), "A100") ? "efa-400" : "efa-3200";
  if (StrContains(note, "roce")) return StrContains(note, "1600 gbps") ? "roce-200" : device.scale_out();
  return device.scale_out();
}

bool FitsWell(const Problem& problem) {
  return PeakMemory(problem).total() < 0.92 * problem.device->memory_gib() * (1 << 30);
}

// What a source leaves out is taken to be what its authors would do: as many chunks as divide the layers, up
// to 8, where the note says that stages are interleaved; recompute only where memory demands it, and the
// largest micro-batch that fits where there is no pipeline, 1 where there is.
void FillUnknown(const CsvRow& row, Problem* problem) {
  Plan& plan = problem->plan;
  if (row.Text("vpp").empty() && plan.pp > 1 && StrContains(Lower(row.Text("source_note")), "interleaved")) {
    for (int chunks = 2; chunks <= 8; ++chunks)
      if (problem->model.layers % (plan.pp * chunks) == 0) plan.chunks = chunks;
    if (plan.chunks == 1 && problem->model.layers % plan.pp == 0)
      plan.chunks = problem->model.layers / plan.pp;
  }
  if (!(plan.micro_batch > 0)) {
    plan.micro_batch = 1;
    const double each = std::max(1.0, plan.global_batch / plan.dp);
    for (double size = 2; plan.pp == 1 && size <= std::min(4.0, each); size *= 2) {
      Problem larger = *problem;
      larger.plan.micro_batch = size;
      if (std::fmod(each, size) == 0 && FitsWell(larger)) plan.micro_batch = size;
    }
  }
  const std::string recompute = Lower(row.Text("recompute"));
  if ((recompute == "unknown" || recompute.empty()) && !FitsWell(*problem)) {
    plan.recompute = plan.fused_attention ? Recompute::kElementwise : Recompute::kAttention;
    if (!FitsWell(*problem) && !problem->stack->recomputes_rarely()) plan.recompute = Recompute::kFull;
  }
}

}  // namespace

CsvRow AsRun(const CsvRow& row) {
  if (row.Text("case").empty() || !row.Text("id").empty()) return row;
  CsvRow run = row;
  auto& cells = run.cells;
  const auto number = [&](const char* column) { return std::strtod(row.Text(column).c_str(), nullptr); };
  const double batch = number("micro_batch") * number("micro_batches") * number("dp");
  cells["id"] = "sb-" + row.Text("case");
  cells["source_repo"] = "SimuMax: Megatron Core, Transformer Engine 2.11";
  cells["model_name"] = row.Text("model");
  if (StrContains(row.Text("model"), "llama3_70b")) {
    cells["hidden"] = "8192", cells["heads"] = "64", cells["kv_heads"] = "8";
    cells["ffn_hidden"] = "28672", cells["vocab"] = "128256";
  }
  cells["gpu"] = "B200", cells["attention"] = "flash", cells["compile"] = "no", cells["trust"] = "A";
  cells["global_batch_seqs"] = fmt::format("{}", batch);
  cells["measured_tokens_per_s_per_gpu"] =
      fmt::format("{}", batch * number("seq_len") / number("measured_step_s") / number("gpus"));
  cells["measured_mem_gib_per_gpu"] = row.Text("measured_alloc_gib");
  return run;
}

std::string StackOfRun(const CsvRow& row) {
  const std::string repo = Lower(row.Text("source_repo")), note = Lower(row.Text("source_note"));
  const auto says = [&](std::string_view word) { return StrContains(repo, {word.data(), word.size()}); };
  const auto notes = [&](std::string_view word) { return StrContains(note, {word.data(), word.size()}); };
  const bool unfused = Lower(row.Text("attention")) == "unfused" || Lower(row.Text("attention")) == "unknown";
  const bool compiled = Lower(row.Text("compile")) == "yes";
  if (says("nanotron")) return "nanotron";
  if (says("jax") || says("maxtext") || says("paxml") || notes("jax") || notes("xla"))
    return notes("native xla") ? "jax" : "jax_te";
  if (says("torchtitan") || notes("torchtitan")) return compiled ? "torchtitan" : "fsdp";
  if (says("llm-foundry") || says("fsdp")) return "fsdp";
  if (says("deepspeed") && !says("megatron")) return "deepspeed";
  if (says("megatron-bridge")) return "megatron_bridge";
  if (says("nemo-framework-launcher")) return unfused ? "nemo" : "megatron_te";
  // NeMo of 2024 and later is what Megatron Bridge came from: the same core, exchange in pieces.
  if (says("nvidia/nemo") && !unfused) return "megatron_bridge";
  if (says("megatron") || says("nemo") || says("calculon") || says("llm-analysis") || says("bigscience") ||
      says("simumax") || notes("megatron") || notes("nemo")) {
    return unfused ? "megatron" : "megatron_te";
  }
  if (says("llm.c")) return "handwritten";
  if (says("flash-attention")) return "megatron";  // its own fused norms, losses and MLPs
  const std::string& zero = row.Text("zero_stage");
  if (compiled) return "compiled";
  if (row.Text("tp") != "1" || row.Text("pp") != "1") return unfused ? "megatron" : "megatron_te";
  if (zero == "1") return "deepspeed";
  return zero == "3" || zero == "2" ? "fsdp" : "eager";
}

absl::StatusOr<Problem> ProblemOfRun(const v1::Catalogue& catalogue, const CsvRow& row) {
  Problem problem;
  const std::string note = Lower(row.Text("source_note"));
  problem.device = FindDevice(catalogue, row.Text("gpu"));
  if (problem.device == nullptr)
    return absl::UnimplementedError(fmt::format("gpu: {} is not in the catalogue", row.Text("gpu")));
  const std::string stack = StackOfRun(row);
  problem.stack = FindStack(catalogue, stack);
  if (problem.stack == nullptr)
    return absl::InternalError(fmt::format("stack {} is not in the catalogue", stack));
  RINGSIDE_RETURN_IF_ERROR(SetPlan(row, note, stack, &problem.plan));
  RINGSIDE_ASSIGN_OR_RETURN(problem.model, ModelOfRun(row));
  problem.fabric.scale_up = FindLink(catalogue, problem.device->scale_up());
  problem.fabric.scale_out = FindLink(catalogue, NetworkOf(row, note, *problem.device));
  int node = 8;
  RINGSIDE_RETURN_IF_ERROR(Whole(row, "gpus_per_node", 8, 1, &node));
  problem.fabric.domain = problem.fabric.scale_up->domain() > 8 ? problem.fabric.scale_up->domain() : node;
  if (stack == "megatron" && problem.plan.recompute != Recompute::kAttention)
    problem.plan.sequence_parallel = false;
  FillUnknown(row, &problem);
  return problem;
}

}  // namespace ringside::sim::analytic
