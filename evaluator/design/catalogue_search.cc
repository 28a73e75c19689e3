#include "evaluator/design/catalogue_search.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/status_macros.h"
#include "evaluator/design/objective.h"
#include "evaluator/design/plan_defaults.h"
#include "evaluator/design/training.h"
#include "fmt/format.h"
#include "sim/catalogue/catalogue.h"

namespace ringside::evaluator {
namespace {

// Clusters of the catalogue rarely profit from more, and the space grows with it.
constexpr int kMaxMicroBatch = 8;

template <typename T, typename V>
void Fix(bool given, V value, std::optional<T>* out) {
  if (given) *out = static_cast<T>(value);
}

void FixSpace(const v1::ParallelPlan& fixed, sim::SearchSpace* space) {
  Fix(fixed.has_dp(), fixed.dp(), &space->dp);
  Fix(fixed.has_tp(), fixed.tp(), &space->tp);
  Fix(fixed.has_pp(), fixed.pp(), &space->pp);
  Fix(fixed.has_cp(), fixed.cp(), &space->cp);
  Fix(fixed.has_ep(), fixed.ep(), &space->ep);
  Fix(fixed.has_zero(), fixed.zero(), &space->zero);
  Fix(fixed.has_zero_group(), fixed.zero_group(), &space->zero_group);
  Fix(fixed.has_micro_batch(), fixed.micro_batch(), &space->micro_batch);
  Fix(fixed.has_interleave(), fixed.interleave(), &space->interleave);
  Fix(fixed.has_schedule(), fixed.schedule(), &space->schedule);
  Fix(fixed.has_recompute(), fixed.recompute(), &space->recompute);
  Fix(fixed.has_sequence_parallel(), fixed.sequence_parallel(), &space->sequence_parallel);
}

// Days and money within what the question allows.
absl::StatusOr<bool> KeepsLimits(const v1::DesignQuestion& question, const sim::FoundPlan& plan) {
  const v1::DesignConstraints& constraints = question.constraints();
  if (!constraints.has_deadline_days() && !constraints.has_budget()) return true;
  RINGSIDE_ASSIGN_OR_RETURN(const Training training,
                            TrainingOf(question, plan.tokens_per_s, plan.point.ranks(), std::nullopt));
  return (!constraints.has_deadline_days() || training.days <= constraints.deadline_days()) &&
         (!constraints.has_budget() || training.cost <= constraints.budget());
}

// What an answer would have to write: neither what the question fixes nor placement.
v1::ParallelPlan AsPlan(const v1::DesignQuestion& question, const sim::FoundPlan& found,
                        int devices_per_node) {
  v1::Scenario base;
  v1::ParallelPlan plan = sim::ScenarioOf(base, found.point, devices_per_node).plan();
  const absl::StatusOr<v1::ParallelPlan> completed = Completed(question, plan);
  return completed.ok() ? *completed : plan;
}

}  // namespace

sim::SearchRequest RequestOf(const v1::DesignQuestion& question, int ranks) {
  const v1::DesignConstraints& constraints = question.constraints();
  sim::SearchRequest request;
  request.base.set_name(question.id());
  *request.base.mutable_model() = question.model();
  *request.base.mutable_cluster() = question.cluster();
  *request.base.mutable_run() = question.run();
  const absl::StatusOr<v1::ParallelPlan> base = Completed(question, {});
  if (base.ok()) {  // buckets and overlap
    *request.base.mutable_plan()->mutable_overlap() = base->overlap();
    request.base.mutable_plan()->set_bucket_mib(base->bucket_mib());
  }
  request.space.ranks = ranks;
  request.space.global_batch = constraints.global_batch();
  request.space.max_micro_batch = std::min(constraints.max_micro_batch(), kMaxMicroBatch);
  FixSpace(constraints.fixed(), &request.space);
  request.space.placement =
      question.cluster().has_placement() ? question.cluster().placement() : v1::PLACEMENT_TP_INSIDE;
  if (constraints.fixed().has_precision()) {
    request.space.precisions = {constraints.fixed().precision()};
  } else {
    request.space.precisions.clear();
    for (const int precision : constraints.precisions())
      request.space.precisions.push_back(static_cast<v1::Precision>(precision));
  }
  request.top = 1;
  request.price_per_device_hour = question.price_per_device_hour();
  request.objective = question.objective() == v1::OBJECTIVE_MEMORY ? sim::SearchObjective::kMemory
                                                                   : sim::SearchObjective::kThroughput;
  return request;
}

absl::StatusOr<CatalogueSearch> SearchQuestion(const v1::DesignQuestion& question,
                                               const std::function<bool()>& cancelled) {
  RINGSIDE_ASSIGN_OR_RETURN(const sim::GpuCluster cluster,
                            sim::GpuClusterOf(sim::BuiltInCatalogue(), question.cluster()));
  const int most = question.constraints().ranks();
  std::optional<CatalogueSearch> best;
  Worth best_worth;
  int64_t plans = 0;
  absl::Status refusal = absl::FailedPreconditionError(
      fmt::format("question {}: no plan keeps its deadline and budget", question.id()));
  for (int ranks = most; ranks >= 1; --ranks) {
    if (most % ranks != 0 || (ranks < most && !question.constraints().at_most())) continue;
    sim::SearchRequest request = RequestOf(question, ranks);
    request.cancelled = cancelled;
    const absl::StatusOr<sim::SearchResult> found = sim::SearchCatalogue(request, cluster);
    if (absl::IsCancelled(found.status())) return found.status();
    if (!found.ok()) {
      if (ranks == most) refusal = found.status();
      continue;
    }
    plans += found->counts.valid;
    const sim::FoundPlan& fastest = found->plans.front();
    RINGSIDE_ASSIGN_OR_RETURN(const bool keeps, KeepsLimits(question, fastest));
    if (!keeps) continue;
    Measurement measured;
    measured.tokens_per_s = fastest.tokens_per_s;
    measured.ranks = ranks;
    measured.peak_bytes = fastest.peak_bytes;
    RINGSIDE_ASSIGN_OR_RETURN(const Worth worth, WorthOf(question, measured));
    if (best.has_value() && worth.Over(best_worth) <= 1) continue;
    best = CatalogueSearch{AsPlan(question, fastest, cluster.devices_per_node), 0};
    best_worth = worth;
  }
  if (!best.has_value()) return refusal;
  best->plans = plans;
  return *std::move(best);
}

}  // namespace ringside::evaluator
