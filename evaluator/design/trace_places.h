// Where something stands in a trace, in words a person can follow: "job 7, rank 2, step 5, op 118 ...".
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "ringside/v1/program.pb.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::evaluator {

// "LOCATION, rank 2, step 5, op 118 grad_reduce all_reduce on dp"; step and op are left out where negative.
std::string PlaceOf(const v1::Trace& trace, std::string_view location, int rank, int step, int op);

struct PeakPlace {
  int step = -1;  // -1: before the first step
  int op = -1;
};

// Where the sum of all live allocations is highest for the first time.
PeakPlace FindPeak(const v1::RankTrace& rank);

// The op accepted by `wanted` that the compute stream stood still for the longest in `step` (its part of the
// time between compute ops); with none so, the longest. -1: the step holds no such op.
int MostExposedOp(const v1::Program& program, const v1::RankTrace& rank, int step,
                  const std::function<bool(const v1::OpDef&)>& wanted);

// The compute op that took longest in `step`; -1: none.
int LongestComputeOp(const v1::Program& program, const v1::RankTrace& rank, int step);

}  // namespace ringside::evaluator
