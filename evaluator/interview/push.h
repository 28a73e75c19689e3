// Questions that an answer calls for: a textbook account of attention is pushed to 100,000 tokens, talk of
// optimizers to weight decay against L2. Each once an interview, only after a good answer that left the
// matter out.
#pragma once

#include <string>

#include "ringside/v1/interview.pb.h"

namespace ringside::evaluator {

// After the last question of `asked` was closed: id of pushes.yaml; empty: nothing to push.
std::string PushAfter(const v1::InterviewSession& session);

}  // namespace ringside::evaluator
