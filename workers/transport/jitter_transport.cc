#include "workers/transport/jitter_transport.h"

#include <fmt/format.h>

#include <cmath>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/status_macros.h"
#include "workers/kernels/random.h"

namespace ringside::workers {

JitterTransport::JitterTransport(Transport* inner, const Clock* clock, double mean_ns, uint64_t seed)
    : inner_(*inner), clock_(*clock), mean_ns_(mean_ns), seed_(seed) {
  RINGSIDE_CHECK(mean_ns > 0);
}

RequestId JitterTransport::Keep(Request request) {
  if (free_.empty()) {
    requests_.push_back(request);
    return static_cast<RequestId>(requests_.size()) - 1;
  }
  const RequestId id = free_.back();
  free_.pop_back();
  requests_[id] = request;
  return id;
}

absl::StatusOr<RequestId> JitterTransport::Isend(const void* data, int64_t bytes, int peer, int channel) {
  const auto words =
      kernels::RandomWords(seed_, kernels::RandomStream::kJitter, static_cast<uint32_t>(rank()), sent_++);
  const double uniform = (words[0] + 0.5) * 0x1p-32;  // in (0, 1)
  Request request;
  request.data = data, request.bytes = bytes, request.peer = peer, request.channel = channel;
  request.leaves_ns = clock_.NowNs() + static_cast<int64_t>(-mean_ns_ * std::log(uniform));
  const RequestId id = Keep(request);
  waiting_[{peer, channel}].push_back(id);
  late_.fetch_add(1, std::memory_order_relaxed);
  return id;
}

absl::StatusOr<RequestId> JitterTransport::Irecv(void* data, int64_t bytes, int peer, int channel) {
  RINGSIDE_ASSIGN_OR_RETURN(const RequestId inner, inner_.Irecv(data, bytes, peer, channel));
  Request request;
  request.inner = inner;
  return Keep(request);
}

absl::Status JitterTransport::SendDue() {
  const int64_t now_ns = clock_.NowNs();
  for (auto& [end, queue] : waiting_) {
    while (!queue.empty() && requests_[queue.front()].leaves_ns <= now_ns) {
      Request& request = requests_[queue.front()];
      RINGSIDE_ASSIGN_OR_RETURN(request.inner,
                                inner_.Isend(request.data, request.bytes, request.peer, request.channel));
      queue.pop_front();
      late_.fetch_sub(1, std::memory_order_relaxed);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<int64_t>> JitterTransport::Test(RequestId id) {
  RINGSIDE_RETURN_IF_ERROR(SendDue());
  const RequestId inner = requests_[id].inner;
  if (inner < 0) return std::optional<int64_t>();
  RINGSIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> ended, inner_.Test(inner));
  if (ended.has_value()) {
    requests_[id] = Request();
    free_.push_back(id);
  }
  return ended;
}

void JitterTransport::WaitForEvent(uint64_t seen, int tests_in_vain, Waiter waiter) {
  // A message that is to leave soon is no event of the transport underneath: look again at once.
  if (late_.load(std::memory_order_relaxed) > 0) return std::this_thread::yield();
  inner_.WaitForEvent(seen, tests_in_vain, waiter);
}

void JitterTransport::Abandon() {
  waiting_.clear();
  late_.store(0, std::memory_order_relaxed);
  inner_.Abandon();
}

std::string JitterTransport::Describe() const {
  return fmt::format("{}, messages late by {:g} us on average", inner_.Describe(), mean_ns_ / 1e3);
}

}  // namespace ringside::workers
