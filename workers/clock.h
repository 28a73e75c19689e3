// The clock that spans and alignment read. Injected, so that tests can skew it.
#pragma once

#include <chrono>
#include <cstdint>

namespace ringside::workers {

// Monotonic nanoseconds from an arbitrary origin. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual int64_t NowNs() const = 0;
};

class SteadyClock : public Clock {
 public:
  int64_t NowNs() const override {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
};

}  // namespace ringside::workers
