// What a candidate is shown: the evidence of a recorded run as text. Only what was measured (or simulated,
// and then it says so); nothing of the cause.
#pragma once

#include <string>

#include "evaluator/debugging/evidence.h"
#include "evaluator/debugging/round_library.h"

namespace ringside::evaluator {

// One or more lines, each indented. What was not recorded for this run is said so.
std::string EvidenceText(const RoundData& round, const EvidenceKind& kind);

// Planted and mended side by side: curves and the figures that prove the mistake.
std::string MendedText(const RoundData& round);

}  // namespace ringside::evaluator
