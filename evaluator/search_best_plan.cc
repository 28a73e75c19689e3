#include "evaluator/search_best_plan.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/status_macros.h"
#include "evaluator/design/alternatives.h"
#include "evaluator/design/catalogue_search.h"
#include "evaluator/design/objective.h"
#include "evaluator/design/plan_defaults.h"
#include "evaluator/design/scenario_of.h"
#include "fmt/format.h"
#include "sim/search/local_search.h"

namespace ringside::evaluator {
namespace {

// What the search varies beside the layout: gradients reduced after the backward pass or while it goes on.
std::vector<v1::Scenario> Bases(const v1::DesignQuestion& question) {
  v1::Scenario base;
  base.set_name(question.id());
  *base.mutable_model() = question.model();
  *base.mutable_cluster() = question.cluster();
  *base.mutable_run() = question.run();
  *base.mutable_faults() = question.faults();
  v1::Scenario overlapped = base;
  overlapped.mutable_plan()->add_overlap(v1::OVERLAP_GRAD_REDUCE);
  return {base, overlapped};
}

constexpr size_t kMostSteppedFrom = 8;

struct Candidates {
  std::vector<v1::ParallelPlan> plans;  // the best ones, by what the simulator says
  size_t considered = 0;
};

// Where the question fixes the layout, the search's few variations of other layouts are none of it: one step
// further from each plan that it leaves, by the runner's own predictions.
void AddSteps(const v1::DesignQuestion& question, const std::vector<v1::ParallelPlan>& allowed,
              DesignRunner& runner, std::vector<sim::RankedPlan>* found, size_t* considered) {
  for (const v1::ParallelPlan& plan : allowed) {
    for (const Alternative& step : AlternativesOf(question, plan, plan)) {
      const absl::StatusOr<v1::Scenario> scenario = ScenarioOf(question, step.plan);
      if (!scenario.ok()) continue;
      const absl::StatusOr<Outcome> outcome = runner.Predict(*scenario);
      if (!outcome.ok()) continue;
      ++*considered;
      if (outcome->infeasible) continue;
      sim::RankedPlan ranked;
      ranked.plan = step.plan;
      ranked.feasible = true;
      ranked.tokens_per_s = outcome->measurement.tokens_per_s;
      ranked.peak_bytes = outcome->measurement.peak_bytes;
      found->push_back(std::move(ranked));
    }
  }
}

absl::StatusOr<Candidates> Search(const v1::DesignQuestion& question, const v1::DeviceProfile& profile,
                                  DesignRunner& runner, int keep, const std::function<bool()>& cancelled) {
  sim::SearchConstraints constraints;
  constraints.ranks = question.constraints().ranks();
  constraints.global_batch = question.constraints().global_batch();
  constraints.max_micro_batch = question.constraints().max_micro_batch();
  const bool memory = question.objective() == v1::OBJECTIVE_MEMORY;
  std::vector<sim::RankedPlan> found;
  size_t considered = 0;
  std::vector<v1::ParallelPlan> allowed;
  std::string refusal;
  for (const v1::Scenario& base : Bases(question)) {
    RINGSIDE_ASSIGN_OR_RETURN(
        std::vector<sim::RankedPlan> ranked,
        sim::SearchPlans(base, constraints, profile,
                         memory ? v1::OBJECTIVE_MEMORY : v1::OBJECTIVE_TOKENS_PER_S, 0, cancelled));
    for (sim::RankedPlan& plan : ranked) {
      if (plan.plan.dp() == 1 && plan.plan.overlap_size() > 0) continue;  // nothing to overlap
      if (!Completed(question, plan.plan).ok()) continue;                 // the question fixes it otherwise
      ++considered;
      if (question.constraints().has_fixed() && allowed.size() < kMostSteppedFrom)
        allowed.push_back(plan.plan);
      if (plan.feasible)
        found.push_back(std::move(plan));
      else if (refusal.empty())
        refusal = plan.reason;
    }
  }
  AddSteps(question, allowed, runner, &found, &considered);
  if (found.empty()) {
    return absl::FailedPreconditionError(fmt::format(
        "question {}: none of {} plans can be carried out, e.g. {}", question.id(), considered, refusal));
  }
  std::stable_sort(found.begin(), found.end(), [&](const sim::RankedPlan& a, const sim::RankedPlan& b) {
    return memory ? a.peak_bytes < b.peak_bytes : a.tokens_per_s > b.tokens_per_s;
  });
  Candidates candidates;
  candidates.considered = considered;
  for (const sim::RankedPlan& plan : found) {
    if (static_cast<int>(candidates.plans.size()) < keep) candidates.plans.push_back(plan.plan);
  }
  return candidates;
}

// One plan as the yardstick, run as the answers are.
absl::StatusOr<BestPlan> Yardstick(const v1::DesignQuestion& question, const v1::ParallelPlan& plan,
                                   DesignRunner& runner, std::string source) {
  RINGSIDE_ASSIGN_OR_RETURN(const v1::Scenario scenario, ScenarioOf(question, plan));
  RINGSIDE_ASSIGN_OR_RETURN(const Outcome outcome, runner.Run(scenario));
  if (outcome.infeasible.has_value()) {
    return absl::FailedPreconditionError(
        fmt::format("question {}: its best plan {}", question.id(), outcome.infeasible->reason));
  }
  return AsBestPlan(question.objective(), scenario.plan(), outcome, std::move(source));
}

}  // namespace

SearchBestPlan::SearchBestPlan(ProfileOf profile_of, int runs)
    : profile_of_(std::move(profile_of)), runs_(runs) {
  RINGSIDE_CHECK(runs_ >= 1);
}

absl::StatusOr<BestPlan> SearchBestPlan::Find(const v1::DesignQuestion& question, DesignRunner& runner,
                                              const std::function<bool()>& cancelled) {
  if (question.has_best_plan()) {
    return Yardstick(question, question.best_plan(), runner,
                     "the best of the whole space, as the search found it when the question was written");
  }
  if (IsOnCatalogue(question.cluster())) {
    RINGSIDE_ASSIGN_OR_RETURN(const CatalogueSearch found, SearchQuestion(question, cancelled));
    return Yardstick(question, found.plan, runner,
                     fmt::format("the best of all {} valid plans, shown by bounds", found.plans));
  }
  const std::string device = question.cluster().has_device() ? question.cluster().device() : "local-cpu";
  RINGSIDE_ASSIGN_OR_RETURN(const v1::DeviceProfile profile, profile_of_(device));
  RINGSIDE_ASSIGN_OR_RETURN(const Candidates candidates, Search(question, profile, runner, runs_, cancelled));

  std::optional<BestPlan> best;
  Worth best_worth;
  int judged = 0;
  absl::Status trouble;
  for (const v1::ParallelPlan& plan : candidates.plans) {
    if (cancelled && cancelled()) {
      return absl::CancelledError(
          fmt::format("stopped after {} of the {} plans ranked first", judged, candidates.plans.size()));
    }
    RINGSIDE_ASSIGN_OR_RETURN(const v1::Scenario scenario, ScenarioOf(question, plan));
    absl::StatusOr<Outcome> outcome = runner.Run(scenario);
    if (absl::IsUnavailable(outcome.status()) || absl::IsCancelled(outcome.status())) return outcome.status();
    if (!outcome.ok()) {
      trouble = outcome.status();
      continue;
    }
    if (outcome->infeasible || (best && best->basis != outcome->basis)) continue;
    ++judged;
    RINGSIDE_ASSIGN_OR_RETURN(const Worth worth, WorthOf(question, outcome->measurement));
    if (!best || worth.Over(best_worth) > 1) {
      best = AsBestPlan(question.objective(), scenario.plan(), *outcome, "");
      best_worth = worth;
    }
  }
  if (!best) {
    if (!trouble.ok()) return trouble;
    return absl::FailedPreconditionError(
        fmt::format("question {}: none of the {} plans ranked first fits when it is run", question.id(),
                    candidates.plans.size()));
  }
  best->source =
      fmt::format("best of {} plans put to the same test, the first of {} that the simulator ranked", judged,
                  candidates.considered);
  return *std::move(best);
}

}  // namespace ringside::evaluator
