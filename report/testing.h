// Runs made by hand for the tests of report/.
#pragma once

#include <utility>
#include <vector>

#include "report/runs.h"

namespace ringside::report {

// One run of `ranks` ranks: each computes `compute_s` and is on the wire for the rest of its step.
inline KeptRun RunOf(int ranks, double step_s, double compute_s, int64_t tokens = 1000) {
  KeptRun run;
  run.path = "run";
  run.cores = 64;
  run.scenario.set_name("gpt");
  run.scenario.mutable_plan()->set_dp(ranks);
  trace::RunSummary& s = run.summary;
  s.world_size = ranks;
  s.tokens_per_step = tokens;
  s.step_s_median = s.step_s_median_low = s.step_s_median_high = step_s;
  s.tokens_per_s = static_cast<double>(tokens) / step_s;
  for (int rank = 0; rank < ranks; ++rank) {
    trace::RankSummary r;
    r.rank = rank;
    r.host = "host";
    r.step_s = step_s;
    r.compute_s = compute_s;
    r.exposed_comm_s = step_s - compute_s;
    r.peak_total_bytes = 1 << 20;
    s.ranks.push_back(r);
  }
  return run;
}

// Step times around `step_s`, one per cent apart at most.
inline std::vector<double> Repeats(double step_s, int n) {
  std::vector<double> repeats_s;
  for (int i = 0; i < n; ++i) repeats_s.push_back(step_s * (1 + 0.002 * ((i * 3) % 5 - 2)));
  return repeats_s;
}

inline Point PointOf(int ranks, const std::vector<double>& repeats_s, int64_t tokens = 1000) {
  Point point;
  point.ranks = ranks;
  for (const double s : repeats_s) point.repeats.push_back(RunOf(ranks, s, s / 2, tokens));
  return point;
}

}  // namespace ringside::report
