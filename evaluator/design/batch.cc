#include "evaluator/design/batch.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "base/status_macros.h"
#include "evaluator/design/answer.h"
#include "evaluator/design/caching_runner.h"
#include "evaluator/design/counterfactuals.h"
#include "evaluator/design/grade.h"
#include "evaluator/design/question.h"
#include "evaluator/design/scenario_of.h"
#include "evaluator/design/text.h"
#include "fmt/format.h"

namespace ringside::evaluator {
namespace {

// An answer that breaks the rules never reaches the runner: it is infeasible by the text of its plan alone.
Outcome InvalidPlan(const absl::Status& refusal) {
  Outcome outcome;
  outcome.basis_reason = "the plan is not valid for this question";
  Infeasible infeasible;
  infeasible.reason = fmt::format("not valid: {}", std::string(refusal.message()));
  v1::Evidence evidence;
  evidence.set_quantity("plan_is_valid");
  evidence.set_value(0);
  evidence.set_unit("1");
  evidence.set_origin(v1::ORIGIN_EXACT);
  evidence.set_where("answer, plan");
  infeasible.evidence.push_back(std::move(evidence));
  outcome.infeasible = std::move(infeasible);
  return outcome;
}

struct Judged {
  absl::StatusOr<Outcome> outcome;
  v1::ParallelPlan plan;  // resolved; empty where the outcome is not a run
};

Judged Judge(const v1::DesignQuestion& question, const v1::DesignAnswer& answer, DesignRunner& runner) {
  if (absl::Status valid = ValidateAnswer(question, answer); !valid.ok()) return {std::move(valid), {}};
  const absl::StatusOr<v1::Scenario> scenario = ScenarioOf(question, answer.plan());
  if (!scenario.ok()) return {InvalidPlan(scenario.status()), {}};
  return {runner.Run(*scenario), scenario->plan()};
}

// Counterfactuals by plan: answers with equal plans share them.
class CounterfactualsByPlan {
 public:
  CounterfactualsByPlan(const v1::DesignQuestion& question, const BestPlan& best, DesignRunner& runner)
      : question_(question), best_(best), runner_(runner) {}

  const std::vector<v1::Counterfactual>& Of(const Judged& judged) {
    if (judged.plan.ByteSizeLong() == 0) return none_;
    const auto [found, fresh] = by_plan_.try_emplace(judged.plan.SerializeAsString());
    if (fresh) found->second = CounterfactualsOf(question_, judged.plan, *judged.outcome, best_, runner_);
    return found->second;
  }

 private:
  const v1::DesignQuestion& question_;
  const BestPlan& best_;
  DesignRunner& runner_;
  const std::vector<v1::Counterfactual> none_;
  absl::flat_hash_map<std::string, std::vector<v1::Counterfactual>> by_plan_;
};

}  // namespace

absl::StatusOr<std::vector<v1::Scorecard>> GradeBatch(const v1::DesignQuestion& question,
                                                      const std::vector<v1::DesignAnswer>& answers,
                                                      DesignRunner& runner, BestPlanFinder& finder,
                                                      const BatchHooks& hooks) {
  RINGSIDE_ASSIGN_OR_RETURN(const v1::DesignQuestion resolved, ResolveQuestion(question));
  const auto tell = [&](const std::string& doing) {
    if (hooks.progress) hooks.progress(doing);
  };
  CachingRunner cached(runner);
  tell(fmt::format("looking for the best plan of {}", resolved.id()));
  RINGSIDE_ASSIGN_OR_RETURN(const BestPlan best, finder.Find(resolved, cached, hooks.cancelled));

  std::vector<Judged> judged;
  judged.reserve(answers.size());
  for (const v1::DesignAnswer& answer : answers) {
    tell(fmt::format("answer {} of {}: {}", judged.size() + 1, answers.size(),
                     Printable(answer.candidate(), 40)));
    judged.push_back(Judge(resolved, answer, cached));
    if (hooks.cancelled && hooks.cancelled()) {  // whoever cancels may have ended the run as well
      return absl::CancelledError(
          fmt::format("stopped after {} of {} answers", judged.size() - 1, answers.size()));
    }
  }
  CounterfactualsByPlan counterfactuals(resolved, best, cached);
  std::vector<v1::Scorecard> cards;
  cards.reserve(answers.size());
  for (size_t i = 0; i < answers.size(); ++i) {
    if (hooks.cancelled && hooks.cancelled()) {
      return absl::CancelledError(fmt::format("stopped after {} of {} scorecards", i, answers.size()));
    }
    const absl::StatusOr<Outcome>& outcome = judged[i].outcome;
    if (!outcome.ok()) {
      cards.push_back(Ungraded(resolved, answers[i], std::string(outcome.status().message())));
      continue;
    }
    Findings findings;
    if (hooks.counterfactuals) findings.counterfactuals = counterfactuals.Of(judged[i]);
    cards.push_back(GradeDesign(resolved, answers[i], *outcome, best, findings));
  }
  return cards;
}

}  // namespace ringside::evaluator
