// The few figures of a trace that a design answer is judged by, each with the place where it stands.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ringside/v1/design.pb.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::evaluator {

// One way the time of a step is spent.
struct TimeShare {
  v1::Bottleneck bottleneck = v1::BOTTLENECK_UNSPECIFIED;
  double share = 0;   // of the step, 0..1
  std::string where;  // rank, step and the longest op of that kind
};

// One use of the fullest rank's memory.
struct MemoryPart {
  std::string name;   // weights, gradients, optimizer, activations, communication, workspace
  int64_t bytes = 0;  // its own high-water mark: the parts may add up to more than the peak
};

struct Measurement {
  v1::Origin basis = v1::ORIGIN_UNSPECIFIED;
  double tokens_per_s = 0;
  int ranks = 0;
  double step_s = 0;
  double mfu = 0;               // model FLOPs over the devices' dense peak; 0: the peak is not known
  std::string tokens_where;     // the step that the median stands for
  double step_spread = 0;       // width of the interval of the median step (trace/summary.h), over the median
  double slower = 0;            // tokens/s at the upper end of that interval: this share below tokens_per_s
  double faster = 0;            // tokens/s at its lower end: this share above it
  int64_t peak_bytes = 0;       // of the fullest rank
  std::string peak_where;       // rank, step and op at which it is reached
  int64_t limit_bytes = 0;      // memory granted to that rank; 0: no limit
  std::vector<TimeShare> time;  // what an answer can name, largest first
  double unnamed_share = 0;     // the rest: waiting for late ranks, and overhead
  std::vector<MemoryPart> memory;  // largest first

  double ShareOf(v1::Bottleneck bottleneck) const;  // 0 where it is none of `time`
  double ExposedShare() const;                      // communication of all kinds that nothing hides
};

// `location` (a path, a job) opens every `where`. Errors as trace::Summarize.
absl::StatusOr<Measurement> Measure(const v1::Trace& trace, std::string_view location);

}  // namespace ringside::evaluator
