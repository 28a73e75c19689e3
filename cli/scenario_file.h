// A scenario file, read, resolved and compiled; errors name file, line, field and reason.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "plan/compile.h"
#include "plan/program.h"
#include "ringside/v1/scenario.pb.h"

namespace ringside::cli {

struct CompiledScenario {
  v1::Scenario scenario;  // resolved: every field is set
  plan::Resolved resolved;
  std::vector<plan::Program> programs;  // by rank
};

// `ranks` as in LoadScenario. INVALID_ARGUMENT: "plan.tp: 3 does not divide ...".
absl::StatusOr<CompiledScenario> CompileScenario(v1::Scenario scenario, int ranks = 0);

// `ranks` 0: as the plan says. Else the plan must have that many ranks; where it says nothing about dp, dp
// becomes ranks / (tp * pp * cp).
// INVALID_ARGUMENT: "FILE:LINE: plan.tp: 3 does not divide ...". NOT_FOUND, PERMISSION_DENIED: no such file.
absl::StatusOr<CompiledScenario> LoadScenario(const std::string& path, int ranks = 0);

}  // namespace ringside::cli
