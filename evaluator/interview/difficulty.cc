#include "evaluator/interview/difficulty.h"

#include <algorithm>

#include "evaluator/interview/rules.h"
#include "evaluator/interview/session_clock.h"

namespace ringside::evaluator {
namespace {

v1::Level Clamped(int level) {
  return static_cast<v1::Level>(std::clamp<int>(level, v1::LEVEL_FOUNDATION, v1::LEVEL_ADVANCED));
}

bool Counts(const v1::AskedQuestion& question) {
  return question.end() == v1::QUESTION_END_ANSWERED || question.end() == v1::QUESTION_END_SKIPPED;
}

bool IsWarmUp(const v1::InterviewSession& session) {
  return session.setup().mode() == v1::INTERVIEW_MODE_FULL &&
         std::count_if(session.asked().begin(), session.asked().end(), Counts) == 1;
}

}  // namespace

bool IsStrong(const v1::AskedQuestion& question) {
  return question.score() >= kStrong && question.hints().empty();
}

bool IsFast(const v1::AskedQuestion& question) {
  const int64_t ms = AnswerTimeMs(question);
  return ms > 0 && static_cast<double>(ms) <= kFastShare * 1000.0 * question.time_target_s();
}

void AdaptLevel(v1::InterviewSession* session) {
  if (session->asked().empty()) return;
  const v1::AskedQuestion& last = *session->asked().rbegin();
  if (!Counts(last)) return;
  if (IsWarmUp(*session) && last.score() < kWeak) {
    session->set_held_at_easiest(true);
    session->set_level(v1::LEVEL_FOUNDATION);
    return;
  }
  if (session->held_at_easiest()) return;
  int strong_and_fast = 0, counted = 0;
  for (const v1::AskedQuestion& question : session->asked()) {
    if (!Counts(question)) continue;
    ++counted;
    strong_and_fast += IsStrong(question) && IsFast(question) ? 1 : 0;
  }
  if (strong_and_fast >= kFastAnswersForHardest && strong_and_fast == counted) {
    session->set_hardest(true);
    session->set_level(v1::LEVEL_ADVANCED);
    return;
  }
  session->set_hardest(false);
  if (IsStrong(last) && IsFast(last)) session->set_level(Clamped(session->level() + 1));
  if (last.score() < kWeak) session->set_level(Clamped(session->level() - 1));
}

bool ChangeLevel(int by, v1::InterviewSession* session) {
  const v1::Level wanted = Clamped(session->level() + by);
  session->set_held_at_easiest(false);
  if (by < 0) session->set_hardest(false);
  const bool changed = wanted != session->level();
  session->set_level(wanted);
  return changed;
}

}  // namespace ringside::evaluator
