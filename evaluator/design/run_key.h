// Which scenarios are one and the same run?
#pragma once

#include <string>

#include "ringside/v1/scenario.pb.h"

namespace ringside::evaluator {

// Equal for scenarios whose model, cluster, run and faults are equal and whose plans compile to the same
// programs: a bucket size that cuts no bucket elsewhere, or an overlap where nothing is reduced, makes no
// other run. To run such plans apart would let noise decide between them. Compiles every rank; a scenario
// that does not compile equals only itself. On a cluster of the catalogue, where nothing is run,
// plans are equal if they say the same.
std::string RunKey(const v1::Scenario& scenario);

}  // namespace ringside::evaluator
