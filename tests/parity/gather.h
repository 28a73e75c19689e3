// Puts the ranks' parts of a trained model together again, so that two layouts can be compared.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "plan/program.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::parity {

struct Tensor {
  std::string name;
  std::vector<double> weights;  // the global tensor, [outer, mid_total, inner]
  std::vector<double> grads;
};

// By parameter id. Replicas (data-parallel copies, tensors that tensor parallelism replicates, the two tied
// embeddings) must be equal to the bit; an element that nobody holds, or a replica that differs, is an
// INTERNAL error that names it.
absl::StatusOr<std::map<int, Tensor>> GatherModel(const std::vector<plan::Program>& programs,
                                                  const v1::Trace& trace);

// max |a - b| / max |b|; 0 for two zero tensors.
double RelativeDistance(const std::vector<double>& a, const std::vector<double>& b);

// The loss of every step, from any rank that knows it; ranks that know it must agree to the bit.
absl::StatusOr<std::vector<double>> LossesOf(const v1::Trace& trace);

}  // namespace ringside::parity
