// POP factors: which part of the lost efficiency has which cause.
//
// Definitions: Performance Optimisation and Productivity (POP CoE), "Standard Metrics for Performance
// Audits"; Rosas, Gimenez & Labarta 2014, "Scalability prediction for fundamental performance factors". All
// in (0, 1] but computation scalability, which caches can bring above 1.
//
//  useful             time of a rank in compute ops (RankSummary.compute_s)
//  elapsed T          mean over ranks of the measured steps' mean length
//  load balance       mean useful / max useful
//  serialisation      max useful / T_ideal: what waiting costs even where transfers take no time
//  transfer           T_ideal / T: what the transfers themselves cost
//  communication      serialisation x transfer = max useful / T
//  parallel           load balance x communication = mean useful / T
//  computation        useful time a token in the reference / useful time a token here
//
//  T_ideal is the step on a network that takes no time. It is estimated from the attribution as the longest
//  of the ranks' steps without their exposed transfers (trace/attribution.h: the wire was busy and every
//  member there), and not simulated: removing transfers may also shorten waits elsewhere, so the true T_ideal
//  can be shorter, serialisation better and transfer worse than said here. Overhead of the walk counts as
//  waiting.
//
//  tokens/s a device relative to the reference = parallel / parallel(reference) x computation, exactly, where
//  both are by mean steps.
#pragma once

#include "trace/summary.h"

namespace ringside::report {

struct Factors {
  double load_balance = 1;
  double serialisation = 1;
  double transfer = 1;
  double communication = 1;
  double parallel = 1;
  double useful_s_per_token = 0;  // summed over ranks; 0: the run has no tokens
};

// The summary has at least one rank and attributed steps (trace::Summarize gives no other).
Factors FactorsOf(const trace::RunSummary& run);

// Medians of each, factor by factor, of repeats; not empty.
Factors MedianFactors(const std::vector<Factors>& repeats);

}  // namespace ringside::report
