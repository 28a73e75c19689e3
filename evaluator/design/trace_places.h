// Where something stands in a trace, in words a person can follow: "job 7, rank 2, step 5, op 118 ...".
#pragma once

#include <string>
#include <string_view>

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

}  // namespace ringside::evaluator
