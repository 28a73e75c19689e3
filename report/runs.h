// The runs that a report is about, from traces on disk or at hand, sorted into points by number of ranks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ringside/v1/trace.pb.h"
#include "trace/summary.h"

namespace ringside::report {

// One trace, reduced to what a report needs of it.
struct KeptRun {
  std::string path;  // where it was read; names it in errors
  trace::RunSummary summary;
  v1::Scenario scenario;
  std::string cpu_model, kernels, transport;
  int cores = 0;  // of a node; 0: not known
  bool simulated = false;
};

// INVALID_ARGUMENT, FAILED_PRECONDITION: as trace::Summarize, with the path. A bare program set has no
// scenario: INVALID_ARGUMENT.
absl::StatusOr<KeptRun> KeptRunOf(const v1::Trace& trace, const std::string& path);

// Every directory that holds a trace.pb, the given ones themselves or up to three levels below, in order of
// their names (numbers in them by value, so that r2 comes before r10). Traces are read one after the other.
// NOT_FOUND: there is none below one of the paths. RESOURCE_EXHAUSTED: more than 5000. Else the errors of
// trace::LoadTrace and KeptRunOf.
absl::StatusOr<std::vector<KeptRun>> LoadRuns(const std::vector<std::string>& paths);

// "run2" before "run10": runs of digits are compared as numbers.
bool NaturalLess(const std::string& a, const std::string& b);

// All runs of one number of ranks: repeats of one scenario, and what was predicted for it.
struct Point {
  int ranks = 0;
  std::vector<KeptRun> repeats;  // measured, in the order given
  std::optional<KeptRun> predicted;
  const KeptRun& any() const { return repeats.empty() ? *predicted : repeats.front(); }
};

// Points in ascending order of ranks. INVALID_ARGUMENT: two runs of one number of ranks are not of the same
// scenario (names, seeds and notes apart), or runs are of different models; both paths are named.
absl::StatusOr<std::vector<Point>> PointsOf(std::vector<KeptRun> runs);

}  // namespace ringside::report
