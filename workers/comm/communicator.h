// Runs communication ops beside the computation: one FIFO per communication stream, streams independent of
// each other, exactly as plan/program.h has it. The executor talks to this interface alone, so that
// another library (NCCL) can stand behind it.
//
// Threading: one thread, the walk, calls it; an implementation may have threads of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "plan/collective.h"
#include "plan/program.h"

namespace ringside::workers {

// One round of an op.
struct HopRecord {
  int32_t round = 0;
  int32_t send_to = -1;  // global ranks; -1: none
  int32_t recv_from = -1;
  int64_t start_ns = 0;  // handed to the transport
  int64_t end_ns = 0;    // sent, received and combined
  int64_t sent_bytes = 0;
  int64_t received_bytes = 0;
};

// What one op did, filled in when it has ended. Times of the communicator's clock.
struct CommRecord {
  int64_t issue_ns = 0;  // handed over
  int64_t start_ns = 0;  // at the head of its stream, deps met
  int64_t end_ns = 0;
  int64_t sent_bytes = 0;  // as the transport counted them
  int64_t received_bytes = 0;
  std::vector<HopRecord> hops;  // by round, in steps that keep them
};

class Communicator {
 public:
  virtual ~Communicator() = default;

  // Hands op `index` of the program to its stream. `first` and `second` point at the op's operands (nullptr:
  // there is none), which must stay until it has ended.
  virtual void Enqueue(int32_t index, std::byte* first, std::byte* second) = 0;
  // Whether op `index`, enqueued in this step, has ended. Cheap.
  virtual bool Ended(int32_t index) const = 0;
  // Until op `index` has ended; the calling thread helps. CANCELLED when stopped; else why communication
  // failed.
  virtual absl::Status Wait(int32_t index) = 0;
  // Until all streams are idle; then a new step may begin.
  virtual absl::Status WaitAll() = 0;
  // The walk is about to compute; `for_long`: longer than it takes another thread to wake up, so progress
  // must not need the walk meanwhile.
  virtual void ComputeAhead(bool for_long) = 0;
  // Begins a step: forgets what has ended. Its records keep every round only with `keep_hops`. REQUIRES: all
  // streams are idle.
  virtual void Reset(bool keep_hops) = 0;
  // REQUIRES: Ended(index).
  virtual const CommRecord& record(int32_t index) const = 0;
};

}  // namespace ringside::workers
