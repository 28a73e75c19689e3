// Plans on clusters of the catalogue: the same programs as everywhere, folded, with the costs of data sheets
// and fitted laws. Milliseconds to a tenth of a second a plan, at thousands of ranks. Stateless, thread-safe.
#pragma once

#include "absl/status/statusor.h"
#include "evaluator/design/runner.h"
#include "ringside/v1/scenario.pb.h"

namespace ringside::evaluator {

// `scenario` is resolved, and its device one of the catalogue. Times are means over the stages; waiting for
// the host and what the laws add to a whole step is `unnamed_share`. A plan that does not fit is infeasible,
// with the uses of memory that are to blame; its measurement is that of the same plan with memory enough.
absl::StatusOr<Outcome> RunOnCatalogue(const v1::Scenario& scenario);

}  // namespace ringside::evaluator
