#include "evaluator/design/grade.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/status_macros.h"
#include "evaluator/design/areas.h"
#include "evaluator/design/feedback.h"
#include "evaluator/design/further_areas.h"
#include "evaluator/design/limits.h"
#include "evaluator/design/objective.h"
#include "evaluator/design/scenario_of.h"
#include "evaluator/design/text_areas.h"
#include "fmt/format.h"

namespace ringside::evaluator {
namespace {

v1::Scorecard Blank(const v1::DesignQuestion& question, const v1::DesignAnswer& answer) {
  v1::Scorecard card;
  card.set_question(question.id());
  card.set_candidate(answer.candidate());
  card.set_level(question.level());
  return card;
}

// Areas are named as the rubric's fields.
double WeightOf(const v1::Rubric& rubric, const std::string& area) {
  const auto* field = rubric.GetDescriptor()->FindFieldByName(area);
  RINGSIDE_CHECK(field != nullptr);
  return rubric.GetReflection()->GetDouble(rubric, field);
}

v1::AreaScore Zero(const char* area, std::string reason) {
  v1::AreaScore out;
  out.set_area(area);
  out.set_reason(std::move(reason));
  return out;
}

absl::Status AddFeasible(const v1::DesignQuestion& question, const v1::DesignPrediction& predicted,
                         const Outcome& outcome, const BestPlan& best, v1::Scorecard& card) {
  const Measurement& measured = outcome.measurement;
  const double between = std::max(outcome.band.between_plans(), best.band.between_plans());
  RINGSIDE_ASSIGN_OR_RETURN(v1::AreaScore efficiency, ScoreEfficiency(question, measured, best, between));
  RINGSIDE_ASSIGN_OR_RETURN(const Training training,
                            TrainingOf(question, measured.tokens_per_s, measured.ranks, std::nullopt));
  RINGSIDE_ASSIGN_OR_RETURN(const Worth worth, WorthOf(question, measured));
  RINGSIDE_ASSIGN_OR_RETURN(const Worth best_worth, WorthOf(question, best.measurement));
  const LimitCheck limits = CheckLimits(question, measured, training, outcome.band);
  if (!limits.kept) {
    efficiency.set_score(0);
    efficiency.set_reason("what a plan saves by missing the limits does not count; " + efficiency.reason());
  }
  *card.mutable_band() = outcome.band;
  card.mutable_band()->set_between_plans(measured.basis == v1::ORIGIN_SIMULATED ? between : 0);
  card.set_objective_value(worth.value);
  card.set_best_objective_value(best_worth.value);
  card.set_objective_unit(worth.unit);
  card.set_beats_best(limits.kept && worth.Over(best_worth) > 1);
  *card.add_areas() = ScoreFeasible(measured, limits);
  *card.add_areas() = std::move(efficiency);
  *card.add_areas() = ScoreThroughputPrediction(predicted, measured);
  *card.add_areas() =
      ScoreMemoryPrediction(predicted, measured.peak_bytes, measured.basis, measured.peak_where);
  *card.add_areas() = ScoreBottleneck(predicted, measured);
  AddFurtherPredictions(question, predicted, measured, training, card);
  return absl::OkStatus();
}

void AddInfeasible(const v1::DesignQuestion& question, const v1::DesignPrediction& predicted,
                   const Infeasible& infeasible, v1::Scorecard& card) {
  *card.add_areas() = ScoreInfeasible(infeasible);
  *card.add_areas() = Zero("efficiency", "the plan cannot be run, so it has no throughput");
  *card.add_areas() =
      Zero("throughput_prediction", "the plan cannot be run, so there is nothing to compare with");
  // What it would need is known to the byte from its program, so this prediction still counts.
  *card.add_areas() =
      infeasible.needed_bytes > 0
          ? ScoreMemoryPrediction(predicted, infeasible.needed_bytes, v1::ORIGIN_EXACT,
                                  infeasible.needed_where)
          : Zero("memory_prediction", "the plan is not valid, so there is nothing to compare with");
  *card.add_areas() = ScoreBottleneckOfInfeasible(predicted, infeasible);
  AddFurtherPredictionsOfInfeasible(question, card);
}

// What does not depend on whether the plan fits.
void AddTexts(const v1::DesignQuestion& question, const v1::DesignAnswer& answer, const Findings& findings,
              v1::Scorecard& card) {
  if (question.rubric().checkpoint_interval() > 0) {
    const int ranks = RanksOf(answer.plan());
    *card.add_areas() = ScoreCheckpointInterval(
        question,
        answer.has_checkpoint_interval_s() ? std::optional(answer.checkpoint_interval_s()) : std::nullopt,
        ranks > 0 ? std::min(ranks, question.constraints().ranks()) : question.constraints().ranks());
  }
  if (findings.claims.has_value()) {
    *card.mutable_claims() = *findings.claims;
    if (question.rubric().claims() > 0) *card.add_areas() = ScoreClaims(*findings.claims);
  }
  if (findings.coverage.has_value()) {
    *card.mutable_coverage() = *findings.coverage;
    if (question.rubric().coverage() > 0) *card.add_areas() = ScoreCoverage(*findings.coverage);
  }
  if (findings.claims.has_value() || findings.coverage.has_value()) card.set_rationale(answer.rationale());
}

void Total(const v1::Rubric& rubric, v1::Scorecard& card) {
  double sum = 0, weights = 0;
  for (v1::AreaScore& area : *card.mutable_areas()) {
    area.set_weight(WeightOf(rubric, area.area()));
    sum += area.weight() * area.score();
    weights += area.weight();
  }
  card.set_total(weights > 0 ? std::min(1.0, sum / weights) : 0.0);
}

void AddNotes(const v1::DesignQuestion& question, const v1::DesignAnswer& answer, const Outcome& outcome,
              v1::Scorecard& card) {
  const bool weighed = question.rubric().claims() > 0 || question.rubric().coverage() > 0;
  if (answer.rationale().empty()) {
    card.add_notes(weighed ? "No rationale was given, where the rubric weighs one."
                           : "No rationale was given; none is scored in this round.");
  } else if (!weighed) {
    card.add_notes("The rationale's free text was not scored.");
  }
  if (card.beats_best()) {
    card.add_notes(fmt::format(
        "Better than the best plan that was found, by {:.1f} %: it has full marks, and changes no "
        "other answer's.",
        100 * (std::max(card.objective_value(), card.best_objective_value()) /
                   std::min(card.objective_value(), card.best_objective_value()) -
               1)));
  }
  if (outcome.infeasible) return;
  if (outcome.basis == v1::ORIGIN_SIMULATED) {
    card.add_notes(fmt::format(
        "Durations are the simulator's ({}): the true step takes {:.2f} to {:.2f} times as long in {:.0f} of "
        "10 "
        "cases. Memory and bytes are the programs' own, exact.",
        outcome.band.grade(), outcome.band.low(), outcome.band.high(), 10 * outcome.band.coverage()));
  } else {
    card.add_notes(
        fmt::format("Measured once: the median step is known to {:.0f} % (95 % interval), and smaller "
                    "differences in speed say nothing.",
                    100 * outcome.measurement.step_spread));
  }
}

}  // namespace

v1::Scorecard Ungraded(const v1::DesignQuestion& question, const v1::DesignAnswer& answer,
                       std::string_view error) {
  v1::Scorecard card = Blank(question, answer);
  card.set_error(std::string(error));
  return card;
}

v1::Scorecard GradeDesign(const v1::DesignQuestion& question, const v1::DesignAnswer& answer,
                          const Outcome& outcome, const BestPlan& best, const Findings& findings) {
  v1::Scorecard card = Blank(question, answer);
  card.set_plan_name(PlanName(answer.plan()));
  card.set_basis(outcome.basis);
  card.set_basis_reason(outcome.basis_reason);
  *card.mutable_best_plan() = best.plan;
  card.set_best_tokens_per_s(best.tokens_per_s);
  if (outcome.infeasible) {
    AddInfeasible(question, answer.predictions(), *outcome.infeasible, card);
  } else {
    const absl::Status added = AddFeasible(question, answer.predictions(), outcome, best, card);
    if (!added.ok()) return Ungraded(question, answer, std::string(added.message()));
  }
  AddTexts(question, answer, findings, card);
  for (const v1::Counterfactual& row : findings.counterfactuals) *card.add_counterfactuals() = row;
  Total(question.rubric(), card);
  AddNotes(question, answer, outcome, card);
  AddFeedback(question, card);
  return card;
}

}  // namespace ringside::evaluator
