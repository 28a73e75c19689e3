// Nonblocking point-to-point messages between the ranks of one job: all that collectives need of MPI, of
// threads in one process, or of whatever comes next.
//
// Messages from one rank to another on one channel arrive in the order they were sent; channels are
// independent of each other. A send may complete only when the receiver takes it (rendezvous). A receive must
// name the exact size. Buffers belong to the transport until Test says the request has ended. Byte counts are
// what the medium took or delivered, so that they can be checked against the plan. Threading: one call at a
// time, from any thread (callers hold a lock), except WaitForEvent, which is called without it. Errors:
// UNAVAILABLE: the peer or the medium failed; DATA_LOSS: a message of another size.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ringside::workers {

// Channels 0 .. kNumChannels - 1; the streams of a program use their own index (plan::Stream).
inline constexpr int kNumChannels = 16;
inline constexpr int kControlChannel = 15;  // clock alignment and the like

using RequestId = int32_t;

struct TransportCounters {
  int64_t sent_bytes = 0;
  int64_t received_bytes = 0;
  int64_t sent_messages = 0;
};

// Who waits: a thread that has nothing else to do, or one that would steal the CPU of a computation.
enum class Waiter { kForeground, kBackground };

class Transport {
 public:
  virtual ~Transport() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;

  virtual absl::StatusOr<RequestId> Isend(const void* data, int64_t bytes, int peer, int channel) = 0;
  virtual absl::StatusOr<RequestId> Irecv(void* data, int64_t bytes, int peer, int channel) = 0;
  // The bytes that went over, once the request has ended (its id is free then); nullopt before.
  virtual absl::StatusOr<std::optional<int64_t>> Test(RequestId request) = 0;

  // Waiting: read EventCount, test what is open; if nothing has ended, WaitForEvent(seen, n) returns when
  // something may have happened since, or after a short time that grows with n, the tests in vain so far.
  virtual uint64_t EventCount() const = 0;
  virtual void WaitForEvent(uint64_t seen, int tests_in_vain, Waiter waiter) = 0;

  // Gives up all open requests: their buffers are no longer touched by this process.
  virtual void Abandon() = 0;

  virtual TransportCounters counters() const = 0;
  virtual std::string Describe() const = 0;  // for Environment.transport
};

// Drives one request to its end, or until `stop` is set (CANCELLED; all open requests are abandoned). For
// control messages, where nothing else is to be done meanwhile.
absl::Status Await(Transport& transport, RequestId request, const std::atomic<bool>& stop);

}  // namespace ringside::workers
