// `ringside calibrate --trace`: a profile corrected by what a run took.
#pragma once

#include "cli/command.h"

namespace ringside::cli {

// Writes the corrected profile to options.out, which must be given: the profile of the machine is not
// replaced by one run of it unasked.
int CalibrateFromTrace(const CalibrateOptions& options);

}  // namespace ringside::cli
