// Looks for the best plan of a question once: what the finder behind it said is said again.
#pragma once

#include <string>

#include "absl/container/flat_hash_map.h"
#include "evaluator/design/best_plan.h"

namespace ringside::evaluator {

// Not thread-safe; made for one basis: what is found with one runner is said whatever the next one is.
class CachingFinder : public BestPlanFinder {
 public:
  explicit CachingFinder(BestPlanFinder& finder) : finder_(finder) {}

  absl::StatusOr<BestPlan> Find(const v1::DesignQuestion& question, DesignRunner& runner,
                                const std::function<bool()>& cancelled) override {
    const std::string key = question.SerializeAsString();
    const auto known = found_.find(key);
    if (known != found_.end()) return known->second;
    absl::StatusOr<BestPlan> best = finder_.Find(question, runner, cancelled);
    if (best.ok()) found_.emplace(key, *best);
    return best;
  }

 private:
  BestPlanFinder& finder_;
  absl::flat_hash_map<std::string, BestPlan> found_;
};

}  // namespace ringside::evaluator
