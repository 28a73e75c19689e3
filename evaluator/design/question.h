// A design question: it fixes the model, the cluster, the run and the faults; the candidate chooses the plan.
//
// A question that was loaded is complete and possible: every field is set, the constraints name the ranks
// and the global batch, and at least one plan divides model and ranks under them.
// Errors are INVALID_ARGUMENT and name file, field and reason. Pure functions but for LoadQuestion, which
// reads.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "ringside/v1/design.pb.h"

namespace ringside::evaluator {

// Weights of a rubric (or of the areas) that a question leaves out; the other areas weigh 0. With these no
// answer that does not fit can outrank one that does: feasibility weighs more than what an infeasible plan
// can still earn, which is memory_prediction + bottleneck.
struct DefaultWeights {
  static constexpr double kFeasibility = 0.30;
  static constexpr double kEfficiency = 0.30;
  static constexpr double kThroughputPrediction = 0.15;
  static constexpr double kMemoryPrediction = 0.10;
  static constexpr double kBottleneck = 0.15;
};

absl::StatusOr<v1::DesignQuestion> LoadQuestion(const std::string& path);
absl::StatusOr<v1::DesignQuestion> ParseQuestion(std::string_view yaml, std::string_view file_name);

// Validates, and fills in what may be left out: title (the id), objective (tokens_per_s), rubric weights,
// constraints.ranks (all devices of the cluster), constraints.max_micro_batch (the global batch); on the
// catalogue nodes as large as the link inside of them allows, and constraints.precisions (the narrowest that
// the device computes in); failures.restart_s.
absl::StatusOr<v1::DesignQuestion> ResolveQuestion(v1::DesignQuestion question);

}  // namespace ringside::evaluator
