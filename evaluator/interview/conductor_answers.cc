#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "evaluator/debugging/round_library.h"
#include "evaluator/design/text.h"
#include "evaluator/interview/choose.h"
#include "evaluator/interview/conductor.h"
#include "evaluator/interview/difficulty.h"
#include "evaluator/interview/draw.h"
#include "evaluator/interview/marks.h"
#include "evaluator/interview/phases.h"
#include "evaluator/interview/rules.h"
#include "evaluator/interview/session_clock.h"
#include "evaluator/interview/signals.h"

namespace ringside::evaluator {
namespace {

constexpr std::string_view kHintNames[kHintLevels] = {"A nudge", "A direction", "Nearly the whole answer",
                                                      "The full answer"};

bool Flagged(const v1::TheoryGrade& grade, v1::AnswerFlag flag) {
  return std::find(grade.flags().begin(), grade.flags().end(), flag) != grade.flags().end();
}

int FollowUpsPut(const v1::AskedQuestion& asked) {
  return std::max(0, asked.parts_size() - 1 - asked.encouragements());
}

bool WasPut(const v1::AskedQuestion& asked, const std::string& prompt) {
  return std::any_of(asked.parts().begin(), asked.parts().end(),
                     [&](const auto& part) { return part.prompt() == prompt; });
}

bool GaveReason(const v1::AskedQuestion& asked) {
  return std::any_of(asked.parts().begin(), asked.parts().end(),
                     [](const auto& part) { return Seen(Signal::kReason, part.answer()).has_value(); });
}

// "weak", "strong": after which answers a follow-up of the bank is put; between the two only those for
// "always".
std::string_view Kind(double score) {
  return score < kWeak ? "weak" : score >= kStrong ? "strong" : "middle";
}

}  // namespace

void Conductor::HandleSay(std::string_view text) {
  std::string said = ValidUtf8(text.substr(0, kMaxTextBytes));
  while (!said.empty() && absl::ascii_isspace(static_cast<unsigned char>(said.back()))) said.pop_back();
  v1::InterviewTurn& turn = *session_.add_turns();
  turn.set_speaker(v1::SPEAKER_CANDIDATE);
  turn.set_kind("said");
  turn.set_at_ms(session_.active_ms());
  turn.set_text(said);
  if (!session_.open()) return;
  turn.set_question(Open().id());
  if (text.size() > kMaxTextBytes) {
    Turn("time",
         fmt::format("That is more than I can take in; the first {} bytes of it count.", kMaxTextBytes));
  }
  if (OverTimeOfOne()) return;  // too late, whether or not a clock has ticked in between: CheckTime goes on
  if (said.empty()) return Turn("reply", Words(Phrase::kNoHurry));
  if (InRound()) return HandleRound(said, false);
  if (InDesign()) return HandleDesign(said);
  HandleAnswer(said);
}

void Conductor::HandleAnswer(std::string_view text) {
  v1::AskedQuestion& asked = Open();
  const bool short_form = session_.setup().mode() != v1::INTERVIEW_MODE_FULL;
  if (!short_form && IsClarification(text)) {
    const bool enough = asked.clarifications() >= kMostClarifications;
    asked.set_clarifications(asked.clarifications() + 1);
    return Turn("clarification", Words(enough ? Phrase::kAnswerNow : Phrase::kClarify));
  }
  v1::AnswerPart& part = *asked.mutable_parts()->rbegin();
  part.set_answer(std::string(text));
  part.set_answered_ms(session_.active_ms());
  const double before = asked.score();
  const bool first = FollowUpsPut(asked) == 0;
  MarkAnswer(Reference(), context_.grader, &asked);
  if (short_form) return CloseAndNext(v1::QUESTION_END_ANSWERED);

  const bool not_known = Flagged(asked.grade(), v1::ANSWER_FLAG_NOT_KNOWN) && asked.score() < kWeak;
  if (not_known && asked.encouragements() == 0) {
    asked.set_encouragements(1);
    const std::string words = Words(Phrase::kNotKnown);
    Turn("encouragement", words);
    return AddPart(words);
  }
  Turn("reply", Words(!first && asked.score() <= before ? Phrase::kStillReply
                      : !first                          ? Phrase::kProbedReply
                      : asked.score() >= kStrong        ? Phrase::kStrongReply
                      : asked.score() >= kWeak          ? Phrase::kPartialReply
                                                        : Phrase::kWeakReply));
  if (!PutFollowUp()) CloseAndNext(v1::QUESTION_END_ANSWERED);
}

// From "what" to "why" to "what if": a reason is asked for before anything else; then what the bank has for
// answers of this kind; those who answer everything well and fast get a further condition.
bool Conductor::PutFollowUp() {
  v1::AskedQuestion& asked = Open();
  const int64_t spent_ms = session_.active_ms() - asked.parts(0).asked_ms();
  if (FollowUpsPut(asked) >= kMostFollowUps || spent_ms > int64_t{2000} * asked.time_target_s()) return false;
  if (PhaseLeftMs(session_) <= 0) return false;
  std::string prompt;
  const std::string_view kind = Kind(asked.score());
  const bool explains =
      asked.kind() == v1::QUESTION_KIND_CONCEPT || asked.kind() == v1::QUESTION_KIND_COMPARISON;
  if (explains && asked.score() >= kWeak && !GaveReason(asked) && FollowUpsPut(asked) == 0)
    prompt = Words(Phrase::kWhy);
  std::vector<std::string> fitting;
  for (const v1::FollowUp& follow_up : Reference().follow_ups()) {
    if (follow_up.when() != kind && follow_up.when() != "always") continue;
    if (!follow_up.question().empty()) {
      const bool known = FindQuestion(context_, follow_up.question()) != nullptr;
      const auto& queued = session_.queued();
      const bool waits = std::find(queued.begin(), queued.end(), follow_up.question()) != queued.end();
      if (known && !waits && queued.size() < 2) session_.add_queued(follow_up.question());
    } else if (!WasPut(asked, follow_up.prompt())) {
      fitting.push_back(follow_up.prompt());
    }
  }
  // One after a middling answer, two at most after others.
  const bool wanted = kind != "middle" || FollowUpsPut(asked) == 0;
  if (prompt.empty() && !fitting.empty() && wanted) {
    prompt = fitting[DrawIndex(session_.setup().seed(), asked.id(), static_cast<uint64_t>(asked.parts_size()),
                               fitting.size())];
    if (session_.hardest()) prompt = Words(Phrase::kConstraint) + prompt;
  } else if (prompt.empty() && session_.hardest() && FollowUpsPut(asked) == 0) {
    prompt = Words(Phrase::kWhatIf);
  }
  if (prompt.empty() || WasPut(asked, prompt)) return false;
  AddPart(prompt);
  Turn("follow-up", prompt);
  return true;
}

void Conductor::HandleHint() {
  if (!session_.open()) return;
  v1::AskedQuestion& asked = Open();
  const v1::TheoryQuestion& reference = Reference();
  const int shown = asked.hints_size();
  if (session_.setup().mode() != v1::INTERVIEW_MODE_FULL)
    return Turn("reply", "There are no hints in this mode.");
  if (shown >= std::min(kHintLevels, reference.hints_size()))
    return Turn("reply", "There is no further hint for this one.");
  const double price = kHintPrices[shown];
  if (asked.hint_offered() != shown + 1) {
    asked.set_hint_offered(shown + 1);
    return Turn(
        "price",
        fmt::format("{} costs {:.0f} % of what you earn on this question from here on. Ask again to see it.",
                    kHintNames[shown], price * 100));
  }
  v1::HintUse& hint = *asked.add_hints();
  hint.set_level(shown + 1);
  hint.set_price(price);
  hint.set_at_ms(session_.active_ms());
  std::string text = reference.hints(shown);
  const bool full = shown + 1 == kHintLevels;
  if (full && !reference.diagram().empty()) {
    if (const v1::Diagram* diagram = context_.bank->FindDiagram(reference.diagram()); diagram != nullptr) {
      text += fmt::format("\n\n{}\n{}", diagram->title(), diagram->text());
    }
  }
  Turn("hint", std::move(text));
  if (full && !InRound()) CloseAndNext(v1::QUESTION_END_SKIPPED);
}

void Conductor::HandleLevel(int by) {
  const std::string_view wish = by < 0 ? "an easier" : "a harder";
  if (session_.setup().mode() != v1::INTERVIEW_MODE_FULL)
    return Turn("reply", "The questions of this mode are fixed.");
  if (!ChangeLevel(by, &session_)) {
    return Turn("reply", fmt::format("There is no level {} this one. Let us stay with the question.",
                                     by < 0 ? "below" : "above"));
  }
  const bool untouched = session_.open() && !InRound() && Open().hints().empty() &&
                         Open().encouragements() == 0 && Open().parts_size() == 1 &&
                         Open().parts(0).answer().empty();
  if (!untouched || session_.swaps() >= kMostSwaps) {
    return Turn("reply", fmt::format("From the next question on, {} level. Please finish this one.", wish));
  }
  session_.set_swaps(session_.swaps() + 1);
  // Only if there is another question in this phase.
  Open().set_end(v1::QUESTION_END_SWAPPED);
  const auto choice = ChooseNext(context_, session_);
  Open().set_end(v1::QUESTION_END_UNSPECIFIED);
  if (!choice)
    return Turn("reply",
                fmt::format("I have no other question here; the next one will be of {} level.", wish));
  Turn("reply", fmt::format("Let us take {} one instead.", wish));
  Close(v1::QUESTION_END_SWAPPED);
  Ask(choice->id, fmt::format("{} one was asked for", wish));
}

}  // namespace ringside::evaluator
