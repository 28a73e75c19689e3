// What the interviewer says around the questions: rigorous and encouraging, short, never the answer. Which of
// several wordings is taken is drawn by the seed of the session.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ringside::evaluator {

enum class Phrase {
  kGreeting,  // {0}: ", NAME" or nothing
  kStrongReply,
  kPartialReply,
  kWeakReply,
  kProbedReply,  // after a follow-up that brought something out
  kStillReply,   // ... that brought nothing
  kNotKnown,     // honest, nothing said yet
  kNoHurry,      // an empty answer
  kClarify,
  kAnswerNow,  // enough questions back
  kSkip,
  kWhy,         // what was said, now why
  kWhatIf,      // the same under harder conditions
  kConstraint,  // everything was fast: a further condition
  kOverrun,     // the time of the phase is over
  kCut,
  kClosing,
};

std::string Say(Phrase phrase, uint64_t seed, uint64_t count, std::string_view name = "");

}  // namespace ringside::evaluator
