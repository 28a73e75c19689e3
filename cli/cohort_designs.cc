#include "cli/cohort_designs.h"

#include <utility>
#include <vector>

#include "cli/grading.h"
#include "evaluator/design/answer.h"
#include "evaluator/design/batch.h"
#include "evaluator/design/grade.h"

namespace ringside::cli {
namespace {

// Simulations are remembered for so many answers, then forgotten: memory stays bounded.
constexpr int kAnswersACache = 2000;

}  // namespace

// Remembers each question's best plan; there are as many as questions in the bank.
class CohortDesigns::Finder : public evaluator::BestPlanFinder {
 public:
  explicit Finder(evaluator::SearchBestPlan search) : search_(std::move(search)) {}

  absl::StatusOr<evaluator::BestPlan> Find(const v1::DesignQuestion& question,
                                           evaluator::DesignRunner& runner,
                                           const std::function<bool()>& cancelled) override {
    const auto known = best_.find(question.id());
    if (known != best_.end()) return known->second;
    return best_.emplace(question.id(), search_.Find(question, runner, cancelled)).first->second;
  }

 private:
  evaluator::SearchBestPlan search_;
  std::map<std::string, absl::StatusOr<evaluator::BestPlan>> best_;
};

CohortDesigns::CohortDesigns(const std::string& profile)
    : runner_(/*jobs=*/nullptr, RunnerOptions(profile, "")),
      finder_(std::make_unique<Finder>(evaluator::SearchBestPlan(RunnerOptions(profile, "").profile_of))) {}

CohortDesigns::~CohortDesigns() = default;

v1::Scorecard CohortDesigns::Grade(const v1::DesignQuestion& question, const v1::DesignAnswer& answer) {
  const std::lock_guard lock(mutex_);
  if (cache_ == nullptr || ++graded_ > kAnswersACache) {
    cache_ = std::make_unique<evaluator::CachingRunner>(runner_);
    graded_ = 0;
  }
  if (absl::Status valid = evaluator::ValidateAnswer(question, answer); !valid.ok()) {
    return evaluator::Ungraded(question, answer, std::string(valid.message()));
  }
  auto cards = evaluator::GradeBatch(question, {answer}, *cache_, *finder_);
  if (!cards.ok()) return evaluator::Ungraded(question, answer, std::string(cards.status().message()));
  return std::move(cards->front());
}

}  // namespace ringside::cli
