#include "evaluator/design/grader.h"

#include <utility>

#include "base/status_macros.h"
#include "evaluator/claims/check.h"
#include "evaluator/design/answer.h"
#include "evaluator/design/claim_facts.h"
#include "evaluator/design/counterfactuals.h"
#include "evaluator/design/grade.h"
#include "evaluator/design/question.h"
#include "evaluator/design/scenario_of.h"
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

}  // namespace

DesignGrader::DesignGrader(v1::DesignQuestion question, DesignRunner& runner, bool counterfactuals)
    : question_(std::move(question)),
      runner_(runner),
      counterfactuals_(counterfactuals),
      cached_(std::make_unique<CachingRunner>(runner)) {
  if (question_.must_hold_size() > 0) must_hold_.emplace(AsTheoryQuestion(question_));
}

absl::StatusOr<std::unique_ptr<DesignGrader>> DesignGrader::Create(const v1::DesignQuestion& question,
                                                                   DesignRunner& runner,
                                                                   BestPlanFinder& finder,
                                                                   const GraderOptions& options) {
  RINGSIDE_ASSIGN_OR_RETURN(v1::DesignQuestion resolved, ResolveQuestion(question));
  std::unique_ptr<DesignGrader> grader(
      new DesignGrader(std::move(resolved), runner, options.counterfactuals));
  RINGSIDE_ASSIGN_OR_RETURN(grader->best_,
                            finder.Find(grader->question_, *grader->cached_, options.cancelled));
  return grader;
}

const DesignGrader::PlanFindings& DesignGrader::Find(const v1::Scenario& scenario) {
  const std::string key = scenario.SerializeAsString();
  const auto known = by_plan_.find(key);
  if (known != by_plan_.end()) return *known->second;
  if (by_plan_.size() >= kMostPlans) {
    by_plan_.clear();
    cached_ = std::make_unique<CachingRunner>(runner_);
  }
  auto found = std::make_unique<PlanFindings>(PlanFindings{cached_->Run(scenario), {}, std::nullopt});
  if (found->outcome.ok()) {
    found->facts = FactsOf(question_, scenario, *found->outcome);
    if (counterfactuals_) {
      found->counterfactuals =
          CounterfactualsOf(question_, scenario.plan(), *found->outcome, best_, *cached_);
    }
  }
  return *by_plan_.emplace(key, std::move(found)).first->second;
}

v1::Scorecard DesignGrader::Grade(const v1::DesignAnswer& answer) {
  if (const absl::Status valid = ValidateAnswer(question_, answer); !valid.ok())
    return Ungraded(question_, answer, std::string(valid.message()));
  Findings findings;
  if (must_hold_.has_value())
    findings.coverage = theory::GradeAnswer(*must_hold_, answer.rationale(), answer.candidate());
  const absl::StatusOr<v1::Scenario> scenario = ScenarioOf(question_, answer.plan());
  if (!scenario.ok()) return GradeDesign(question_, answer, InvalidPlan(scenario.status()), best_, findings);
  const PlanFindings& plan = Find(*scenario);
  if (!plan.outcome.ok()) return Ungraded(question_, answer, std::string(plan.outcome.status().message()));
  findings.counterfactuals = plan.counterfactuals;
  if (!answer.rationale().empty()) findings.claims = claims::CheckClaims(answer.rationale(), *plan.facts);
  return GradeDesign(question_, answer, *plan.outcome, best_, findings);
}

}  // namespace ringside::evaluator
