#include "evaluator/interview/conductor.h"

#include <fmt/format.h>

#include <algorithm>

#include "absl/strings/str_join.h"
#include "base/check.h"
#include "evaluator/design/text.h"
#include "evaluator/interview/choose.h"
#include "evaluator/interview/difficulty.h"
#include "evaluator/interview/phases.h"
#include "evaluator/interview/push.h"
#include "evaluator/interview/rules.h"
#include "evaluator/interview/scorecard.h"
#include "evaluator/interview/session_clock.h"

namespace ringside::evaluator {
namespace {

std::string TimeLimitText(int seconds) {
  return seconds >= 120 ? fmt::format("about {} minutes", (seconds + 30) / 60)
                        : fmt::format("about {} seconds", seconds);
}

}  // namespace

void Conductor::Turn(std::string_view kind, std::string text) {
  v1::InterviewTurn& turn = *session_.add_turns();
  turn.set_speaker(v1::SPEAKER_INTERVIEWER);
  turn.set_kind(std::string(kind));
  turn.set_at_ms(session_.active_ms());
  turn.set_text(std::move(text));
  if (session_.open()) turn.set_question(Open().id());
}

std::string Conductor::Words(Phrase phrase, std::string_view name) {
  return Say(phrase, session_.setup().seed(), static_cast<uint64_t>(session_.turns_size()), name);
}

const v1::TheoryQuestion& Conductor::Reference() {
  const v1::TheoryQuestion* question = FindQuestion(context_, Open().id());
  RINGSIDE_CHECK(question != nullptr);  // Ask and Continue have looked
  return *question;
}

void Conductor::Begin() {
  Turn("greeting", Words(Phrase::kGreeting, Printable(session_.setup().candidate(), 60)));
  BeginPhase();
  Next();
}

void Conductor::Handle(const v1::InterviewEvent& event) {
  session_.set_events(session_.events() + 1);
  Dispatch(event);
  if (!session_.ended()) CheckTime();
  if (!session_.ended() && session_.events() >= kMaxEvents) Finish("the session is as long as one may be");
}

void Conductor::Dispatch(const v1::InterviewEvent& event) {
  if (session_.paused() && event.kind() != v1::INTERVIEW_EVENT_KIND_TICK) {
    session_.set_paused(false);  // whatever is done ends the pause; its time has not counted
    if (event.kind() == v1::INTERVIEW_EVENT_KIND_PAUSE) return Turn("time", "We go on.");
  }
  switch (event.kind()) {
    case v1::INTERVIEW_EVENT_KIND_SAY:
      return HandleSay(event.text());
    case v1::INTERVIEW_EVENT_KIND_HINT:
      return HandleHint();
    case v1::INTERVIEW_EVENT_KIND_EASIER:
      return HandleLevel(-1);
    case v1::INTERVIEW_EVENT_KIND_HARDER:
      return HandleLevel(+1);
    case v1::INTERVIEW_EVENT_KIND_SKIP:
      Turn("reply", Words(Phrase::kSkip));
      return CloseAndNext(v1::QUESTION_END_SKIPPED);
    case v1::INTERVIEW_EVENT_KIND_PAUSE:
      session_.set_paused(true);
      return Turn(kPauseTurn, "The clock is stopped. Say anything to go on.");
    case v1::INTERVIEW_EVENT_KIND_RESUME:
      return Repeat();
    case v1::INTERVIEW_EVENT_KIND_END:
      return Finish("the candidate ended it");
    case v1::INTERVIEW_EVENT_KIND_EVIDENCE:
      return InRound() ? HandleRound(event.text(), true)
                       : Turn("reply", "There is nothing to look at in this question.");
    case v1::INTERVIEW_EVENT_KIND_REPEAT:
      return Repeat();
    default:
      return;  // a tick: only time has passed
  }
}

void Conductor::Repeat() {
  if (!session_.open()) return;
  Turn("question", Open().parts().rbegin()->prompt());
}

void Conductor::BeginPhase() {
  v1::PhaseState& phase = *session_.mutable_phases(session_.phase());
  phase.set_begun(true);
  phase.set_begun_ms(session_.active_ms());
  const v1::InterviewPhase rule =
      PhasesOf(context_.bank->curriculum(), session_.setup().mode())[static_cast<size_t>(session_.phase())];
  if (Draws(rule, kArchitecture) && session_.deep_topics().empty()) {
    for (const std::string& topic : ChooseDeepTopics(context_, session_)) session_.add_deep_topics(topic);
  }
  if (session_.phase() == 0) return;  // the greeting has begun it
  std::string text = fmt::format("{}: {} minutes.", phase.title(), phase.budget_ms() / 60'000);
  if (Draws(rule, kArchitecture) && !session_.deep_topics().empty()) {
    std::vector<std::string> titles;
    for (const std::string& topic : session_.deep_topics()) {
      const v1::Topic* known = context_.bank->FindTopic(topic);
      titles.push_back(known == nullptr ? topic : known->title());
    }
    text += fmt::format(" We go into {}.", absl::StrJoin(titles, ", "));
  }
  Turn("phase", std::move(text));
}

void Conductor::EndPhase() {
  v1::PhaseState& phase = *session_.mutable_phases(session_.phase());
  phase.set_ended(true);
  phase.set_ended_ms(session_.active_ms());
  session_.clear_queued();
}

void Conductor::Next() {
  while (!session_.ended()) {
    const auto phases = PhasesOf(context_.bank->curriculum(), session_.setup().mode());
    const v1::InterviewPhase& rule = phases[static_cast<size_t>(session_.phase())];
    const bool room = AskedInPhase(session_) < rule.questions() && PhaseLeftMs(session_) > 0;
    if (room && !session_.queued().empty()) {
      const std::string id = session_.queued(0);
      session_.mutable_queued()->DeleteSubrange(0, 1);
      const bool asked = std::any_of(session_.asked().begin(), session_.asked().end(),
                                     [&](const auto& q) { return q.id() == id; });
      if (FindQuestion(context_, id) != nullptr && !asked) return Ask(id, "it follows from the last answer");
      continue;
    }
    if (room) {
      if (const auto choice = ChooseNext(context_, session_)) return Ask(choice->id, choice->reason);
    }
    EndPhase();
    if (session_.phase() + 1 == session_.phases_size()) return Finish("all parts are done");
    session_.set_phase(session_.phase() + 1);
    BeginPhase();
  }
}

void Conductor::Ask(const std::string& id, const std::string& reason) {
  const v1::TheoryQuestion& question = *FindQuestion(context_, id);
  const auto phases = PhasesOf(context_.bank->curriculum(), session_.setup().mode());
  const v1::InterviewPhase& rule = phases[static_cast<size_t>(session_.phase())];
  v1::AskedQuestion& asked = *session_.add_asked();
  asked.set_id(id);
  asked.set_title(question.title());
  asked.set_phase(rule.id());
  asked.set_area(AreaOf(context_.bank->curriculum(), rule, question));
  *asked.mutable_topics() = question.topics();
  asked.set_level(question.level());
  asked.set_kind(question.kind());
  asked.set_reason(reason);
  asked.set_time_target_s(question.time_target_s() > 0 ? question.time_target_s() : kDefaultTimeTargetS);
  session_.set_open(true);
  if (id.starts_with("debug/")) return BeginRound(&asked);
  AddPart(question.prompt());
  const bool timed = session_.setup().mode() == v1::INTERVIEW_MODE_RAPID_FIRE;
  Turn("question", timed ? fmt::format("{} ({})", question.prompt(), TimeLimitText(asked.time_target_s()))
                         : question.prompt());
}

void Conductor::AddPart(const std::string& prompt) {
  v1::AnswerPart& part = *Open().add_parts();
  part.set_prompt(prompt);
  part.set_asked_ms(session_.active_ms());
}

void Conductor::Close(v1::QuestionEnd end) {
  v1::AskedQuestion& asked = Open();
  const bool said = std::any_of(asked.parts().begin(), asked.parts().end(),
                                [](const auto& part) { return !part.answer().empty(); });
  // What was said counts, however the question ended; so does silence for as long as an answer would have
  // taken, or nothing would be the best answer to a hard question.
  const int64_t open_ms = session_.active_ms() - asked.parts(0).asked_ms();
  const bool silent =
      !said && end == v1::QUESTION_END_CUT && open_ms >= int64_t{1000} * asked.time_target_s();
  if (silent) end = v1::QUESTION_END_SKIPPED;
  asked.set_end(said && end != v1::QUESTION_END_SWAPPED ? v1::QUESTION_END_ANSWERED : end);
  session_.set_open(false);
  AdaptLevel(&session_);
}

void Conductor::CloseAndNext(v1::QuestionEnd end) {
  Close(end);
  if (std::string push = PushAfter(session_); !push.empty()) session_.add_queued(std::move(push));
  Next();
}

bool Conductor::OverTimeOfOne() {
  if (session_.setup().mode() != v1::INTERVIEW_MODE_RAPID_FIRE) return false;
  const int64_t limit_ms = std::max<int64_t>(kRapidFireAnswerMs, int64_t{1000} * Open().time_target_s());
  return session_.active_ms() - Open().parts(0).asked_ms() > limit_ms;
}

void Conductor::CheckTime() {
  v1::PhaseState& phase = *session_.mutable_phases(session_.phase());
  if (!session_.open()) return;
  if (OverTimeOfOne()) {
    Turn("time", "Time. Next one.");
    return CloseAndNext(v1::QUESTION_END_SKIPPED);
  }
  const int64_t left_ms = PhaseLeftMs(session_);
  if (left_ms > 0) return;
  if (left_ms > -kGraceMs) {
    if (!phase.overrun_said()) Turn("time", Words(Phrase::kOverrun));
    phase.set_overrun_said(true);
    return;
  }
  Turn("time", Words(Phrase::kCut));
  CloseAndNext(v1::QUESTION_END_CUT);
}

void Conductor::Finish(std::string reason) {
  if (session_.open()) Close(v1::QUESTION_END_CUT);
  v1::PhaseState& phase = *session_.mutable_phases(session_.phase());
  if (phase.begun() && !phase.ended()) EndPhase();
  session_.set_ended(true);
  session_.set_end_reason(std::move(reason));
  Turn("closing", Words(Phrase::kClosing));
  *session_.mutable_scorecard() = MakeScorecard(context_, session_);
}

}  // namespace ringside::evaluator
