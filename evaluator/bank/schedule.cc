#include "evaluator/bank/schedule.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace ringside::evaluator {
namespace {

constexpr double kW[19] = {0.40255, 1.18385, 3.173,  15.69105, 7.1949, 0.5345, 1.4604,
                           0.0046,  1.54575, 0.1192, 1.01925,  1.9395, 0.11,   0.29605,
                           2.2698,  0.2315,  2.9898, 0.51655,  0.6621};
constexpr double kDecay = -0.5;
constexpr double kFactor = 19.0 / 81;  // 0.9^(1/kDecay) - 1
constexpr double kMinStability_days = 0.01;

double InitialDifficulty(Rating rating) {
  return kW[4] - std::exp(kW[5] * (static_cast<int>(rating) - 1)) + 1;
}

double NextDifficulty(double difficulty, Rating rating) {
  const double change = -kW[6] * (static_cast<int>(rating) - 3);
  const double damped = difficulty + change * (10 - difficulty) / 9;
  return std::clamp(kW[7] * InitialDifficulty(Rating::kEasy) + (1 - kW[7]) * damped, 1.0, 10.0);
}

double SameDayStability(double stability, Rating rating) {
  return stability * std::exp(kW[17] * (static_cast<int>(rating) - 3 + kW[18]));
}

double RecalledStability(const CardState& card, Rating rating, double recall) {
  double growth = std::exp(kW[8]) * (11 - card.difficulty) * std::pow(card.stability_days, -kW[9]) *
                  (std::exp(kW[10] * (1 - recall)) - 1);
  if (rating == Rating::kHard) growth *= kW[15];
  if (rating == Rating::kEasy) growth *= kW[16];
  return card.stability_days * (1 + growth);
}

double ForgottenStability(const CardState& card, double recall) {
  return kW[11] * std::pow(card.difficulty, -kW[12]) * (std::pow(card.stability_days + 1, kW[13]) - 1) *
         std::exp(kW[14] * (1 - recall));
}

double NextStability(const CardState& card, Rating rating, int day) {
  const double same_day = SameDayStability(card.stability_days, rating);
  if (day <= card.last_day) return same_day;
  const double recall = Retrievability(card, day);
  if (rating == Rating::kAgain) return std::min(ForgottenStability(card, recall), same_day);
  return RecalledStability(card, rating, recall);
}

}  // namespace

double Retrievability(const CardState& card, int day) {
  if (card.reviews == 0) return 0;
  const double elapsed_days = std::max(0.0, static_cast<double>(day) - card.last_day);
  return std::pow(1 + kFactor * elapsed_days / card.stability_days, kDecay);
}

double Interval(double stability_days, double retention) {
  RINGSIDE_CHECK(retention > 0 && retention < 1);
  return stability_days / kFactor * (std::pow(retention, 1 / kDecay) - 1);
}

CardState Review(const CardState& card, Rating rating, int day, double retention) {
  CardState next = card;
  if (card.reviews == 0) {
    next.stability_days = kW[static_cast<int>(rating) - 1];
    next.difficulty = std::clamp(InitialDifficulty(rating), 1.0, 10.0);
  } else {
    next.stability_days = std::max(kMinStability_days, NextStability(card, rating, day));
    next.difficulty = NextDifficulty(card.difficulty, rating);
    if (rating == Rating::kAgain) ++next.lapses;
  }
  ++next.reviews;
  next.last_day = std::max(day, card.reviews == 0 ? day : card.last_day);
  const double days =
      std::clamp(std::round(Interval(next.stability_days, retention)), 1.0, double{kMaxInterval_days});
  next.due_day = next.last_day + static_cast<int>(days);
  return next;
}

Rating RatingOf(const v1::TheoryGrade& grade, int hints_taken) {
  if (!grade.error().empty()) return Rating::kAgain;
  int rating = 1;
  for (const double limit : {RatingLimits::kHard, RatingLimits::kGood, RatingLimits::kEasy})
    if (grade.score() >= limit) ++rating;
  for (const int flag : grade.flags()) {
    if (flag == v1::ANSWER_FLAG_LOW_EVIDENCE) rating = std::min(rating, static_cast<int>(Rating::kGood));
  }
  return static_cast<Rating>(std::max(1, rating - std::max(0, hints_taken)));
}

}  // namespace ringside::evaluator
