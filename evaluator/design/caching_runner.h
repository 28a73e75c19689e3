// Runs each plan once: what the runner behind it said, errors included, is said again for one that compiles
// to the same programs.
#pragma once

#include <string>

#include "absl/container/flat_hash_map.h"
#include "evaluator/design/run_key.h"
#include "evaluator/design/runner.h"

namespace ringside::evaluator {

// Not thread-safe; made for one batch.
class CachingRunner : public DesignRunner {
 public:
  explicit CachingRunner(DesignRunner& runner) : runner_(runner) {}

  absl::StatusOr<Outcome> Run(const v1::Scenario& scenario) override {
    const std::string& key = KeyOf(scenario);
    const auto found = outcomes_.find(key);
    if (found != outcomes_.end()) return found->second;
    return outcomes_.emplace(key, runner_.Run(scenario)).first->second;
  }

  absl::StatusOr<Outcome> Predict(const v1::Scenario& scenario) override {
    const std::string& key = KeyOf(scenario);
    const auto found = predictions_.find(key);
    if (found != predictions_.end()) return found->second;
    return predictions_.emplace(key, runner_.Predict(scenario)).first->second;
  }

  absl::StatusOr<Estimated> Estimate(const v1::Scenario& scenario) override {
    return runner_.Estimate(scenario);
  }

 private:
  const std::string& KeyOf(const v1::Scenario& scenario) {
    const std::string text = scenario.SerializeAsString();
    const auto known = keys_.find(text);  // spares an equal scenario the compilation
    if (known != keys_.end()) return known->second;
    return keys_.emplace(text, RunKey(scenario)).first->second;
  }

  DesignRunner& runner_;
  absl::flat_hash_map<std::string, std::string> keys_;  // by scenario
  absl::flat_hash_map<std::string, absl::StatusOr<Outcome>> outcomes_, predictions_;
};

}  // namespace ringside::evaluator
