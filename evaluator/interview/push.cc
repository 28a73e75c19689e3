#include "evaluator/interview/push.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "evaluator/interview/marks.h"
#include "evaluator/interview/rules.h"
#include "evaluator/interview/signals.h"

namespace ringside::evaluator {
namespace {

constexpr double kGood = 0.5;  // of the question: enough to build on

bool About(const v1::AskedQuestion& question, std::string_view topic) {
  return std::find(question.topics().begin(), question.topics().end(), topic) != question.topics().end();
}

bool WasPut(const v1::InterviewSession& session, std::string_view id) {
  return std::any_of(session.asked().begin(), session.asked().end(),
                     [&](const auto& asked) { return asked.id() == id; }) ||
         std::find(session.queued().begin(), session.queued().end(), id) != session.queued().end();
}

}  // namespace

std::string PushAfter(const v1::InterviewSession& session) {
  if (session.setup().mode() != v1::INTERVIEW_MODE_FULL || session.asked().empty()) return "";
  const v1::AskedQuestion& last = *session.asked().rbegin();
  if (last.end() != v1::QUESTION_END_ANSWERED || last.score() < kGood) return "";
  const std::string said = AllAnswers(last);
  const bool attention = About(last, "attention") || About(last, "transformers");
  if (attention && !Seen(Signal::kQuadratic, said) && !WasPut(session, "push-long-sequences")) {
    return "push-long-sequences";
  }
  const std::string lower = absl::AsciiStrToLower(said);
  const bool optimizers = About(last, "training") &&
                          (absl::StrContains(lower, "adam") || absl::StrContains(lower, "weight decay"));
  if (optimizers && !Seen(Signal::kDecoupled, said) && !WasPut(session, "push-weight-decay")) {
    return "push-weight-decay";
  }
  return "";
}

}  // namespace ringside::evaluator
