#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/check.h"
#include "evaluator/debugging/evidence_text.h"
#include "evaluator/debugging/round.h"
#include "evaluator/interview/conductor.h"
#include "evaluator/interview/marks.h"
#include "evaluator/interview/phases.h"
#include "evaluator/interview/rules.h"

namespace ringside::evaluator {
namespace {

std::string ReplyTo(double found) {
  if (found >= kStrong) return "You found it.";
  return found >= kWeak ? "That is part of it." : "That is not what happened.";
}

}  // namespace

bool Conductor::InRound() const {
  return session_.open() && session_.asked().rbegin()->has_debugging();
}

void Conductor::BeginRound(v1::AskedQuestion* asked) {
  const RoundData* round = context_.rounds->Find(asked->id().substr(asked->id().find('/') + 1));
  RINGSIDE_CHECK(round != nullptr);
  asked->mutable_debugging()->set_name(round->entry.name());
  asked->set_title("A run to debug");  // the entry's title would say the cause
  asked->set_time_target_s(kDebuggingTimeTargetS);
  const std::string prompt =
      Briefing(*round) +
      "\nAsk for whatever you want to see, one step after another, and begin with what is "
      "cheapest to check. When you know, name the cause and how you mend it.";
  AddPart(prompt);
  Turn("question", prompt);
}

void Conductor::HandleRound(std::string_view text, bool evidence_only) {
  v1::AskedQuestion& asked = Open();
  v1::DebuggingRoundState* state = asked.mutable_debugging();
  const RoundData* round = context_.rounds->Find(state->name());
  RINGSIDE_CHECK(round != nullptr);
  const auto kinds = EvidenceAskedFor(text);
  // Once a fix was asked for, a few words without anything to look at are that fix.
  const bool names_fix = asked.parts_size() > 1 && kinds.empty();
  if (evidence_only || (AsksToSee(text) && !names_fix)) {
    if (kinds.empty()) {
      return Turn("evidence", fmt::format("I can show you any of these:\n{}", EvidenceMenu()));
    }
    if (state->requests_size() >= kMostRequests) {
      return Turn("reply", "You have seen enough to decide. What is the cause, and how do you mend it?");
    }
    return Turn("evidence", ShowEvidence(*round, kinds, session_.active_ms(), state).text);
  }
  v1::AnswerPart& part = *asked.mutable_parts()->rbegin();
  part.set_answer(std::string(text));
  part.set_answered_ms(session_.active_ms());
  MarkAnswer(round->question, context_.grader, &asked);
  if (asked.parts_size() == 1 && !NamesFix(*round, asked.grade())) {
    const std::string prompt = "And how do you mend it? Say also if you want to correct the cause.";
    AddPart(prompt);
    return Turn("follow-up", prompt);
  }
  Diagnose(*round, AllAnswers(asked), context_.grader, state);
  // Cause and fix as far as hints did not give them away; the order is the candidate's own.
  const double found = Found(*round, *state) * (1 - HintPrice(asked));
  asked.set_score(std::clamp(kOrderShare * state->order_score() + kDiagnosisShare * found, 0.0, 1.0));
  state->set_score(asked.score());
  asked.set_title(round->entry.title());
  state->set_fix_shown(true);
  Turn("verdict", fmt::format("{} It was this: {} {}\nThis is the mended run beside it:\n{}",
                              ReplyTo(Found(*round, *state)), round->entry.cause(), round->entry.fix(),
                              MendedText(*round)));
  CloseAndNext(v1::QUESTION_END_ANSWERED);
}

}  // namespace ringside::evaluator
