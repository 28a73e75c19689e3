#include "plan/stream_clock.h"

#include <algorithm>

#include "base/check.h"

namespace ringside::plan {

void StreamClock::Advance(const Op& op) {
  const auto index = static_cast<int32_t>(streams_.size());
  const int stream = static_cast<int>(op.stream);
  Clock clock = walk_;
  const auto merge = [&clock](const Clock& other) {
    for (int s = 0; s < kNumStreams; ++s) clock[s] = std::max(clock[s], other[s]);
  };
  for (int32_t dep : op.deps) {
    RINGSIDE_CHECK(dep >= 0 && dep < index);
    merge(ended_[dep]);
  }
  // Streams are FIFO: what went before on this one has ended before this op starts.
  if (op.stream != Stream::kCompute && tails_[stream] >= 0) merge(ended_[tails_[stream]]);
  clock[stream] = index;
  streams_.push_back(op.stream);
  ended_.push_back(clock);
  tails_[stream] = index;
  if (op.stream == Stream::kCompute) walk_ = clock;
}

}  // namespace ringside::plan
