// How hard the next question is: by marks and by time, both needed to go up; down by the mark alone; and on
// request.
#pragma once

#include "ringside/v1/interview.pb.h"

namespace ringside::evaluator {

// Strong: the mark, without hints. Fast: the first answer took at most kFastShare of the question's time.
bool IsStrong(const v1::AskedQuestion& question);
bool IsFast(const v1::AskedQuestion& question);

// After the last question of `asked` was closed. A poor warm-up holds the interview at the easiest level;
// strong and fast answers raise it by one, weak ones lower it; when all so far were strong and fast, it goes
// to the hardest.
void AdaptLevel(v1::InterviewSession* session);

// The candidate asks; an explicit wish lifts the hold of a poor warm-up. False: there is nothing beyond.
bool ChangeLevel(int by, v1::InterviewSession* session);

}  // namespace ringside::evaluator
