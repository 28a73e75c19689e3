#include "evaluator/design/training.h"

#include "base/status_macros.h"
#include "sim/goodput/expectation.h"
#include "sim/goodput/interval.h"

namespace ringside::evaluator {
namespace {

constexpr double kHourS = 3600, kDayS = 24 * kHourS;

}  // namespace

sim::GoodputSettings GoodputOf(const v1::DesignQuestion& question, int ranks) {
  const v1::FailureSpec& failures = question.failures();
  sim::GoodputSettings settings;
  settings.interruption_mean_s = failures.device_hours_per_failure() * kHourS / ranks;
  settings.restart_s = failures.restart_s();
  settings.checkpoint_s = failures.checkpoint_s();
  settings.write_s = failures.write_s();
  settings.write_slowdown = failures.write_slowdown();
  return settings;
}

absl::StatusOr<Training> TrainingOf(const v1::DesignQuestion& question, double tokens_per_s, int ranks,
                                    std::optional<double> interval_s) {
  Training training;
  if (question.has_failures()) {
    sim::GoodputSettings settings = GoodputOf(question, ranks);
    sim::TimeShares shares;
    if (interval_s.has_value()) {
      settings.interval_s = *interval_s;
      RINGSIDE_ASSIGN_OR_RETURN(shares, sim::ExpectedShares(settings));
    } else {
      RINGSIDE_ASSIGN_OR_RETURN(const sim::IntervalPoint best, sim::BestInterval(settings));
      settings.interval_s = best.interval_s;
      shares = best.shares;
    }
    training.goodput = shares.useful;
    training.interval_s = settings.interval_s;
    training.overhead = shares.checkpoint + shares.slowdown + shares.lost;
  }
  if (!question.has_tokens_to_train() || tokens_per_s <= 0 || training.goodput <= 0) return training;
  training.days = question.tokens_to_train() / (tokens_per_s * training.goodput) / kDayS;
  training.cost = training.days * 24 * ranks * question.price_per_device_hour();
  return training;
}

}  // namespace ringside::evaluator
