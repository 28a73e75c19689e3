// Time of an interview: only differences between events count, pauses do not.
#pragma once

#include <cstdint>

#include "ringside/v1/interview.pb.h"

namespace ringside::evaluator {

// Brings session.active_ms up to `at_ms`. A clock that goes back, or leaps by more than a day, stands still.
void AdvanceClock(int64_t at_ms, v1::InterviewSession* session);

// When phase `index` is to be over, on session.active_ms: as planned from the beginning, so that an overrun
// is taken from the phases after it, but none gets less than kLeastPhaseShare of its time.
int64_t PhaseDeadlineMs(const v1::InterviewSession& session, int index);

// Time that the phase under way has left; below 0: it is over.
int64_t PhaseLeftMs(const v1::InterviewSession& session);

// The first answer to a question, from when it was put; 0: there is none.
int64_t AnswerTimeMs(const v1::AskedQuestion& question);

// From when it was put until its last answer, hints and follow-ups included; 0: there is none.
int64_t QuestionTimeMs(const v1::AskedQuestion& question);

}  // namespace ringside::evaluator
