#include "evaluator/design/question.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "base/status_macros.h"
#include "evaluator/design/plan_defaults.h"
#include "evaluator/design/question_parts.h"
#include "evaluator/design/scenario_of.h"
#include "fmt/format.h"
#include "proto/yaml.h"
#include "sim/catalogue/catalogue.h"
#include "sim/cost/gpu_cluster.h"

namespace ringside::evaluator {
namespace {

constexpr size_t kMaxIdBytes = 50;  // a scenario's name holds it and the plan, in 100
constexpr size_t kMaxTitleBytes = 200;
constexpr size_t kMaxPromptBytes = 64 * 1024;
constexpr int kMaxRanks = 1024;              // that are compiled one by one
constexpr int kMaxCatalogueRanks = 1 << 17;  // that are folded
constexpr int kMaxGlobalBatch = 1 << 14;

absl::Status Invalid(std::string_view field, std::string_view reason) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", field, reason));
}

bool IsId(std::string_view text) {
  if (text.empty() || text.size() > kMaxIdBytes) return false;
  for (const char c : text) {
    if (!absl::ascii_islower(c) && !absl::ascii_isdigit(c) && c != '-') return false;
  }
  return text.front() != '-';
}

absl::Status ResolveTexts(v1::DesignQuestion& question) {
  if (!IsId(question.id())) {
    return absl::InvalidArgumentError(fmt::format(
        "question: id: must be 1 to {} of a-z, 0-9 and '-', and not begin with '-'", kMaxIdBytes));
  }
  if (question.prompt().empty()) return Invalid("prompt", "is missing; say what is asked");
  if (question.prompt().size() > kMaxPromptBytes) {
    return Invalid("prompt", fmt::format("is longer than {} bytes", kMaxPromptBytes));
  }
  if (question.title().empty()) question.set_title(question.id());
  if (question.title().size() > kMaxTitleBytes) {
    return Invalid("title", fmt::format("is longer than {} bytes", kMaxTitleBytes));
  }
  if (question.objective() == v1::OBJECTIVE_UNSPECIFIED) question.set_objective(v1::OBJECTIVE_TOKENS_PER_S);
  return absl::OkStatus();
}

absl::Status ResolveRubric(v1::DesignQuestion& question) {
  v1::Rubric& rubric = *question.mutable_rubric();
  if (!rubric.has_feasibility()) rubric.set_feasibility(DefaultWeights::kFeasibility);
  if (!rubric.has_efficiency()) rubric.set_efficiency(DefaultWeights::kEfficiency);
  if (!rubric.has_throughput_prediction()) {
    rubric.set_throughput_prediction(DefaultWeights::kThroughputPrediction);
  }
  if (!rubric.has_memory_prediction()) rubric.set_memory_prediction(DefaultWeights::kMemoryPrediction);
  if (!rubric.has_bottleneck()) rubric.set_bottleneck(DefaultWeights::kBottleneck);
  double sum = 0;
  const auto* descriptor = rubric.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const double weight = rubric.GetReflection()->GetDouble(rubric, descriptor->field(i));
    if (!std::isfinite(weight) || weight < 0 || weight > 1e6) {
      return Invalid("rubric." + std::string(descriptor->field(i)->name()),
                     fmt::format("{} is no weight; give a number from 0 to 1000000", weight));
    }
    sum += weight;
  }
  if (sum <= 0) return Invalid("rubric", "all weights are 0; give at least one area a weight");
  return absl::OkStatus();
}

absl::Status ResolveConstraints(v1::DesignQuestion& question) {
  v1::DesignConstraints& constraints = *question.mutable_constraints();
  const bool catalogue = IsOnCatalogue(question.cluster());
  if (catalogue && constraints.ranks() > 0)
    sim::FillNodes(sim::BuiltInCatalogue(), constraints.ranks(), question.mutable_cluster());
  const int max_ranks = catalogue ? kMaxCatalogueRanks : kMaxRanks;
  const v1::ClusterSpec& cluster = question.cluster();
  if (!constraints.has_ranks()) {
    if (!cluster.has_devices_per_node()) {
      return Invalid("constraints.ranks",
                     "is missing, and the cluster gives no devices_per_node to take it from");
    }
    const int64_t nodes = cluster.has_nodes() ? cluster.nodes() : 1;
    const int64_t devices = nodes * cluster.devices_per_node();
    if (devices < 1 || devices > max_ranks) {
      return Invalid("cluster", fmt::format("has {} devices; give 1 to {}", devices, max_ranks));
    }
    constraints.set_ranks(static_cast<int>(devices));
  }
  if (constraints.ranks() < 1 || constraints.ranks() > max_ranks) {
    return Invalid("constraints.ranks", fmt::format("{} is not in 1 to {}", constraints.ranks(), max_ranks));
  }
  if (!constraints.has_global_batch()) {
    return Invalid("constraints.global_batch",
                   "is missing; without it answers could not be compared (sequences a step)");
  }
  const int batch = constraints.global_batch();
  if (batch < 1 || batch > kMaxGlobalBatch) {
    return Invalid("constraints.global_batch", fmt::format("{} is not in 1 to {}", batch, kMaxGlobalBatch));
  }
  if (!constraints.has_max_micro_batch()) constraints.set_max_micro_batch(batch);
  if (constraints.max_micro_batch() < 1 || constraints.max_micro_batch() > batch) {
    return Invalid("constraints.max_micro_batch", fmt::format("{} is not in 1 to the global batch of {}",
                                                              constraints.max_micro_batch(), batch));
  }
  if (catalogue && constraints.precisions_size() == 0 && !constraints.fixed().has_precision()) {
    const v1::GpuDevice* device = sim::FindDevice(sim::BuiltInCatalogue(), cluster.device());
    constraints.add_precisions(device->peak_tflops().bf16() > 0 ? v1::PRECISION_BF16 : v1::PRECISION_FP16);
  }
  return absl::OkStatus();
}

// A run that dies by design has no throughput to score.
absl::Status CheckFaults(const v1::DesignQuestion& question) {
  for (int i = 0; i < question.faults_size(); ++i) {
    if (IsOnCatalogue(question.cluster())) {
      return Invalid(fmt::format("faults[{}]", i), "clusters of the catalogue have none; see cluster.links");
    }
    if (question.faults(i).kind_case() == v1::Fault::kSlowLink) continue;
    return Invalid(fmt::format("faults[{}]", i), "only slow_link can be part of a design question");
  }
  return absl::OkStatus();
}

// Proves the question possible by finding a plan that divides, or by the best plan that is known;
// micro-batches of one sequence always keep max_micro_batch. The last refusal explains a question without
// any.
absl::Status CheckPossible(const v1::DesignQuestion& question) {
  if (question.has_best_plan()) {
    const absl::Status best = ScenarioOf(question, question.best_plan()).status();
    return best.ok() ? best : Invalid("best_plan", std::string(best.message()));
  }
  const v1::ParallelPlan& fixed = question.constraints().fixed();
  const int ranks = question.constraints().ranks() / std::max(1, fixed.cp());
  const int batch = question.constraints().global_batch();
  absl::Status refusal;
  for (int dp = 1; dp <= ranks; ++dp) {
    if (ranks % dp != 0 || batch % dp != 0) continue;
    for (int tp = 1; tp <= ranks / dp; ++tp) {
      if ((ranks / dp) % tp != 0) continue;
      v1::ParallelPlan plan;
      plan.set_dp(dp);
      plan.set_tp(tp);
      plan.set_pp(ranks / dp / tp);
      plan.set_micro_batch(1);
      plan.set_micro_batches(batch / dp);
      absl::Status status = ScenarioOf(question, plan).status();
      if (status.ok()) return status;
      refusal = std::move(status);
    }
  }
  if (!absl::StartsWith(refusal.message(), "plan")) return refusal;  // it lies with model, cluster or run
  return Invalid("constraints",
                 fmt::format("no plan of {} ranks and global batch {} is possible: {}",
                             question.constraints().ranks(), batch, std::string(refusal.message())));
}

}  // namespace

absl::StatusOr<v1::DesignQuestion> ResolveQuestion(v1::DesignQuestion question) {
  RINGSIDE_RETURN_IF_ERROR(ResolveTexts(question));
  if (!question.has_model()) return Invalid("model", "is missing; give a preset or the dimensions");
  if (!question.has_cluster()) return Invalid("cluster", "is missing; say where it is to run");
  RINGSIDE_RETURN_IF_ERROR(ResolveRubric(question));
  RINGSIDE_RETURN_IF_ERROR(ResolveConstraints(question));
  RINGSIDE_RETURN_IF_ERROR(CheckFaults(question));
  RINGSIDE_RETURN_IF_ERROR(ResolveWeeks(question));
  RINGSIDE_RETURN_IF_ERROR(CheckTeaching(question));
  RINGSIDE_RETURN_IF_ERROR(CheckPossible(question));
  return question;
}

absl::StatusOr<v1::DesignQuestion> ParseQuestion(std::string_view yaml, std::string_view file_name) {
  v1::DesignQuestion question;
  RINGSIDE_RETURN_IF_ERROR(proto::ParseYaml(yaml, file_name, &question));
  absl::StatusOr<v1::DesignQuestion> resolved = ResolveQuestion(std::move(question));
  if (!resolved.ok()) return proto::LocateError(resolved.status(), yaml, file_name);
  return resolved;
}

absl::StatusOr<v1::DesignQuestion> LoadQuestion(const std::string& path) {
  RINGSIDE_ASSIGN_OR_RETURN(const std::string yaml, proto::ReadYamlText(path));
  return ParseQuestion(yaml, path);
}

}  // namespace ringside::evaluator
