// One row of a table of published runs (columns: `ringside validate --help`) as a problem: its cells, and
// what its note says of experts, networks and options. Measured columns are never read.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "ringside/v1/hardware.pb.h"
#include "sim/analytic/csv.h"
#include "sim/analytic/problem.h"

namespace ringside::sim::analytic {

// The problem points into `catalogue`. INVALID_ARGUMENT: a cell that is no number, a plan that is none;
// UNIMPLEMENTED: a device that the catalogue does not have, a model that cannot be expressed. Both say why.
absl::StatusOr<Problem> ProblemOfRun(const v1::Catalogue& catalogue, const CsvRow& row);

// A row of a table of single-node steps (columns case, model, layers, gpus, ..., micro_batches,
// measured_step_s, measured_alloc_gib) as a row of runs; any other row as it is.
CsvRow AsRun(const CsvRow& row);

// The name of the software stack that a row's columns and note speak of.
std::string StackOfRun(const CsvRow& row);

}  // namespace ringside::sim::analytic
