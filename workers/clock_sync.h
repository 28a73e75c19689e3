// Puts the ranks' clocks on one time line: nanoseconds since rank 0 began its first step.
//
// Before the first step and after the last, each rank exchanges pings with rank 0 (Cristian 1989; as NTP
// does): of the exchange with the shortest round trip, offset = ((t1 - t0) + (t2 - t3)) / 2, wrong by at most
// half of the round trip. Between the two the offset is interpolated (drift); outside, held.
#pragma once

#include <atomic>
#include <cstdint>

#include "absl/status/statusor.h"
#include "workers/clock.h"
#include "workers/transport/transport.h"

namespace ringside::workers {

struct ClockSample {
  int64_t local_ns = 0;     // when it was taken, own clock
  int64_t offset_ns = 0;    // rank 0's clock minus the own
  int64_t residual_ns = 0;  // half of the shortest round trip
};

class ClockAlignment {
 public:
  ClockAlignment() = default;
  // `origin_ns`: the start of the first step, on rank 0's clock.
  ClockAlignment(const ClockSample& before, const ClockSample& after, int64_t origin_ns)
      : before_(before), after_(after), origin_ns_(origin_ns) {}

  int64_t ToJobNs(int64_t local_ns) const;
  int64_t residual_ns() const;

 private:
  ClockSample before_, after_;
  int64_t origin_ns_ = 0;
};

// Collective: every rank calls it at the same point. Rank 0's own sample is zero. CANCELLED when `stop` is
// set.
absl::StatusOr<ClockSample> MeasureClock(Transport& transport, const Clock& clock,
                                         const std::atomic<bool>& stop);

// Collective: rank 0's `value` on every rank.
absl::StatusOr<int64_t> BroadcastFromRank0(Transport& transport, int64_t value,
                                           const std::atomic<bool>& stop);

}  // namespace ringside::workers
