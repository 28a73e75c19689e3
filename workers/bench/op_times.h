// Where the time of a rank's step goes, by kind of op.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "plan/program.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::bench {

struct OpTime {
  double ms = 0;  // of one step, the median of those after the warm-up
  double gflop = 0;
};

// Of the compute ops, by "phase kind" ("backward gemm"), and kOutside: the part of the step in none of them,
// which is communication that nothing hides, waiting, and the walk itself.
inline constexpr char kOutside[] = "outside of ops (communication, waiting)";
std::map<std::string, OpTime> OpTimesOf(const plan::Program& program, const v1::RankTrace& trace);

// The mean over ranks.
std::map<std::string, OpTime> MeanOf(const std::vector<std::map<std::string, OpTime>>& ranks);

// Names, the longest time first.
std::vector<std::pair<std::string, OpTime>> Sorted(const std::map<std::string, OpTime>& times);

}  // namespace ringside::bench
