// The parts of one step of the interview; Interview alone uses it.
#pragma once

#include <string>
#include <string_view>

#include "evaluator/interview/context.h"
#include "evaluator/interview/phrases.h"
#include "ringside/v1/interview.pb.h"

namespace ringside::evaluator {

class Conductor {
 public:
  Conductor(const InterviewContext& context, v1::InterviewSession* session)
      : context_(context), session_(*session) {}

  void Begin();                                  // greeting and first question
  void Handle(const v1::InterviewEvent& event);  // the clock stands at its time already

 private:
  // conductor.cc: events, phases, questions
  void Dispatch(const v1::InterviewEvent& event);
  void Next();  // the next question, the next phase, or the end
  void Ask(const std::string& id, const std::string& reason);
  void BeginPhase();
  void EndPhase();
  void Close(v1::QuestionEnd end);  // the open question
  void CloseAndNext(v1::QuestionEnd end);
  void CheckTime();
  bool OverTimeOfOne();  // the open question's, where each has its own
  void Finish(std::string reason);
  void Repeat();

  // conductor_answers.cc: what is said to a question of the bank
  void HandleSay(std::string_view text);
  void HandleAnswer(std::string_view text);
  bool PutFollowUp();  // true: the question stays open
  void HandleHint();
  void HandleLevel(int by);
  void AddPart(const std::string& prompt);

  // conductor_rounds.cc: the debugging round
  bool InRound() const;
  void BeginRound(v1::AskedQuestion* asked);
  void HandleRound(std::string_view text, bool evidence_only);

  // conductor_designs.cc: a plan that is run
  bool InDesign() const;
  void HandleDesign(std::string_view text);

  void Turn(std::string_view kind, std::string text);
  std::string Words(Phrase phrase, std::string_view name = "");
  v1::AskedQuestion& Open() { return *session_.mutable_asked()->rbegin(); }
  const v1::TheoryQuestion& Reference();  // of the open question

  const InterviewContext& context_;
  v1::InterviewSession& session_;
};

}  // namespace ringside::evaluator
