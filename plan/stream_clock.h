// Which ops have surely ended, from the order of the streams and the deps alone, whatever the timing.
// A vector clock with one entry per stream, advanced op by op in program order.
#pragma once

#include <array>
#include <vector>

#include "plan/program.h"

namespace ringside::plan {

class StreamClock {
 public:
  StreamClock() { walk_.fill(-1), tails_.fill(-1); }

  // Takes in the next op of the list; its deps must be indices of earlier ops.
  void Advance(const Op& op);

  // Has `op` (an index already taken in) surely ended once the walk is past the last op taken in?
  bool Ended(int32_t op) const { return walk_[static_cast<int>(streams_[op])] >= op; }

  // Has `op` surely ended before `later` (both taken in, op < later) starts?
  bool EndedBefore(int32_t op, int32_t later) const {
    return ended_[later][static_cast<int>(streams_[op])] >= op;
  }

  // The last op taken in on each stream; -1: none.
  const std::array<int32_t, kNumStreams>& tails() const { return tails_; }

 private:
  using Clock = std::array<int32_t, kNumStreams>;

  Clock walk_;  // per stream the last op that has surely ended
  Clock tails_;
  std::vector<Stream> streams_;  // by op
  std::vector<Clock> ended_;     // by op: what has surely ended when it has ended
};

}  // namespace ringside::plan
