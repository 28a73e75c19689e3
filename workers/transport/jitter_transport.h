// A transport whose messages leave late, each by a time of its own: a jittery link (Fault.jitter_link). The
// times are exponential with the given mean, from a counter-based generator, so that a seed repeats them;
// messages of a channel keep their order. Everything else is the transport underneath.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "workers/clock.h"
#include "workers/transport/transport.h"

namespace ringside::workers {

class JitterTransport : public Transport {
 public:
  // `inner` and `clock` outlive this. REQUIRES: mean_ns > 0.
  JitterTransport(Transport* inner, const Clock* clock, double mean_ns, uint64_t seed);

  int rank() const override { return inner_.rank(); }
  int size() const override { return inner_.size(); }
  absl::StatusOr<RequestId> Isend(const void* data, int64_t bytes, int peer, int channel) override;
  absl::StatusOr<RequestId> Irecv(void* data, int64_t bytes, int peer, int channel) override;
  absl::StatusOr<std::optional<int64_t>> Test(RequestId request) override;
  uint64_t EventCount() const override { return inner_.EventCount(); }
  void WaitForEvent(uint64_t seen, int tests_in_vain, Waiter waiter) override;
  void Abandon() override;
  TransportCounters counters() const override { return inner_.counters(); }
  std::string Describe() const override;

 private:
  // A request of this transport: one of `inner_`, or a send that has not left yet.
  struct Request {
    RequestId inner = -1;
    const void* data = nullptr;
    int64_t bytes = 0;
    int peer = 0, channel = 0;
    int64_t leaves_ns = 0;
  };

  RequestId Keep(Request request);
  absl::Status SendDue();

  Transport& inner_;
  const Clock& clock_;
  const double mean_ns_;
  const uint64_t seed_;
  uint64_t sent_ = 0;  // messages so far
  std::vector<Request> requests_;
  std::vector<RequestId> free_;
  std::map<std::pair<int, int>, std::deque<RequestId>> waiting_;  // by peer and channel, in order
  std::atomic<int> late_{0};  // messages in it: WaitForEvent runs beside the other calls
};

}  // namespace ringside::workers
