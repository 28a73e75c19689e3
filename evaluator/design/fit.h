// Does a plan fit the memory it is granted? Exact, from the compiled programs, before anything runs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plan/program.h"

namespace ringside::evaluator {

struct Fit {
  bool fits = true;
  int64_t limit_bytes = 0;  // granted to a rank; 0: no limit
  int64_t peak_bytes = 0;   // of the fullest rank, the first of equals
  int rank = 0;             // that rank
  std::string op;           // "op 118 forward gemm layer 3 mb 1": where the peak is reached
  std::string by_category;  // "weights 12.0, activations 44.1 MiB": what fills it, largest first
};

// Of all ranks' programs, by rank; at least one.
Fit CheckFit(const std::vector<plan::Program>& programs);

// The infeasibility of a plan that does not fit, with what was needed and what granted as evidence.
struct Infeasible;
Infeasible DoesNotFit(const Fit& fit);

}  // namespace ringside::evaluator
