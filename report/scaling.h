// A scaling report: points over the number of ranks, what was lost and to what, the law, the gate.
//
//  speed        tokens/s a device = tokens of a step / (median step time x ranks)
//  efficiency   speed / speed of the smallest number of ranks measured. For strong scaling that is
//               T1 p1 / (Tp p), for weak scaling T1 / Tp.
//  step time    of a repeat: its median step. Of a point: the median of the repeats, with the exact interval
//  of
//               a median (report/statistics.h); with one repeat the interval of its steps, which does not
//               know what differs from run to run (interval.coverage is then 0).
//  kind         strong: every point has the same tokens a step; weak: the same tokens a step and rank;
//               mixed: neither, and no law is fitted. One point alone is strong.
//  change       with a baseline: the gate (report/gate.h) at every number of ranks that both have
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "report/factors.h"
#include "report/fit.h"
#include "report/gate.h"
#include "report/runs.h"
#include "report/statistics.h"

namespace ringside::report {

enum class Kind { kStrong, kWeak, kMixed };
std::string_view Name(Kind kind);

struct PointFigures {
  double step_s = 0;
  double tokens_per_s = 0;
  double tokens_per_s_per_device = 0;
  double efficiency = 1;
  int64_t peak_bytes = 0;  // of the fullest rank
};

struct ScalingPoint {
  int ranks = 0;
  int64_t tokens_per_step = 0;
  bool measured = false;          // figures, interval and factors are of repeats, else of the prediction
  std::vector<double> repeats_s;  // median step of every repeat, in order
  PointFigures figures;
  Interval interval;               // of step_s
  double least_s = 0, most_s = 0;  // of the repeats
  Factors factors;
  double computation_scalability = 1;    // relative to the first point
  std::vector<int64_t> rank_peak_bytes;  // by rank
  std::optional<PointFigures> predicted;
  bool oversubscribed = false;  // more ranks on a node than it has cores (CPU workers)
  std::optional<GateResult> change;
};

struct ScalingReport {
  std::string name;     // of the scenario
  std::string machine;  // "AMD EPYC, 2 cores; kernels; transport"
  Kind kind = Kind::kStrong;
  std::vector<ScalingPoint> points;  // ascending in ranks
  std::optional<FittedLaw> law;
  std::string law_note;               // why there is none, or what to know of it
  std::vector<std::string> findings;  // sentences: what was lost to what, and where the law breaks
  std::vector<std::string> notes;     // what a reader must know of the figures

  bool confirmed_regression() const;
};

struct ReportOptions {
  GateSettings gate;
  std::vector<KeptRun> noise;  // A/A repeats, by number of ranks; a point without takes the baseline's own
};

// `points` from PointsOf, at least one; `baseline` may be empty. INVALID_ARGUMENT: there is nothing to
// report, or what FitLaw, Judge and NoiseFloor say.
absl::StatusOr<ScalingReport> MakeReport(const std::vector<Point>& points, const std::vector<Point>& baseline,
                                         const ReportOptions& options = {});

nlohmann::json ToJson(const ScalingReport& report);

}  // namespace ringside::report
