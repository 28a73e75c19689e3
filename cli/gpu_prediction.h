// What the folded simulation expects of a scenario on a cluster of the catalogue.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/gpu_scenario.h"
#include "nlohmann/json_fwd.hpp"
#include "sim/search/gpu_search.h"

namespace ringside::cli {

struct GpuPrediction {
  v1::Scenario scenario;  // resolved
  sim::FoundPlan plan;
  int64_t limit_bytes = 0;
  std::string evidence;
  std::vector<nlohmann::json> ranks;  // one of each stage that differs
};

// Errors name file, line and field where they can.
absl::StatusOr<GpuPrediction> PredictOnCatalogue(GpuScenario scenario);

std::string ToText(const GpuPrediction& prediction);
nlohmann::json ToJson(const GpuPrediction& prediction);

}  // namespace ringside::cli
