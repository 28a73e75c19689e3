// One communication op under way: takes the rounds of plan::RoundsOf over a transport, as far as they go
// without waiting.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "plan/collective.h"
#include "workers/comm/communicator.h"
#include "workers/transport/transport.h"

namespace ringside::workers {

// What stays the same every step.
struct RoundPlan {
  std::vector<plan::Round> rounds;
  int64_t elem_bytes = 4;
  int send_channel = 0;
  int recv_channel = 0;
  bool max = false;  // how received elements are combined
};

// The rounds of communication op `op` of `program`, with their channels: a message travels on the channel of
// the stream it was sent from.
RoundPlan MakeRoundPlan(const plan::Program& program, const plan::Op& op);

class RoundRunner {
 public:
  // `plan`, `data` and (where rounds reduce) `scratch` stay until Advance has said true.
  void Start(const RoundPlan* plan, std::byte* data, std::byte* scratch);

  // True once all rounds have ended. `*progressed` is set where anything moved; `*rounds_done` counts up.
  absl::StatusOr<bool> Advance(Transport& transport, const ReduceFunction& reduce, bool* progressed,
                               int64_t* rounds_done);

  int64_t sent_bytes() const { return sent_bytes_; }
  int64_t received_bytes() const { return received_bytes_; }

 private:
  absl::Status Post(Transport& transport);

  const RoundPlan* plan_ = nullptr;
  std::byte* data_ = nullptr;
  std::byte* scratch_ = nullptr;
  size_t round_ = 0;
  bool posted_ = false;
  RequestId send_ = -1;  // -1: nothing open
  RequestId recv_ = -1;
  int64_t sent_bytes_ = 0;
  int64_t received_bytes_ = 0;
};

}  // namespace ringside::workers
