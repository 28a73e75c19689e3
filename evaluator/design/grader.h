// Grades answers to one question, one after the other: what depends on the question alone (the best plan, the
// points to hold) is found out once, what depends on a plan alone (its run, its alternatives, its facts) once
// a plan.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "evaluator/claims/facts.h"
#include "evaluator/design/best_plan.h"
#include "evaluator/design/caching_runner.h"
#include "evaluator/design/runner.h"
#include "evaluator/theory/grade_answer.h"
#include "ringside/v1/design.pb.h"

namespace ringside::evaluator {

struct GraderOptions {
  bool counterfactuals = true;      // tens of simulations a distinct plan
  std::function<bool()> cancelled;  // asked while the best plan is looked for; may be empty
};

// Not thread-safe. Remembers up to kMostPlans plans, then forgets them all.
class DesignGrader {
 public:
  static constexpr size_t kMostPlans = 5000;

  // `question` need not be resolved; `runner` outlives this. INVALID_ARGUMENT: the question is malformed or
  // impossible. CANCELLED. Whatever kept the best plan from being found, e.g. UNAVAILABLE.
  static absl::StatusOr<std::unique_ptr<DesignGrader>> Create(const v1::DesignQuestion& question,
                                                              DesignRunner& runner, BestPlanFinder& finder,
                                                              const GraderOptions& options = {});

  // The same answer gives the same card, whatever was graded before. Never fails: an answer that cannot be
  // graded has a card with `error`.
  v1::Scorecard Grade(const v1::DesignAnswer& answer);

  const v1::DesignQuestion& question() const { return question_; }  // resolved
  const BestPlan& best() const { return best_; }

 private:
  struct PlanFindings {
    absl::StatusOr<Outcome> outcome;
    std::vector<v1::Counterfactual> counterfactuals;
    std::optional<claims::Facts> facts;  // none where there is no outcome
  };

  DesignGrader(v1::DesignQuestion question, DesignRunner& runner, bool counterfactuals);
  const PlanFindings& Find(const v1::Scenario& scenario);

  const v1::DesignQuestion question_;
  DesignRunner& runner_;
  const bool counterfactuals_;
  BestPlan best_;
  std::optional<theory::PreparedQuestion> must_hold_;
  std::unique_ptr<CachingRunner> cached_;
  absl::flat_hash_map<std::string, std::unique_ptr<PlanFindings>> by_plan_;  // by scenario
};

}  // namespace ringside::evaluator
