#include "evaluator/design/batch.h"

#include <memory>
#include <utility>

#include "base/status_macros.h"
#include "evaluator/design/grader.h"
#include "evaluator/design/text.h"
#include "fmt/format.h"

namespace ringside::evaluator {

absl::StatusOr<std::vector<v1::Scorecard>> GradeBatch(const v1::DesignQuestion& question,
                                                      const std::vector<v1::DesignAnswer>& answers,
                                                      DesignRunner& runner, BestPlanFinder& finder,
                                                      const BatchHooks& hooks) {
  const auto tell = [&](const std::string& doing) {
    if (hooks.progress) hooks.progress(doing);
  };
  tell(fmt::format("looking for the best plan of {}", Printable(question.id(), 60)));
  RINGSIDE_ASSIGN_OR_RETURN(
      const std::unique_ptr<DesignGrader> grader,
      DesignGrader::Create(question, runner, finder, {hooks.counterfactuals, hooks.cancelled}));
  std::vector<v1::Scorecard> cards;
  cards.reserve(answers.size());
  for (const v1::DesignAnswer& answer : answers) {
    tell(fmt::format("answer {} of {}: {}", cards.size() + 1, answers.size(),
                     Printable(answer.candidate(), 40)));
    cards.push_back(grader->Grade(answer));
    if (hooks.cancelled && hooks.cancelled()) {  // whoever cancels may have ended the run as well
      return absl::CancelledError(
          fmt::format("stopped after {} of {} answers", cards.size() - 1, answers.size()));
    }
  }
  return cards;
}

}  // namespace ringside::evaluator
