// When a question comes up again: spaced repetition by FSRS-5, with its published default parameters.
//
// Source: the Free Spaced Repetition Scheduler, version 5, of the Open Spaced Repetition project,
// github.com/open-spaced-repetition/fsrs4anki/wiki/The-Algorithm. With w the 19 parameters, G the rating (1
// again to 4 easy), S the stability, D the difficulty, R the retrievability and t the days since the last
// time:
//
//   R(t, S)  = (1 + 19/81 t/S)^-0.5                       so that R(S, S) = 0.9
//   I(r, S)  = 81/19 S (r^-2 - 1)                         days until R falls to r
//   first:     S = w[G-1],  D = D0(G) = w4 - e^(w5 (G-1)) + 1
//   after:     D' = w7 D0(4) + (1 - w7) (D - w6 (G-3) (10-D)/9)
//   same day:  S' = S e^(w17 (G - 3 + w18))
//   recalled:  S' = S (1 + e^w8 (11-D) S^-w9 (e^(w10 (1-R)) - 1) [w15 if hard] [w16 if easy])
//   forgotten: S' = w11 D^-w12 ((S+1)^w13 - 1) e^(w14 (1-R)), and no more than the same day's S'
//
// D is kept in 1..10. Days are whole numbers from any day 0. Pure functions, without a clock: the same
// reviews give the same days.
#pragma once

#include "ringside/v1/theory.pb.h"

namespace ringside::evaluator {

enum class Rating { kAgain = 1, kHard = 2, kGood = 3, kEasy = 4 };

struct CardState {
  double stability_days = 0;  // 0: never put yet
  double difficulty = 0;      // 1..10
  int last_day = 0;
  int due_day = 0;
  int reviews = 0;
  int lapses = 0;  // times that it was known before and forgotten
};

inline constexpr double kDefaultRetention = 0.9;
inline constexpr int kMaxInterval_days = 365;

// Probability of recall on `day`; 0 for a card that was never put. A day before the last one counts as the
// last.
double Retrievability(const CardState& card, int day);

// Days until retrievability falls to `retention`, in (0, 1), not rounded.
double Interval(double stability_days, double retention);

// The state after the card was rated on `day`. It is due when retrievability falls to `retention`, rounded to
// whole days: at least 1, at most kMaxInterval_days later.
CardState Review(const CardState& card, Rating rating, int day, double retention = kDefaultRetention);

// What an answer's mark says of how well it is known. Each hint taken lowers the rating by one, and one that
// could not be graded or asks for a person is never easy.
//   again: below 0.4    hard: below 0.65    good: below 0.9    easy: from there on
struct RatingLimits {
  static constexpr double kHard = 0.4;
  static constexpr double kGood = 0.65;
  static constexpr double kEasy = 0.9;
};
Rating RatingOf(const v1::TheoryGrade& grade, int hints_taken = 0);

}  // namespace ringside::evaluator
