// A first look at plans on clusters of the catalogue: step and memory by the fast form of the search,
// microseconds a plan once its parts are known. For choosing which plans are worth simulating; within a few
// percent.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "evaluator/design/runner.h"
#include "ringside/v1/scenario.pb.h"

namespace ringside::evaluator {

// Thread-safe; remembers what plans of one model on one cluster share, for the clusters asked for last.
class CatalogueEstimator {
 public:
  CatalogueEstimator();
  ~CatalogueEstimator();

  // `scenario` is resolved, and its device one of the catalogue. INVALID_ARGUMENT: a plan that the fast form
  // does not know.
  absl::StatusOr<Estimated> Estimate(const v1::Scenario& scenario);

 private:
  struct Base;
  std::mutex mutex_;
  absl::flat_hash_map<std::string, std::unique_ptr<Base>> bases_;
};

}  // namespace ringside::evaluator
