// What a run shares with the threads around it: how far it is, and that it should stop.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "plan/program.h"

namespace ringside::workers {

// The op that a communication stream is at, as one word, so that a reader sees step and op of the same
// moment.
class StreamPosition {
 public:
  struct Value {
    int32_t step = -1;
    int32_t op = -1;  // the last that began; -1: none yet
    bool ended = false;
  };

  // One writer at a time.
  void Begin(int32_t step, int32_t op) {
    word_.store(kBegun | (static_cast<uint64_t>(static_cast<uint32_t>(step)) & 0x7fffffff) << 31 |
                    static_cast<uint32_t>(op),
                std::memory_order_relaxed);
  }
  void End() { word_.store(word_.load(std::memory_order_relaxed) | kEnded, std::memory_order_relaxed); }

  Value Get() const {
    const uint64_t word = word_.load(std::memory_order_relaxed);
    if ((word & kBegun) == 0) return {};
    return {static_cast<int32_t>(word >> 31 & 0x7fffffff), static_cast<int32_t>(word & 0x7fffffff),
            (word & kEnded) != 0};
  }

 private:
  static constexpr uint64_t kBegun = uint64_t{1} << 63, kEnded = uint64_t{1} << 62;
  std::atomic<uint64_t> word_{0};
};

struct RunControl {
  std::atomic<bool> stop{false};  // set by anyone: the run ends soon with CANCELLED
  // Written by the run, read by heartbeats.
  std::atomic<int32_t> step{-1};     // -1: before the first
  std::atomic<int32_t> op{-1};       // last op that was issued
  std::atomic<int64_t> ops_done{0};  // ops and rounds of communication: grows while there is progress
  std::atomic<int64_t> live_bytes{0};
  std::atomic<int64_t> peak_bytes{0};
  std::array<StreamPosition, plan::kNumStreams> streams;  // by plan::Stream
};

}  // namespace ringside::workers
