#include "evaluator/interview/interview.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/status_macros.h"
#include "evaluator/design/text.h"
#include "evaluator/interview/conductor.h"
#include "evaluator/interview/phases.h"
#include "evaluator/interview/rules.h"
#include "evaluator/interview/session_clock.h"

namespace ringside::evaluator {
namespace {

constexpr size_t kMaxNameBytes = 200;
constexpr int kMaxList = 2000;

absl::Status Bad(std::string_view field, std::string_view reason) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", field, reason));
}

bool IsId(std::string_view id) {
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::vector<v1::InterviewTurn> TurnsSince(const v1::InterviewSession& session, int first) {
  std::vector<v1::InterviewTurn> turns;
  for (int i = first; i < session.turns_size(); ++i) {
    if (session.turns(i).speaker() == v1::SPEAKER_INTERVIEWER) turns.push_back(session.turns(i));
  }
  return turns;
}

// What every index and reference of a session must keep, whoever wrote it.
absl::Status CheckSession(const InterviewContext& context, const v1::InterviewSession& session) {
  RINGSIDE_RETURN_IF_ERROR(CheckSetup(context, session.setup()));
  const auto phases = PhasesOf(context.bank->curriculum(), session.setup().mode());
  if (session.phases_size() != static_cast<int>(phases.size()))
    return Bad("phases", "are not those of the curriculum");
  if (session.phase() < 0 || session.phase() >= session.phases_size()) return Bad("phase", "is none");
  for (int i = 0; i < session.phases_size(); ++i) {
    if (session.phases(i).id() != phases[static_cast<size_t>(i)].id())
      return Bad("phases", "are not those of the curriculum");
  }
  if (session.level() < v1::LEVEL_FOUNDATION || session.level() > v1::LEVEL_ADVANCED)
    return Bad("level", "is none");
  if (session.open() && (session.asked().empty() || session.asked().rbegin()->parts().empty())) {
    return Bad("open", "there is no question");
  }
  if (session.open() && session.ended()) return Bad("open", "the interview has ended");
  if (session.open() && FindQuestion(context, session.asked().rbegin()->id()) == nullptr) {
    return absl::FailedPreconditionError(fmt::format(
        "question \"{}\", which is open, is no longer in the bank", session.asked().rbegin()->id()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckSetup(const InterviewContext& context, const v1::InterviewSetup& setup) {
  if (!IsId(setup.id())) return Bad("setup.id", "must be 1 to 64 letters, digits, '-' or '_'");
  if (setup.candidate().size() > kMaxNameBytes) return Bad("setup.candidate", "is longer than 200 bytes");
  if (setup.role().size() > kMaxNameBytes) return Bad("setup.role", "is longer than 200 bytes");
  if (!v1::InterviewMode_IsValid(setup.mode()) || setup.mode() == v1::INTERVIEW_MODE_UNSPECIFIED) {
    return Bad("setup.mode", "must be full, diagnostic or rapid_fire");
  }
  if (!v1::Level_IsValid(setup.level())) return Bad("setup.level", "must be foundation, core or advanced");
  if (setup.asked_before_size() > kMaxList) return Bad("setup.asked_before", "is longer than 2000 questions");
  for (const auto& [field, topics] :
       {std::pair("setup.topics", &setup.topics()), std::pair("setup.focus", &setup.focus())}) {
    for (const std::string& topic : *topics) {
      if (context.bank->FindTopic(topic) == nullptr)
        return Bad(field, fmt::format("there is no topic \"{}\"", topic));
    }
  }
  const std::string& round = setup.debugging_round();
  if (!round.empty() && (context.rounds == nullptr || context.rounds->Find(round) == nullptr)) {
    return Bad("setup.debugging_round", fmt::format("there is no round \"{}\"", round));
  }
  return absl::OkStatus();
}

absl::StatusOr<Interview> Interview::Start(const InterviewContext& context, const v1::InterviewSetup& setup,
                                           int64_t at_ms) {
  RINGSIDE_RETURN_IF_ERROR(CheckSetup(context, setup));
  v1::InterviewSession session;
  *session.mutable_setup() = setup;
  session.mutable_setup()->set_candidate(ValidUtf8(setup.candidate()));
  session.mutable_setup()->set_role(ValidUtf8(setup.role()));
  session.set_last_at_ms(at_ms);
  session.set_level(setup.level() == v1::LEVEL_UNSPECIFIED ? v1::LEVEL_FOUNDATION : setup.level());
  for (const v1::InterviewPhase& phase : PhasesOf(context.bank->curriculum(), setup.mode())) {
    v1::PhaseState& state = *session.add_phases();
    state.set_id(phase.id());
    state.set_title(phase.title());
    state.set_budget_ms(int64_t{60'000} * phase.minutes());
  }
  Interview interview(context, std::move(session));
  Conductor(interview.context_, &interview.session_).Begin();
  if (interview.session_.asked().empty()) {
    return absl::FailedPreconditionError("the bank has no question to begin such an interview with");
  }
  return interview;
}

absl::StatusOr<Interview> Interview::Continue(const InterviewContext& context, v1::InterviewSession session,
                                              int64_t at_ms) {
  RINGSIDE_RETURN_IF_ERROR(CheckSession(context, session));
  session.set_last_at_ms(at_ms);
  return Interview(context, std::move(session));
}

std::vector<v1::InterviewTurn> Interview::Handle(const v1::InterviewEvent& event) {
  const int first = session_.turns_size();
  if (session_.ended()) return {};
  AdvanceClock(event.at_ms(), &session_);
  Conductor(context_, &session_).Handle(event);
  return TurnsSince(session_, first);
}

}  // namespace ringside::evaluator
