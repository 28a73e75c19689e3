// Everything that a training run computed, step by step, in a file that other programs read.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "ringside/v1/scenario.pb.h"

namespace ringside::pytorch {

// Runs `scenario` in threads and writes a safetensors file, all real numbers in F64:
//   "S/tokens", "S/targets"   I32 [sequences, seq_len] of step S, from 0
//   "S/loss", "S/lr"          [1]; "S/aux_loss" and "S/grad_norm" where the program has them
//   "S/weights/NAME"          [outer, mid, inner], the global tensor that step S began with; also of the step
//                             after the last
//   "S/grads/NAME"            the gradient that step S computed, before it is clipped
// and in the metadata "scenario": the resolved scenario as JSON, with proto field names. Replicas that differ
// in a bit, and elements that no rank holds, are INTERNAL errors.
absl::Status RecordRun(const v1::Scenario& scenario, const std::string& path);

}  // namespace ringside::pytorch
