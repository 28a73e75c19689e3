// The shape of a published model, from a row's cells and note.
#pragma once

#include "absl/status/statusor.h"
#include "sim/analytic/csv.h"
#include "sim/analytic/problem.h"

namespace ringside::sim::analytic {

// Whether the MLP is gated and the ends share weights is what comes nearest to the row's parameter count.
// INVALID_ARGUMENT: a cell that is no number. UNIMPLEMENTED: a shape that is not given, state-space layers,
// experts that the note does not describe.
absl::StatusOr<ModelShape> ModelOfRun(const CsvRow& row);

}  // namespace ringside::sim::analytic
