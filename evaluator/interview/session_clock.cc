#include "evaluator/interview/session_clock.h"

#include <algorithm>

#include "evaluator/interview/rules.h"

namespace ringside::evaluator {

void AdvanceClock(int64_t at_ms, v1::InterviewSession* session) {
  // Far-off values must not overflow the difference.
  const bool forwards = at_ms > session->last_at_ms() && session->last_at_ms() > -(int64_t{1} << 61) &&
                        at_ms < (int64_t{1} << 61);
  const int64_t gap = forwards ? at_ms - session->last_at_ms() : 0;
  session->set_last_at_ms(at_ms);
  if (!session->paused() && gap <= kMaxGapMs) session->set_active_ms(session->active_ms() + gap);
}

int64_t PhaseDeadlineMs(const v1::InterviewSession& session, int index) {
  int64_t planned = 0;
  for (int i = 0; i <= index; ++i) planned += session.phases(i).budget_ms();
  const v1::PhaseState& phase = session.phases(index);
  const auto least = static_cast<int64_t>(static_cast<double>(phase.budget_ms()) * kLeastPhaseShare);
  return phase.begun() ? std::max(planned, phase.begun_ms() + least) : planned;
}

int64_t PhaseLeftMs(const v1::InterviewSession& session) {
  return PhaseDeadlineMs(session, session.phase()) - session.active_ms();
}

int64_t AnswerTimeMs(const v1::AskedQuestion& question) {
  if (question.parts().empty() || question.parts(0).answer().empty()) return 0;
  return question.parts(0).answered_ms() - question.parts(0).asked_ms();
}

int64_t QuestionTimeMs(const v1::AskedQuestion& question) {
  int64_t last = 0;
  for (const v1::AnswerPart& part : question.parts()) last = std::max(last, part.answered_ms());
  return last == 0 ? 0 : last - question.parts(0).asked_ms();
}

}  // namespace ringside::evaluator
