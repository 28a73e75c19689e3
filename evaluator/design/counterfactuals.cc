#include "evaluator/design/counterfactuals.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "evaluator/design/alternatives.h"
#include "evaluator/design/areas.h"
#include "evaluator/design/limits.h"
#include "evaluator/design/objective.h"
#include "evaluator/design/scenario_of.h"
#include "evaluator/design/training.h"
#include "fmt/format.h"

namespace ringside::evaluator {
namespace {

constexpr double kGiB = 1 << 30;
constexpr double kLeastShare = 0.005;  // of the step, that is worth telling

struct Tried {
  v1::ParallelPlan plan;
  Measurement measured;
  bool fits = false;
  double over = 0;  // how many times better than what it is compared with
};

// Within deadline and budget, as far as can be told.
bool KeepsLimits(const v1::DesignQuestion& question, const Outcome& outcome) {
  const Measurement& m = outcome.measurement;
  const absl::StatusOr<Training> training = TrainingOf(question, m.tokens_per_s, m.ranks, std::nullopt);
  return training.ok() && CheckLimits(question, m, *training, outcome.band).kept;
}

// What of the step changes, in shares of the step as it is (of its device time, where the ranks change), and
// what of the memory.
std::string ReasonFor(const Measurement& is, const Measurement& would) {
  const bool same_ranks = is.ranks == would.ranks || is.ranks == 0;
  const double scale =
      would.step_s / is.step_s * (same_ranks ? 1 : static_cast<double>(would.ranks) / is.ranks);
  std::vector<std::pair<double, std::string>> parts;
  for (const TimeShare& part : is.time) {
    const double share = would.ShareOf(part.bottleneck) * scale - part.share;
    if (std::abs(share) >= kLeastShare) parts.push_back({share, std::string(Name(part.bottleneck))});
  }
  const double rest = would.unnamed_share * scale - is.unnamed_share;
  if (std::abs(rest) >= kLeastShare) parts.push_back({rest, "host and overhead"});
  std::stable_sort(parts.begin(), parts.end(),
                   [](const auto& a, const auto& b) { return std::abs(a.first) > std::abs(b.first); });
  std::string text;
  for (size_t i = 0; i < parts.size() && i < 3; ++i)
    text += fmt::format("{}{} {:+.1f} %", i > 0 ? ", " : "", parts[i].second, 100 * parts[i].first);
  if (!text.empty())
    text += same_ranks ? " of the step as it is; " : " of the device time of a step as it is; ";
  const double was = static_cast<double>(is.peak_bytes) / kGiB;
  const double becomes = static_cast<double>(would.peak_bytes) / kGiB;
  if (was < 1) return text + fmt::format("peak {:.1f} -> {:.1f} MiB", 1024 * was, 1024 * becomes);
  return text + fmt::format("peak {:.1f} -> {:.1f} GiB", was, becomes);
}

std::string ReasonToFit(const Measurement& would, double of_best) {
  return fmt::format("would fit, with {:.1f} of {:.1f} GiB, and reach {:.0f} % of the best plan found",
                     static_cast<double>(would.peak_bytes) / kGiB,
                     static_cast<double>(would.limit_bytes) / kGiB, 100 * of_best);
}

v1::Counterfactual Row(const v1::ParallelPlan& from, const Tried& tried) {
  v1::Counterfactual row;
  row.set_change(ChangeBetween(from, tried.plan));
  row.set_fits(true);
  *row.mutable_plan() = tried.plan;
  return row;
}

// Of each knob the alternative that looks best at first sight; all, where there is no such look.
std::vector<Alternative> Promising(const v1::DesignQuestion& question, const v1::ParallelPlan& plan,
                                   const v1::ParallelPlan& towards, DesignRunner& runner) {
  struct Looked {
    Alternative alternative;
    Worth worth;
  };
  std::map<std::string, Looked> by_knob;
  std::vector<Alternative> all = AlternativesOf(question, plan, towards);
  for (const Alternative& alternative : all) {
    const absl::StatusOr<v1::Scenario> scenario = ScenarioOf(question, alternative.plan);
    if (!scenario.ok()) continue;
    const absl::StatusOr<Estimated> look = runner.Estimate(*scenario);
    if (absl::IsUnimplemented(look.status())) return all;
    if (!look.ok() || look->bytes > look->limit_bytes) continue;
    Measurement measured;
    measured.tokens_per_s = look->tokens_per_s;
    measured.ranks = look->ranks;
    measured.peak_bytes = static_cast<int64_t>(look->bytes);
    const absl::StatusOr<Worth> worth = WorthOf(question, measured);
    if (!worth.ok()) continue;
    const auto [kept, fresh] = by_knob.try_emplace(alternative.knob, Looked{alternative, *worth});
    if (!fresh && worth->Over(kept->second.worth) > 1) kept->second = {alternative, *worth};
  }
  std::vector<Alternative> promising;
  for (auto& [knob, looked] : by_knob) promising.push_back(std::move(looked.alternative));
  return promising;
}

}  // namespace

std::vector<v1::Counterfactual> CounterfactualsOf(const v1::DesignQuestion& question,
                                                  const v1::ParallelPlan& plan, const Outcome& outcome,
                                                  const BestPlan& best, DesignRunner& runner) {
  const auto predict = [&](const v1::ParallelPlan& p) -> absl::StatusOr<Outcome> {
    absl::StatusOr<v1::Scenario> scenario = ScenarioOf(question, p);
    if (!scenario.ok()) return scenario.status();
    return runner.Predict(*scenario);
  };
  const absl::StatusOr<Outcome> is = predict(plan), goal = predict(best.plan);
  if (!is.ok() || !goal.ok() || goal->infeasible) return {};
  const bool fits = !outcome.infeasible.has_value();
  if (fits && is->infeasible) return {};  // the run and the simulator disagree
  const Measurement& reference = fits ? is->measurement : goal->measurement;
  const absl::StatusOr<Worth> from = WorthOf(question, reference);
  if (!from.ok() || !(from->value > 0)) return {};

  std::map<std::string, Tried> by_knob;
  for (const Alternative& alternative : Promising(question, plan, best.plan, runner)) {
    const absl::StatusOr<Outcome> tried = predict(alternative.plan);
    if (!tried.ok() || tried->infeasible || !KeepsLimits(question, *tried)) continue;
    const absl::StatusOr<Worth> worth = WorthOf(question, tried->measurement);
    if (!worth.ok()) continue;
    const double over = worth->Over(*from);
    Tried& kept = by_knob[alternative.knob];
    if (over > kept.over) kept = {alternative.plan, tried->measurement, true, over};
  }
  std::vector<Tried> ranked;
  for (auto& [knob, tried] : by_knob) {
    if (!fits || tried.over >= kLeastGain) ranked.push_back(std::move(tried));
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const Tried& a, const Tried& b) { return a.over > b.over; });
  if (static_cast<int>(ranked.size()) > kMostCounterfactuals) ranked.resize(kMostCounterfactuals);

  std::vector<v1::Counterfactual> rows;
  for (const Tried& tried : ranked) {
    v1::Counterfactual row = Row(plan, tried);
    if (fits) row.set_factor(tried.over);
    row.set_reason(fits ? ReasonFor(is->measurement, tried.measured)
                        : ReasonToFit(tried.measured, tried.over));
    rows.push_back(std::move(row));
  }
  const absl::StatusOr<Worth> all = WorthOf(question, goal->measurement);
  Tried whole{best.plan, goal->measurement, true, fits && all.ok() ? all->Over(*from) : 0};
  v1::Counterfactual row = Row(plan, whole);
  if (row.change().empty()) return rows;  // it is the best plan
  row.set_is_best(true);
  row.set_factor(whole.over);
  row.set_reason(fits ? ReasonFor(is->measurement, whole.measured) : ReasonToFit(whole.measured, 1));
  rows.push_back(std::move(row));
  return rows;
}

}  // namespace ringside::evaluator
