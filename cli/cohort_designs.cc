#include "cli/cohort_designs.h"

#include "cli/grading.h"
#include "evaluator/design/answer.h"
#include "evaluator/design/grade.h"

namespace ringside::cli {

CohortDesigns::CohortDesigns(const std::string& profile)
    : runner_(/*jobs=*/nullptr, RunnerOptions(profile, "")), finder_(RunnerOptions(profile, "").profile_of) {}

v1::Scorecard CohortDesigns::Grade(const v1::DesignQuestion& question, const v1::DesignAnswer& answer) {
  if (absl::Status valid = evaluator::ValidateAnswer(question, answer); !valid.ok()) {
    return evaluator::Ungraded(question, answer, std::string(valid.message()));
  }
  const std::lock_guard lock(mutex_);
  auto grader = graders_.find(question.id());
  if (grader == graders_.end()) {
    grader =
        graders_.emplace(question.id(), evaluator::DesignGrader::Create(question, runner_, finder_)).first;
  }
  if (!grader->second.ok()) {
    return evaluator::Ungraded(question, answer, std::string(grader->second.status().message()));
  }
  return (*grader->second)->Grade(answer);
}

}  // namespace ringside::cli
