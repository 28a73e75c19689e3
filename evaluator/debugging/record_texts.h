// Evidence that is text: samples and labels as the model gets them, who reads what, who stands where.
#pragma once

#include <vector>

#include "plan/program.h"
#include "ringside/v1/debugging.pb.h"
#include "ringside/v1/scenario.pb.h"

namespace ringside::evaluator {

// data-samples, labels, rank-data and placement of the run `id`, from its programs and the data they read.
std::vector<v1::RecordedText> RecordTexts(const v1::Scenario& scenario,
                                          const std::vector<plan::Program>& programs, std::string_view id);

}  // namespace ringside::evaluator
