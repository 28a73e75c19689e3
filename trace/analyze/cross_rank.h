// Traces of several ranks of one job side by side: one clock, who waited for whom, and what that cost.
//
// Kernels of one collective are matched across ranks by (group, operation, type) where the trace records
// them, by name otherwise, and by their ordinal; sends and receives between pairs are left out. A match
// counts only if all its kernels run at one time, as those of a collective do.
//
// A collective cannot end before its last rank has begun: what each rank spent in it before that is waiting,
// the rest is transfer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "trace/analyze/breakdown.h"
#include "trace/analyze/gpu_timeline.h"

namespace ringside::trace {

struct RankDelay {
  int rank = 0;
  int64_t clock_offset_ns = 0;  // added to the rank's times, after its base; 0: its clock was trusted
  int64_t wait_ns = 0;          // for later ranks, in collectives
  int64_t transfer_ns = 0;      // the rest of its time in collectives
  int64_t times_last = 0;       // collectives that it began as the last rank
  // How much later than the median rank it began those: how long the job would have waited less without it.
  int64_t late_ns = 0;
};

// Factors whose product is the parallel efficiency, as TALP defines them for GPUs: useful is compute, active
// is busy.
struct Efficiency {
  double load_balance = 0;   // mean useful / max useful
  double communication = 0;  // max useful / max active
  double orchestration = 0;  // max active / elapsed, of all ranks on one clock
  double parallel() const { return load_balance * communication * orchestration; }
};

struct CrossRank {
  std::vector<RankDelay> ranks;  // as the timelines
  int64_t elapsed_ns = 0;        // first begin to last end of any rank's GPU work, on one clock
  int64_t matched = 0;           // collectives
  int64_t unmatched = 0;         // kernels of communication that met no other rank's
  bool clocks_aligned = false;   // by the ends of collectives, as the clocks disagreed
  int64_t end_spread_ns = 0;     // median over collectives: last end minus first end, on one clock
  Efficiency efficiency;
  // Ranks by HolisticTraceAnalysis' rule, latest first: those that began latest the collective whose duration
  // varies most over the ranks.
  std::vector<int> late_starters;
};

// Empty: fewer than two ranks, or two traces of one rank. `breakdowns`: as the timelines.
std::optional<CrossRank> CompareRanks(const std::vector<const GpuTimeline*>& timelines,
                                      const std::vector<const Breakdown*>& breakdowns);

}  // namespace ringside::trace
