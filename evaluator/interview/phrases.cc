#include "evaluator/interview/phrases.h"

#include <fmt/format.h>

#include <map>
#include <vector>

#include "evaluator/interview/draw.h"

namespace ringside::evaluator {
namespace {

using Wordings = std::vector<std::string_view>;

const Wordings& WordingsOf(Phrase phrase) {
  static const auto* const kWordings = new std::map<Phrase, Wordings>{
      {Phrase::kGreeting,
       {"Hello{0}, good to have you here. Let us go straight in.",
        "Welcome{0}. I look forward to hearing how you think. Here is where I would like to begin.",
        "Hi{0}, thanks for taking the time. Let us begin with something that everything else rests on."}},
      {Phrase::kStrongReply,
       {"Good. You gave the reason, not only the fact.", "Yes, that is a solid answer.",
        "That holds together well.", "Right, and you got to the point."}},
      {Phrase::kPartialReply,
       {"That is a good part of it.", "You are on the right track; there is more to it.",
        "Fair. Some of what matters is still missing.", "Good start."}},
      {Phrase::kWeakReply,
       {"Let us take a step back there.", "That does not quite carry yet. Let us build it up.",
        "All right. Let us look at it from the ground."}},
      {Phrase::kProbedReply,
       {"There it is.", "Good, that is what I was after.", "Yes, that adds what was missing."}},
      {Phrase::kStillReply,
       {"All right, let us leave that one.", "Fine, we will come back to such things.", "Let us move on."}},
      {Phrase::kNotKnown,
       {"Thank you for saying so. What do you know that is close to it? Reason from there; a hint is also "
        "there for the asking.",
        "That is an honest answer. Try to get at it from something you are sure of, or ask for a hint."}},
      {Phrase::kNoHurry, {"Take your time. I did not catch an answer.", "No hurry. Say what comes first."}},
      {Phrase::kClarify,
       {"Good that you ask. I leave that to you: state what you assume, and why it matters.",
        "Fair question. Take the usual case, say what you assume, and tell me where the answer would change.",
        "Decide for a reasonable value, say it aloud, and go on from there."}},
      {Phrase::kAnswerNow,
       {"You know enough to begin. Please answer with the assumptions that you have.",
        "Let us have an answer now; correct your assumptions on the way."}},
      {Phrase::kSkip, {"All right, we skip that one.", "Fine, on to the next."}},
      {Phrase::kWhy,
       {"You have told me what it is. Why does it work?",
        "So far that is what happens. Why does it happen?"}},
      {Phrase::kWhatIf,
       {"What if the model were a hundred times larger: which part of your answer breaks first?",
        "What if you had a tenth of the data: what of your answer changes?",
        "Where does that stop being true? Give me a case in which it fails."}},
      {Phrase::kConstraint, {"You are quick, so here is a condition more: ", "Then let us make it harder: "}},
      {Phrase::kOverrun,
       {"We are at the end of the time for this part. Finish your thought in a minute or two.",
        "The time for this part is up; please bring it to a close."}},
      {Phrase::kCut,
       {"I have to stop you there, we need the time for the next part.",
        "Let us leave it at that; the time is over."}},
      {Phrase::kClosing,
       {"That is the end of the interview. Thank you for the effort; here is how it went.",
        "We are through. Thank you; here is what I saw."}},
  };
  return kWordings->at(phrase);
}

}  // namespace

std::string Say(Phrase phrase, uint64_t seed, uint64_t count, std::string_view name) {
  const Wordings& wordings = WordingsOf(phrase);
  const std::string_view wording = wordings[DrawIndex(seed, "phrase", count, wordings.size())];
  const std::string address = name.empty() ? "" : fmt::format(", {}", name);
  return fmt::format(fmt::runtime(wording), address);
}

}  // namespace ringside::evaluator
