// Finds the best plan of a question: the one that it names; on clusters of the catalogue the best of all by
// bounds (design/catalogue_search.h); else the simulator ranks every layout, and the first few are then put
// to the same runner as the answers, so that the yardstick stands on the answers' own basis. Stateless: any
// thread.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "evaluator/design/best_plan.h"
#include "ringside/v1/device.pb.h"

namespace ringside::evaluator {

class SearchBestPlan : public BestPlanFinder {
 public:
  using ProfileOf = std::function<absl::StatusOr<v1::DeviceProfile>(const std::string& device)>;

  // `profile_of` as in RunOrSimulateOptions. `runs`: how many of the plans ranked first are run, at least 1;
  // more make up for more of the simulator's error.
  explicit SearchBestPlan(ProfileOf profile_of, int runs = 3);

  // Asks `cancelled` before each plan that is simulated or run.
  // A plan that cannot be judged is passed over if another can; FAILED_PRECONDITION: no plan fits the memory.
  absl::StatusOr<BestPlan> Find(const v1::DesignQuestion& question, DesignRunner& runner,
                                const std::function<bool()>& cancelled) override;

 private:
  ProfileOf profile_of_;
  int runs_;
};

}  // namespace ringside::evaluator
