#include "evaluator/design/further_areas.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "evaluator/design/areas.h"
#include "fmt/format.h"
#include "sim/goodput/interval.h"

namespace ringside::evaluator {
namespace {

struct Figure {
  const char* area;
  double weight;
  const char* what;  // "a step of"
  const char* unit;
  std::optional<double> predicted;
  double actual;
  bool share;
  std::string where;
};

// "41.0 %", "5059 ms".
std::string Value(double value, std::string_view unit) {
  return unit == "1" ? fmt::format("{:.1f} %", 100 * value) : fmt::format("{:.4g} {}", value, unit);
}

std::vector<Figure> FiguresOf(const v1::DesignQuestion& question, const v1::DesignPrediction& p,
                              const Measurement& m, const Training& training) {
  const auto given = [](bool has, double value) { return has ? std::optional(value) : std::nullopt; };
  const v1::Rubric& r = question.rubric();
  const std::string shares = m.tokens_where + "; mean over the ranks";
  const std::string weeks = fmt::format("{}; {:.4g} tokens, goodput {:.1f} %", m.tokens_where,
                                        question.tokens_to_train(), 100 * training.goodput);
  return {{"step_time_prediction", r.step_time_prediction(), "step time", "ms",
           given(p.has_step_ms(), p.step_ms()), 1e3 * m.step_s, false, m.tokens_where},
          {"mfu_prediction", r.mfu_prediction(), "model FLOPs utilisation", "1", given(p.has_mfu(), p.mfu()),
           m.mfu, false, m.tokens_where + "; model FLOPs over the dense peak of the plan's precision"},
          {"bubble_prediction", r.bubble_prediction(), "bubble share", "1",
           given(p.has_bubble_share(), p.bubble_share()), m.ShareOf(v1::BOTTLENECK_PIPELINE_BUBBLE), true,
           shares},
          {"exposed_communication_prediction", r.exposed_communication_prediction(),
           "share of exposed communication", "1",
           given(p.has_exposed_communication_share(), p.exposed_communication_share()), m.ExposedShare(),
           true, shares},
          {"time_to_train_prediction", r.time_to_train_prediction(), "time to train", "days",
           given(p.has_time_to_train_days(), p.time_to_train_days()), training.days, false, weeks},
          {"cost_prediction", r.cost_prediction(), "cost", "USD", given(p.has_cost(), p.cost()),
           training.cost, false, weeks}};
}

v1::AreaScore AreaOf(const Figure& figure, const Measurement& measured) {
  v1::AreaScore area;
  area.set_area(figure.area);
  if (!figure.predicted.has_value()) {
    area.set_reason(
        fmt::format("no prediction was given; {} {:.4g} {}", figure.what, figure.actual, figure.unit));
  } else if (figure.share) {
    area.set_score(ShareScore(*figure.predicted, figure.actual));
    area.set_reason(fmt::format("predicted {} of {:.1f} %, {} {:.1f} %", figure.what, 100 * *figure.predicted,
                                Name(measured.basis), 100 * figure.actual));
  } else {
    area.set_score(LogScore(*figure.predicted, figure.actual));
    area.set_reason(fmt::format("predicted {} of {}, {} {}: {}", figure.what,
                                Value(*figure.predicted, figure.unit), Name(measured.basis),
                                Value(figure.actual, figure.unit), Miss(*figure.predicted, figure.actual)));
  }
  v1::Evidence& evidence = *area.add_evidence();
  evidence.set_quantity(std::string(figure.area).substr(0, std::string(figure.area).rfind('_')));
  evidence.set_value(figure.actual);
  evidence.set_unit(figure.unit);
  evidence.set_origin(measured.basis);
  evidence.set_where(figure.where);
  return area;
}

v1::AreaScore CheckpointArea(double score, std::string reason, const Training& best, int ranks) {
  v1::AreaScore area;
  area.set_area("checkpoint_interval");
  area.set_score(score);
  area.set_reason(std::move(reason));
  const std::string where =
      fmt::format("expected shares of the wall time in closed form, {} ranks (sim/goodput)", ranks);
  const auto add = [&](const char* quantity, double value, const char* unit) {
    v1::Evidence& evidence = *area.add_evidence();
    evidence.set_quantity(quantity);
    evidence.set_value(value);
    evidence.set_unit(unit);
    evidence.set_origin(v1::ORIGIN_EXACT);
    evidence.set_where(where);
  };
  add("best_interval", best.interval_s, "s");
  add("best_goodput", best.goodput, "1");
  return area;
}

}  // namespace

double ShareScore(double predicted, double actual) {
  return std::max(0.0, 1 - std::abs(predicted - actual) / std::max(actual, kSmallShare));
}

void AddFurtherPredictions(const v1::DesignQuestion& question, const v1::DesignPrediction& predicted,
                           const Measurement& measured, const Training& training, v1::Scorecard& card) {
  for (const Figure& figure : FiguresOf(question, predicted, measured, training)) {
    if (figure.weight <= 0 || (!figure.share && !(figure.actual > 0))) continue;
    *card.add_areas() = AreaOf(figure, measured);
  }
}

void AddFurtherPredictionsOfInfeasible(const v1::DesignQuestion& question, v1::Scorecard& card) {
  for (const Figure& figure : FiguresOf(question, {}, {}, {})) {
    if (figure.weight <= 0) continue;
    v1::AreaScore& area = *card.add_areas();
    area.set_area(figure.area);
    area.set_reason("the plan cannot be run, so there is nothing to compare with");
  }
}

v1::AreaScore ScoreCheckpointInterval(const v1::DesignQuestion& question, std::optional<double> interval_s,
                                      int ranks) {
  const absl::StatusOr<Training> best = TrainingOf(question, 0, ranks, std::nullopt);
  if (!best.ok()) return CheckpointArea(0, std::string(best.status().message()), {}, ranks);
  const sim::GoodputSettings settings = GoodputOf(question, ranks);
  const std::string truth = fmt::format(
      "the best is {:.0f} s, which loses {:.2f} % of the wall time (Young's square root of twice cost times "
      "mean "
      "time between failures: {:.0f} s)",
      best->interval_s, 100 * best->overhead,
      sim::YoungInterval(sim::CheckpointCost(settings), settings.interruption_mean_s));
  if (!interval_s.has_value()) return CheckpointArea(0, "no interval was given; " + truth, *best, ranks);
  const absl::StatusOr<Training> answer = TrainingOf(question, 0, ranks, interval_s);
  if (!answer.ok()) {
    return CheckpointArea(0,
                          fmt::format("an interval of {:.4g} s cannot be kept up: {}", *interval_s,
                                      std::string(answer.status().message())),
                          *best, ranks);
  }
  const double score = answer->overhead > 0 ? std::min(1.0, best->overhead / answer->overhead) : 1;
  return CheckpointArea(
      score,
      fmt::format("an interval of {:.4g} s loses {:.2f} % of the wall time to checkpoints and to "
                  "work done again; {}",
                  *interval_s, 100 * answer->overhead, truth),
      *best, ranks);
}

}  // namespace ringside::evaluator
