// What a trace says in a few figures: speed, memory, bytes on the wire, and where the time went.
//
//  Step time of step s: from the end of step s-1 on its last rank to the end of step s on its last rank (the
//  first
//    step: from its start on the first rank). Steps have no barrier, so ranks may be in different steps at
//    once; the times so defined add up to the elapsed time. Statistics leave out the first RunSpec.warmup
//    steps.
//  Interval of the median: the order statistics n/2 -+ 0.98 sqrt(n), between which the median of steps like
//  these
//    lies in 95 of 100 runs if steps are independent of each other. What disturbs a whole run is not in it.
//  tokens/s: tokens of a step / median step time.
//  Times per rank: means over the measured steps whose ops were all recorded (medians of parts would not
//    add up); definitions in trace/attribution.h.
//  Shares: parts of the summed rank-time; they add up to 1. dp_, tp_, pp_, cp_ and ep_communication are
//  exposed
//    time, by the family of the axis (trace/axis.h); skew is the wait for late members of collectives, other
//    is overhead.
//  Percentiles are nearest-rank. Units: s, bytes; GFLOP/s = 10^9 floating-point operations a second.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::trace {

struct RankSummary {
  int rank = 0;
  std::string host;
  std::map<std::string, int64_t>
      peak_bytes;                // high-water mark by category; all categories that were recorded
  int64_t peak_total_bytes = 0;  // high-water mark of the sum
  std::map<std::string, int64_t>
      sent_bytes;  // by "collective/axis", in one step; what sends nothing is left out
  // Seconds a step.
  double step_s = 0;
  double compute_s = 0;
  double exposed_comm_s = 0;
  double bubble_s = 0;
  double skew_s = 0;
  double other_s = 0;
  std::map<std::string, double> exposed_comm_by_axis_s;
  std::map<std::string, double> compute_by_phase_s;
  double wire_s = 0;    // some transfer of the rank was on the wire
  double hidden_s = 0;  // ... while it computed
};

struct RunSummary {
  std::string name;    // of the scenario; empty: none
  std::string origin;  // "measured" or "simulated"
  int world_size = 0;
  int warmup_steps = 0;
  int measured_steps = 0;    // that the step times are from
  int attributed_steps = 0;  // that the times per rank are from
  double step_s_median = 0, step_s_min = 0, step_s_max = 0, step_s_p10 = 0, step_s_p90 = 0;
  double step_s_median_low = 0, step_s_median_high = 0;
  std::vector<double> step_s;  // of every measured step
  int64_t tokens_per_step = 0;
  double tokens_per_s = 0;
  std::vector<std::optional<double>> loss;  // of every step, warm-up included; nullopt: no rank knew it
  // By name ("eval_loss", "grad_square_sum", ...), of every step as loss is: plan::Metric.
  std::map<std::string, std::vector<std::optional<double>>> metrics;
  int64_t flops_per_step = 0;  // all ops of all ranks
  double gflops_per_s = 0;
  std::vector<RankSummary> ranks;
  // compute, dp_communication (and tp_, pp_, cp_, ep_), pipeline_bubble, skew, other.
  std::map<std::string, double> shares;
  std::string bottleneck;         // the largest of the shares
  std::optional<double> overlap;  // hidden / wire time of all ranks; nullopt: nothing was sent
  double clock_residual_s = 0;    // the largest of all ranks

  int64_t peak_total_bytes() const;  // of the fullest rank
  // The first step, counted from 0, whose loss is infinite or no number: the training diverged.
  std::optional<int> first_non_finite_loss_step() const;
};

// INVALID_ARGUMENT: the trace contradicts itself. FAILED_PRECONDITION: it holds no complete step after the
// warm-up, or no step whose ops were recorded.
absl::StatusOr<RunSummary> Summarize(const v1::Trace& trace);

// Field names as in RunSummary; peak_bytes holds the categories and "total"; numbers that are not finite are
// null. "first_non_finite_loss_step" tells a loss that was not finite from one that is not known (null, too).
nlohmann::json ToJson(const RunSummary& summary);

}  // namespace ringside::trace
