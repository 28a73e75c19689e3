// The rules of the interview that are numbers. docs/interview.md says them in words.
#pragma once

#include <cstdint>

namespace ringside::evaluator {

// An answer is weak below the first, strong from the second on, of what its question is worth.
inline constexpr double kWeak = 0.4;
inline constexpr double kStrong = 0.7;
// ... and counts as answered in the diagnostic from here on.
inline constexpr double kAnsweredWell = 0.6;

// Fast: the first answer took no more than this part of the question's time.
inline constexpr double kFastShare = 0.8;
// So many strong and fast answers and no other: the hardest questions from then on.
inline constexpr int kFastAnswersForHardest = 3;

// What a follow-up brings out counts for less than what was said unasked.
inline constexpr double kFollowUpShare = 0.75;
inline constexpr int kMostFollowUps = 2;

// Share of what is earned from then on that a hint of this level costs, all hints together.
inline constexpr int kHintLevels = 4;
inline constexpr double kHintPrices[kHintLevels] = {0.10, 0.25, 0.50, 1.00};

inline constexpr int kMostClarifications = 3;  // a question; then an answer is asked for
inline constexpr int kMostSwaps = 4;           // an interview
inline constexpr char kPauseTurn[] = "pause";  // kind of the turn that stops the clock

// Beyond its time a phase gets this much to end a sentence.
inline constexpr int64_t kGraceMs = 2 * 60 * 1000;
// A phase that begins late still gets this part of its time.
inline constexpr double kLeastPhaseShare = 0.5;
// No question is begun that has less than this part of its time left.
inline constexpr double kLeastQuestionShare = 0.5;

inline constexpr int kRapidFireQuestions = 12;
inline constexpr int64_t kRapidFireMs = 15 * 60 * 1000;
inline constexpr int64_t kRapidFireAnswerMs = 60 * 1000;
inline constexpr int64_t kDiagnosticMs = 30 * 60 * 1000;

inline constexpr int kDefaultTimeTargetS = 120;
inline constexpr int kDebuggingTimeTargetS = 420;
inline constexpr int kDesignTimeTargetS = 420;

// Limits of what comes from outside.
inline constexpr size_t kMaxTextBytes = 20'000;                  // of one event
inline constexpr int kMaxEvents = 2'000;                         // of a session
inline constexpr int64_t kMaxGapMs = int64_t{24} * 3600 * 1000;  // between two events

}  // namespace ringside::evaluator
