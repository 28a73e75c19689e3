#include "evaluator/interview/testing.h"

#include <cstdio>
#include <cstdlib>

#include "evaluator/debugging/testing.h"
#include "evaluator/interview/phases.h"
#include "proto/yaml.h"

namespace ringside::evaluator::testing {
namespace {

template <class T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) {
    std::fprintf(stderr, "%s\n", std::string(value.status().message()).c_str());
    std::abort();
  }
  return *std::move(value);
}

Bank SmallBank() {
  const std::string folder = RINGSIDE_SOURCE_DIR "/evaluator/interview/testdata/";
  return Must(Bank::Parse(
      {{BankPart::kCurriculum, "curriculum.yaml", Must(proto::ReadYamlText(folder + "curriculum.yaml"))},
       {BankPart::kTheory, "bank.yaml", Must(proto::ReadYamlText(folder + "bank.yaml"))}}));
}

}  // namespace

const InterviewContext& SmallContext() {
  static const auto* const kContext = [] {
    auto* context = new InterviewContext;
    context->bank = new Bank(SmallBank());
    context->rounds = new RoundLibrary(Must(RoundLibrary::Embedded()));
    context->grader = GradeByWords;
    return context;
  }();
  return *kContext;
}

v1::InterviewSetup SomeSetup(uint64_t seed) {
  v1::InterviewSetup setup;
  setup.set_id("some-session");
  setup.set_candidate("Ada");
  setup.set_role("ML engineer");
  setup.set_mode(v1::INTERVIEW_MODE_FULL);
  setup.set_seed(seed);
  setup.set_debugging_round("shuffled-labels");
  return setup;
}

v1::InterviewEvent Event(v1::InterviewEventKind kind, int64_t at_ms, const std::string& text) {
  v1::InterviewEvent event;
  event.set_kind(kind);
  event.set_at_ms(at_ms);
  event.set_text(text);
  return event;
}

std::string FullAnswer(const InterviewContext& context, const v1::InterviewSession& session) {
  std::string answer;
  const v1::TheoryQuestion* question = FindQuestion(context, session.asked().rbegin()->id());
  for (const v1::ReferencePoint& point : question->points()) answer += point.text() + " ";
  return answer + "That is so because one follows from the other.";
}

}  // namespace ringside::evaluator::testing
