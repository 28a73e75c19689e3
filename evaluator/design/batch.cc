#include "evaluator/design/batch.h"

#include "base/status_macros.h"
#include "evaluator/design/answer.h"
#include "evaluator/design/caching_runner.h"
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
  evidence.set_where("answer, plan");
  infeasible.evidence.push_back(std::move(evidence));
  outcome.infeasible = std::move(infeasible);
  return outcome;
}

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
  RINGSIDE_ASSIGN_OR_RETURN(const BestPlan best, finder.Find(resolved, cached));

  std::vector<v1::Scorecard> cards;
  cards.reserve(answers.size());
  for (const v1::DesignAnswer& answer : answers) {
    tell(fmt::format("answer {} of {}: {}", cards.size() + 1, answers.size(),
                     Printable(answer.candidate(), 40)));
    const absl::Status valid = ValidateAnswer(resolved, answer);
    if (!valid.ok()) {
      cards.push_back(Ungraded(resolved, answer, std::string(valid.message())));
      continue;
    }
    const absl::StatusOr<v1::Scenario> scenario = ScenarioOf(resolved, answer.plan());
    const absl::StatusOr<Outcome> outcome =
        scenario.ok() ? cached.Run(*scenario) : absl::StatusOr<Outcome>(InvalidPlan(scenario.status()));
    if (hooks.cancelled && hooks.cancelled()) {  // whoever cancels may have ended the run as well
      return absl::CancelledError(
          fmt::format("stopped after {} of {} answers", cards.size(), answers.size()));
    }
    cards.push_back(outcome.ok() ? GradeDesign(resolved, answer, *outcome, best)
                                 : Ungraded(resolved, answer, std::string(outcome.status().message())));
  }
  return cards;
}

}  // namespace ringside::evaluator
