// The interviewer: a state machine over one message. No clock, thread, file or network: events come in with
// their times, what the interviewer says comes out. The same setup and events give the same interview, and a
// session that was written down and read again goes on as if nothing had happened.
//
// Not for several threads at once; different interviews are independent.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evaluator/interview/context.h"
#include "ringside/v1/interview.pb.h"

namespace ringside::evaluator {

class Interview {
 public:
  // Greets and puts the first question. INVALID_ARGUMENT with the field: an id that is no id, a topic, level,
  // mode or debugging round that is not there, a name that is too long. FAILED_PRECONDITION: the bank has no
  // question to begin with. `context` is copied; what it points at outlives the interview.
  static absl::StatusOr<Interview> Start(const InterviewContext& context, const v1::InterviewSetup& setup,
                                         int64_t at_ms);

  // Takes up a session where it was left; time that has passed in between does not count.
  // INVALID_ARGUMENT: no session of Start's making. FAILED_PRECONDITION: the open question is no longer in
  // the bank.
  static absl::StatusOr<Interview> Continue(const InterviewContext& context, v1::InterviewSession session,
                                            int64_t at_ms);

  // What the interviewer answers, perhaps nothing; also kept in session().turns. Never fails: what cannot be
  // done is said. After the end only the scorecard is there.
  std::vector<v1::InterviewTurn> Handle(const v1::InterviewEvent& event);

  const v1::InterviewSession& session() const { return session_; }

 private:
  Interview(const InterviewContext& context, v1::InterviewSession session)
      : context_(context), session_(std::move(session)) {}

  InterviewContext context_;
  v1::InterviewSession session_;
};

// INVALID_ARGUMENT with the field, as Start.
absl::Status CheckSetup(const InterviewContext& context, const v1::InterviewSetup& setup);

}  // namespace ringside::evaluator
