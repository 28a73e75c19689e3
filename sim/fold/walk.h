// The walk of one rank over the ops of an instruction, with its communication streams: the execution model of
// plan/program.h, where what other stages send arrives at given times.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "plan/program.h"
#include "sim/fold/fold_costs.h"

namespace ringside::sim {

// An op as the walk sees it. Compute ops on earlier compute ops' results wait for nothing.
struct WalkOp {
  double ns = 0;
  int8_t stream = 0;  // 0: compute
  // Communication it waits for: ops of the same run, and streams whose earlier ops must have ended.
  std::vector<int32_t> waits_for;
  uint32_t waits_for_streams = 0;  // bit s: stream s
  uint8_t needs = 0;               // bit i: Arrivals[i]
};

// Ends of the transfers that an instruction's ops may wait for: what it receives, its activations on their
// way on, the gradient sent before. Minus infinity: nothing of the kind.
enum Arrival { kReceived, kActivationsSent, kGradientSent, kNumArrivals };
using Arrivals = std::array<double, kNumArrivals>;

using Run = std::vector<WalkOp>;

// When each stream has ended its last op; [0] is not used. Times in ns from the begin of the step.
using StreamEnds = std::array<double, plan::kNumStreams>;

// Ops [begin, end) of the program: an instruction that receives on the stream `receives_on`, if at all. Its
// transfers cost nothing here: the pipeline's clock has them.
Run MakeRun(const plan::Program& program, int32_t begin, int32_t end, plan::Stream receives_on,
            const FoldCosts& costs);

// Walks the run from `start_ns`; returns when the walk is through. Streams go on: `ends` is brought up to
// date.
double Walk(const Run& run, double start_ns, const Arrivals& arrivals, StreamEnds* ends);

// Where the time of a walk goes: ns that add up to it.
struct WalkTimes {
  double compute_ns = 0;
  double host_ns = 0;                                  // waiting for the host
  std::array<double, plan::kNumStreams> exposed_ns{};  // waiting for a stream; [0] is not used
  WalkTimes& operator+=(const WalkTimes& other);
  double total_ns() const;
};

// Of a walk from idle streams with all that is needed there. The last wait of an op is what counts.
WalkTimes TimesFromIdle(const Run& run);

// A run that is walked many times: from idle streams, with all it needs there, it always takes the same time,
// which is remembered.
class RememberedRun {
 public:
  // `host_ns`: what the host needs for it; it takes no less.
  explicit RememberedRun(Run run, double host_ns = 0);
  double Walk(double start_ns, const Arrivals& arrivals, StreamEnds* ends) const;
  WalkTimes TimesFromIdle() const;

 private:
  Run run_;
  double host_ns_;
  uint8_t first_needs_ = 0;  // of the first op
  double from_idle_ns_ = 0;
  StreamEnds ends_from_idle_{};  // 0: the stream is not used
};

}  // namespace ringside::sim
