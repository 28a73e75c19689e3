#include "evaluator/interview/phases.h"

#include <algorithm>

#include "base/check.h"
#include "evaluator/interview/embedded_pushes.h"
#include "evaluator/interview/rules.h"
#include "proto/yaml.h"

namespace ringside::evaluator {
namespace {

v1::InterviewPhase OnePhase(std::string id, std::string title, int64_t ms, std::string_view group,
                            int questions) {
  v1::InterviewPhase phase;
  phase.set_id(std::move(id));
  phase.set_title(std::move(title));
  phase.set_minutes(static_cast<int32_t>(ms / 60'000));
  phase.add_groups(std::string(group));
  phase.set_questions(questions);
  return phase;
}

}  // namespace

std::vector<v1::InterviewPhase> PhasesOf(const v1::Curriculum& curriculum, v1::InterviewMode mode) {
  if (mode == v1::INTERVIEW_MODE_RAPID_FIRE) {
    return {OnePhase("rapid-fire", "Rapid fire", kRapidFireMs, kRapidFire, kRapidFireQuestions)};
  }
  if (mode == v1::INTERVIEW_MODE_DIAGNOSTIC) {
    const int questions = curriculum.diagnostic().questions_size();
    return {
        OnePhase("diagnostic", "Diagnostic", kDiagnosticMs, "diagnostic", questions > 0 ? questions : 10)};
  }
  if (curriculum.phases().empty()) {
    return {OnePhase("foundations", "Foundations", 600'000, kWarmUp, 3)};
  }
  return {curriculum.phases().begin(), curriculum.phases().end()};
}

bool Draws(const v1::InterviewPhase& phase, std::string_view group) {
  return std::find(phase.groups().begin(), phase.groups().end(), group) != phase.groups().end();
}

const v1::TheoryQuestion* FindQuestion(const InterviewContext& context, std::string_view id) {
  constexpr std::string_view kDebug = "debug/";
  if (id.starts_with(kDebug)) {
    const RoundData* round =
        context.rounds == nullptr ? nullptr : context.rounds->Find(id.substr(kDebug.size()));
    return round == nullptr ? nullptr : &round->question;
  }
  if (id.starts_with("design/")) return context.designs == nullptr ? nullptr : context.designs->Find(id);
  for (const v1::TheoryQuestion& push : Pushes().questions()) {
    if (push.id() == id) return &push;
  }
  return context.bank->FindTheory(id);
}

std::string AreaOf(const v1::Curriculum& curriculum, const v1::InterviewPhase& phase,
                   const v1::TheoryQuestion& question) {
  if (Draws(phase, kPractical)) {
    for (const v1::RubricArea& area : curriculum.areas()) {
      if (area.id() == kPractical) return area.id();
    }
  }
  for (const std::string& topic : question.topics()) {
    for (const v1::RubricArea& area : curriculum.areas()) {
      if (std::find(area.topics().begin(), area.topics().end(), topic) != area.topics().end())
        return area.id();
    }
  }
  return curriculum.areas().empty() ? "" : curriculum.areas(0).id();
}

const v1::BankFile& Pushes() {
  static const v1::BankFile* const kPushes = [] {
    auto* file = new v1::BankFile;
    const absl::Status read = proto::ParseYaml(kPushesYaml, "pushes.yaml", file);
    RINGSIDE_CHECK(read.ok());  // a test reads it, too
    return file;
  }();
  return *kPushes;
}

}  // namespace ringside::evaluator
