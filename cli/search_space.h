// What a search is asked for on the command line, as a request.
#pragma once

#include "absl/status/status.h"
#include "cli/command.h"
#include "cli/gpu_scenario.h"
#include "sim/search/gpu_search.h"

namespace ringside::cli {

// Sequences a step of the scenario's plan; 0: it does not say.
int GlobalBatchOf(const v1::Scenario& scenario);

// `in` is of a cluster of the catalogue; FillNodes is called on it. INVALID_ARGUMENT names the flag.
absl::Status FillRequest(const GpuScenario& in, const SearchOptions& options, sim::SearchRequest* request);

}  // namespace ringside::cli
