// Holds a measured trace to what its programs predict, to the byte.
#pragma once

#include <vector>

#include "plan/program.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::parity {

// Fails the running test where peak memory (by category and in total) or sent bytes and calls (by collective
// and axis) of a rank differ from the prediction.
void ExpectExact(const std::vector<plan::Program>& programs, const v1::Trace& trace);

}  // namespace ringside::parity
