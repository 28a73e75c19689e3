// A device profile corrected by the trace of a run: what each kind of op really took there, in the run's own
// state of caches, clocks and neighbours, which a calibration by itself does not see.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ringside/v1/device.pb.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::sim {

struct KindRefit {
  std::string law;        // of the profile, e.g. "gemm"; kinds that share one are taken together
  int ops = 0;            // of all ranks, in one step
  double measured_s = 0;  // of all ranks, in one step: medians over the steps after the warm-up
  double factor = 1;      // measured over predicted time: what the law was multiplied by
  // Sum of abs(predicted - measured) over ops, of their measured time; with the law as it was and as it is
  // now.
  double before = 0, after = 0;
};

struct TraceRefit {
  v1::DeviceProfile profile;
  std::vector<KindRefit> kinds;  // the longest first
};

// Simulates the trace's own programs with `base` and multiplies the law of every computing kind by what it
// was off on the whole. A kind that had only "memory_bound" gets a law of its own. Communication, and the
// shapes of the laws, stay as they are. INVALID_ARGUMENT: a trace without programs or steps after the
// warm-up, or one that does not belong to its programs; else the errors of Simulate.
absl::StatusOr<TraceRefit> RefitToTrace(const v1::Trace& measured, const v1::DeviceProfile& base);

}  // namespace ringside::sim
