// What a run shares with the threads around it: how far it is, and that it should stop.
#pragma once

#include <atomic>
#include <cstdint>

namespace ringside::workers {

struct RunControl {
  std::atomic<bool> stop{false};  // set by anyone: the run ends soon with CANCELLED
  // Written by the run, read by heartbeats.
  std::atomic<int32_t> step{-1};     // -1: before the first
  std::atomic<int32_t> op{-1};       // last op that was issued
  std::atomic<int64_t> ops_done{0};  // ops and rounds of communication: grows while there is progress
  std::atomic<int64_t> live_bytes{0};
  std::atomic<int64_t> peak_bytes{0};
};

}  // namespace ringside::workers
