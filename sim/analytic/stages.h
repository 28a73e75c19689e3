// How layers are cut into pipeline stages: as frameworks do, evenly, or with the two ends counted as work.
#pragma once

#include "sim/analytic/problem.h"

namespace ringside::sim::analytic {

struct Stages {
  double first_layers = 0, middle_layers = 0, last_layers = 0;
};

// Where the stack cuts by cost, that of the output product counts by its parameters, in layers.
Stages CutStages(const Problem& problem);

}  // namespace ringside::sim::analytic
