#include "workers/clock_sync.h"

#include <algorithm>
#include <array>

#include "base/status_macros.h"

namespace ringside::workers {
namespace {

constexpr int kPings = 32;

using Message = std::array<int64_t, 2>;  // when rank 0 heard the ping, when it answered

absl::Status Send(Transport& transport, const Message& message, int peer, const std::atomic<bool>& stop) {
  RINGSIDE_ASSIGN_OR_RETURN(const RequestId id,
                            transport.Isend(message.data(), sizeof(message), peer, kControlChannel));
  return Await(transport, id, stop);
}

absl::Status Receive(Transport& transport, Message* message, int peer, const std::atomic<bool>& stop) {
  RINGSIDE_ASSIGN_OR_RETURN(const RequestId id,
                            transport.Irecv(message->data(), sizeof(*message), peer, kControlChannel));
  return Await(transport, id, stop);
}

absl::Status AnswerPings(Transport& transport, const Clock& clock, int peer, const std::atomic<bool>& stop) {
  for (int i = 0; i < kPings; ++i) {
    Message message{};
    RINGSIDE_RETURN_IF_ERROR(Receive(transport, &message, peer, stop));
    message[0] = clock.NowNs();
    message[1] = clock.NowNs();
    RINGSIDE_RETURN_IF_ERROR(Send(transport, message, peer, stop));
  }
  return absl::OkStatus();
}

}  // namespace

int64_t ClockAlignment::ToJobNs(int64_t local_ns) const {
  int64_t offset = before_.offset_ns;
  if (after_.local_ns > before_.local_ns) {
    const int64_t at = std::clamp(local_ns, before_.local_ns, after_.local_ns);
    const double part =
        static_cast<double>(at - before_.local_ns) / static_cast<double>(after_.local_ns - before_.local_ns);
    offset += static_cast<int64_t>(part * static_cast<double>(after_.offset_ns - before_.offset_ns));
  }
  return local_ns + offset - origin_ns_;
}

int64_t ClockAlignment::residual_ns() const {
  return std::max(before_.residual_ns, after_.residual_ns);
}

absl::StatusOr<ClockSample> MeasureClock(Transport& transport, const Clock& clock,
                                         const std::atomic<bool>& stop) {
  if (transport.rank() == 0) {
    for (int peer = 1; peer < transport.size(); ++peer) {
      RINGSIDE_RETURN_IF_ERROR(AnswerPings(transport, clock, peer, stop));
    }
    return ClockSample{clock.NowNs(), 0, 0};
  }
  ClockSample best;
  int64_t shortest_ns = 0;
  for (int i = 0; i < kPings; ++i) {
    Message message{};
    const int64_t t0 = clock.NowNs();
    RINGSIDE_RETURN_IF_ERROR(Send(transport, message, 0, stop));
    RINGSIDE_RETURN_IF_ERROR(Receive(transport, &message, 0, stop));
    const int64_t t3 = clock.NowNs();
    const int64_t round_trip_ns = (t3 - t0) - (message[1] - message[0]);
    if (i == 0 || round_trip_ns < shortest_ns) {
      shortest_ns = round_trip_ns;
      best = {t3, ((message[0] - t0) + (message[1] - t3)) / 2, round_trip_ns / 2};
    }
  }
  return best;
}

absl::StatusOr<int64_t> BroadcastFromRank0(Transport& transport, int64_t value,
                                           const std::atomic<bool>& stop) {
  Message message{value, 0};
  if (transport.rank() != 0) {
    RINGSIDE_RETURN_IF_ERROR(Receive(transport, &message, 0, stop));
    return message[0];
  }
  for (int peer = 1; peer < transport.size(); ++peer)
    RINGSIDE_RETURN_IF_ERROR(Send(transport, message, peer, stop));
  return value;
}

}  // namespace ringside::workers
