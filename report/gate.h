// The regression gate: is the candidate slower than the baseline, or was it the machine?
//
// One *repeat* is one whole run, given by its median step time; steps of one run are not independent of each
// other. Repeats should be interleaved (baseline, candidate, baseline, ...), so that what slows the machine
// for a while slows both.
//
//  ratio     the median ratio: the median of candidate / baseline over all pairs of a repeat of each, above
//  1:
//            slower. It is the shift of Hodges & Lehmann 1963, on logarithms. Where repeats fall into two
//            groups, as they do on shared cores, it needs about a quarter of the repeats that the ratio of
//            the two medians needs.
//  interval  percentile bootstrap of the ratio (Efron 1979; Kalibera & Jones 2013 for ratios of run times).
//            Interleaved repeats are drawn by pairs, which keeps drift common to both; others independently.
//  floor     what the same statistic reaches between repeats of one and the same program (A/A), so that no
//            bootstrap interval can be believed to be finer than the machine is. NoiseFloor below.
//
// Verdict:
//  regression    the interval lies wholly above 1 and the ratio beyond 1 + floor
//  improvement   the interval lies wholly below 1 and the ratio beyond 1 / (1 + floor)
//  no change     the interval lies wholly within 1 / (1 + relevant) and 1 + relevant
//  inconclusive  none of them: more repeats or a quieter machine would tell
//
// Deterministic: the same repeats and settings give the same verdict. No clock, no I/O.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace ringside::report {

enum class Verdict : uint8_t { kNoChange, kImprovement, kRegression, kInconclusive };
std::string_view Name(Verdict verdict);  // "no change", "improvement", "regression", "inconclusive"

struct GateSettings {
  double confidence = 0.99;   // of the bootstrap interval
  int resamples = 2000;       // of the bootstrap
  double least_floor = 0.01;  // a floor is never below this
  double relevant = 0.03;  // changes below this are not looked for; raised to the floor where that is higher
  uint64_t seed = 1;
  bool interleaved = true;  // repeat i of both was run one after the other
};

// With fewer repeats of either there is no verdict but "inconclusive".
inline constexpr size_t kLeastRepeats = 5;
inline constexpr size_t kMostRepeats = 400;  // of either; the work grows with their product

struct GateResult {
  Verdict verdict = Verdict::kInconclusive;
  double ratio = 1;
  double low = 0, high = 0;  // of the interval; both 0: there is none
  double floor = 0;
  size_t baseline_repeats = 0, candidate_repeats = 0;
  std::string reason;  // one sentence with the figures
};

// Seconds, positive and finite. INVALID_ARGUMENT otherwise, for settings out of range, and for more than
// kMostRepeats.
absl::StatusOr<GateResult> Judge(const std::vector<double>& baseline_s,
                                 const std::vector<double>& candidate_s, double floor,
                                 const GateSettings& settings = {});

// From repeats of one program in the order in which they were run: the 98 % quantile of |ratio - 1| over 1000
// comparisons of the program with itself. Each takes a window of 2 * group neighbouring repeats and gives one
// of every two neighbours to either side by lot, so that slow drift is in it as it is in a comparison. With
// fewer than 2 * group repeats a smaller group is taken and the floor scaled by the square root of the sizes.
// Never below settings.least_floor. INVALID_ARGUMENT: fewer than 4 repeats, or values that are no times.
absl::StatusOr<double> NoiseFloor(const std::vector<double>& repeats_s, size_t group,
                                  const GateSettings& settings = {});

}  // namespace ringside::report
