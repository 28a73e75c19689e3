#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "base/check.h"
#include "evaluator/interview/conductor.h"
#include "evaluator/interview/marks.h"
#include "evaluator/interview/ratings.h"
#include "evaluator/interview/rules.h"
#include "evaluator/interview/signals.h"

namespace ringside::evaluator {
namespace {

constexpr int kMostAttempts = 3;  // at a plan that can be run

std::string Verdict(const v1::Scorecard& card) {
  std::string text =
      fmt::format("{}: {} of 100 ({}).\n", card.plan_name().empty() ? "Your plan" : card.plan_name(),
                  Percent(card.total()), card.basis() == v1::ORIGIN_MEASURED ? "measured" : "simulated");
  for (const v1::AreaScore& area : card.areas()) {
    if (area.weight() > 0)
      text += fmt::format("  {:<24} {:>3}  {}\n", area.area(), Percent(area.score()), area.reason());
  }
  return text;
}

}  // namespace

bool Conductor::InDesign() const {
  return session_.open() && session_.asked().rbegin()->id().starts_with("design/");
}

// The plan is judged by what it does, the words by the design round's own rules; a plan that cannot be run
// may be mended twice.
void Conductor::HandleDesign(std::string_view text) {
  v1::AskedQuestion& asked = Open();
  if (IsClarification(text) && !absl::StrContains(absl::string_view(text.data(), text.size()), "=")) {
    asked.set_clarifications(asked.clarifications() + 1);
    return Turn("clarification",
                Words(asked.clarifications() > kMostClarifications ? Phrase::kAnswerNow : Phrase::kClarify));
  }
  v1::AnswerPart& part = *asked.mutable_parts()->rbegin();
  part.set_answer(std::string(text));
  part.set_answered_ms(session_.active_ms());
  const v1::DesignQuestion* question = context_.designs->Design(asked.id());
  RINGSIDE_CHECK(question != nullptr);
  // Settings of a later try replace those before; the words of all count.
  absl::StatusOr<v1::DesignAnswer> answer = ParseDesignAnswer(text);
  std::string wrong;
  if (answer.ok()) {
    answer->set_question(question->id());
    answer->set_candidate(session_.setup().candidate().empty() ? "candidate" : session_.setup().candidate());
    answer->set_rationale(AllAnswers(asked));
    const absl::StatusOr<v1::Scorecard> card = context_.design(*question, *answer);
    if (card.ok() && card->error().empty()) {
      *asked.mutable_design() = *card;
      asked.set_design_answer(std::string(text));
      *asked.mutable_grade() = card->coverage();
      asked.set_score(std::clamp(card->total() * (1 - HintPrice(asked)), 0.0, 1.0));
      Turn("verdict", Verdict(*card));
      return CloseAndNext(v1::QUESTION_END_ANSWERED);
    }
    wrong = card.ok() ? card->error() : std::string(card.status().message());
  } else {
    wrong = std::string(answer.status().message());
  }
  if (asked.parts_size() >= kMostAttempts) {
    Turn("reply", fmt::format("That cannot be run either: {}. Let us leave it.", wrong));
    return CloseAndNext(v1::QUESTION_END_ANSWERED);
  }
  const std::string prompt = fmt::format("That cannot be run: {}. What is the plan?", wrong);
  AddPart(prompt);
  Turn("follow-up", prompt);
}

}  // namespace ringside::evaluator
