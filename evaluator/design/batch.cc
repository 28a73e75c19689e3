#include "evaluator/design/batch.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "base/status_macros.h"
#include "evaluator/claims/check.h"
#include "evaluator/design/answer.h"
#include "evaluator/design/caching_runner.h"
#include "evaluator/design/claim_facts.h"
#include "evaluator/design/counterfactuals.h"
#include "evaluator/design/grade.h"
#include "evaluator/design/question.h"
#include "evaluator/design/scenario_of.h"
#include "evaluator/design/text.h"
#include "evaluator/theory/grade_answer.h"
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
  std::optional<v1::Scenario> scenario;  // resolved; none where the outcome is not a run
};

Judged Judge(const v1::DesignQuestion& question, const v1::DesignAnswer& answer, DesignRunner& runner) {
  if (absl::Status valid = ValidateAnswer(question, answer); !valid.ok())
    return {std::move(valid), std::nullopt};
  const absl::StatusOr<v1::Scenario> scenario = ScenarioOf(question, answer.plan());
  if (!scenario.ok()) return {InvalidPlan(scenario.status()), std::nullopt};
  return {runner.Run(*scenario), *scenario};
}

// What depends on the plan alone, found out once for all answers that have it.
struct PlanFindings {
  std::vector<v1::Counterfactual> counterfactuals;
  claims::Facts facts;
};

// What the rationale must hold, as the text grader is asked it.
v1::TheoryQuestion AsTheoryQuestion(const v1::DesignQuestion& question) {
  v1::TheoryQuestion out;
  out.set_id(question.id());
  out.set_title(question.title());
  out.set_prompt(question.prompt());
  *out.mutable_topics() = question.topics();
  out.set_level(question.level());
  out.set_kind(v1::QUESTION_KIND_SYSTEM_DESIGN);
  *out.mutable_points() = question.must_hold();
  *out.mutable_misconceptions() = question.misconceptions();
  return out;
}

class Investigator {
 public:
  Investigator(const v1::DesignQuestion& question, const BestPlan& best, DesignRunner& runner,
               bool counterfactuals)
      : question_(question), best_(best), runner_(runner), counterfactuals_(counterfactuals) {
    if (question.must_hold_size() > 0) must_hold_.emplace(AsTheoryQuestion(question));
  }

  Findings Of(const v1::DesignAnswer& answer, const Judged& judged) {
    Findings findings;
    if (must_hold_.has_value())
      findings.coverage = theory::GradeAnswer(*must_hold_, answer.rationale(), answer.candidate());
    if (!judged.scenario.has_value()) return findings;
    const PlanFindings& plan = OfPlan(judged);
    findings.counterfactuals = plan.counterfactuals;
    if (!answer.rationale().empty()) findings.claims = claims::CheckClaims(answer.rationale(), plan.facts);
    return findings;
  }

 private:
  const PlanFindings& OfPlan(const Judged& judged) {
    const std::string key = judged.scenario->SerializeAsString();
    const auto known = by_plan_.find(key);
    if (known != by_plan_.end()) return *known->second;
    auto found = std::make_unique<PlanFindings>(
        PlanFindings{{}, FactsOf(question_, *judged.scenario, *judged.outcome)});
    if (counterfactuals_) {
      found->counterfactuals =
          CounterfactualsOf(question_, judged.scenario->plan(), *judged.outcome, best_, runner_);
    }
    return *by_plan_.emplace(key, std::move(found)).first->second;
  }

  const v1::DesignQuestion& question_;
  const BestPlan& best_;
  DesignRunner& runner_;
  const bool counterfactuals_;
  std::optional<theory::PreparedQuestion> must_hold_;
  absl::flat_hash_map<std::string, std::unique_ptr<PlanFindings>> by_plan_;
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
  Investigator investigator(resolved, best, cached, hooks.counterfactuals);
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
    cards.push_back(
        GradeDesign(resolved, answers[i], *outcome, best, investigator.Of(answers[i], judged[i])));
  }
  return cards;
}

}  // namespace ringside::evaluator
