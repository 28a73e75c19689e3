#include "evaluator/design/grade.h"

#include <algorithm>
#include <string>
#include <utility>

#include "evaluator/design/areas.h"
#include "fmt/format.h"

namespace ringside::evaluator {
namespace {

v1::Scorecard Blank(const v1::DesignQuestion& question, const v1::DesignAnswer& answer) {
  v1::Scorecard card;
  card.set_question(question.id());
  card.set_candidate(answer.candidate());
  return card;
}

double WeightOf(const v1::Rubric& rubric, std::string_view area) {
  if (area == "feasibility") return rubric.feasibility();
  if (area == "efficiency") return rubric.efficiency();
  if (area == "throughput_prediction") return rubric.throughput_prediction();
  if (area == "memory_prediction") return rubric.memory_prediction();
  return rubric.bottleneck();
}

v1::AreaScore Zero(const char* area, std::string reason) {
  v1::AreaScore out;
  out.set_area(area);
  out.set_reason(std::move(reason));
  return out;
}

absl::Status AddFeasible(const v1::DesignQuestion& question, const v1::DesignPrediction& predicted,
                         const Measurement& measured, const BestPlan& best, v1::Scorecard& card) {
  absl::StatusOr<v1::AreaScore> efficiency = ScoreEfficiency(question.objective(), measured, best);
  if (!efficiency.ok()) return efficiency.status();
  *card.add_areas() = ScoreFeasible(measured);
  *card.add_areas() = *std::move(efficiency);
  *card.add_areas() = ScoreThroughputPrediction(predicted, measured);
  *card.add_areas() =
      ScoreMemoryPrediction(predicted, measured.peak_bytes, measured.basis, measured.peak_where);
  *card.add_areas() = ScoreBottleneck(predicted, measured);
  return absl::OkStatus();
}

void AddInfeasible(const v1::DesignPrediction& predicted, const Infeasible& infeasible, v1::Scorecard& card) {
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

void AddNotes(const v1::DesignAnswer& answer, const Outcome& outcome, v1::Scorecard& card) {
  card.add_notes(answer.rationale().empty() ? "No rationale was given; none is scored in this round."
                                            : "The rationale's free text was not scored.");
  if (outcome.infeasible) return;
  if (outcome.basis == v1::ORIGIN_SIMULATED) {
    card.add_notes(
        "Durations are the simulator's (aim: within 15 % of a measured step after calibration); memory and "
        "bytes "
        "are exact.");
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
                          const Outcome& outcome, const BestPlan& best) {
  v1::Scorecard card = Blank(question, answer);
  card.set_basis(outcome.basis);
  card.set_basis_reason(outcome.basis_reason);
  *card.mutable_best_plan() = best.plan;
  card.set_best_tokens_per_s(best.tokens_per_s);
  if (outcome.infeasible) {
    AddInfeasible(answer.predictions(), *outcome.infeasible, card);
  } else {
    const absl::Status added = AddFeasible(question, answer.predictions(), outcome.measurement, best, card);
    if (!added.ok()) return Ungraded(question, answer, std::string(added.message()));
  }
  Total(question.rubric(), card);
  AddNotes(answer, outcome, card);
  return card;
}

}  // namespace ringside::evaluator
