// Runs each scenario once: what the runner behind it said, errors included, is said again for an equal one.
#pragma once

#include <string>

#include "absl/container/flat_hash_map.h"
#include "evaluator/design/runner.h"

namespace ringside::evaluator {

// Not thread-safe; made for one batch.
class CachingRunner : public DesignRunner {
 public:
  explicit CachingRunner(DesignRunner& runner) : runner_(runner) {}

  absl::StatusOr<Outcome> Run(const v1::Scenario& scenario) override {
    const std::string key = scenario.SerializeAsString();  // no maps in it: equal messages, equal bytes
    const auto found = outcomes_.find(key);
    if (found != outcomes_.end()) return found->second;
    return outcomes_.emplace(key, runner_.Run(scenario)).first->second;
  }

 private:
  DesignRunner& runner_;
  absl::flat_hash_map<std::string, absl::StatusOr<Outcome>> outcomes_;
};

}  // namespace ringside::evaluator
