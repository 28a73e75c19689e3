// One communication op under way: takes the rounds of plan::RoundsOf over a transport, as far as they go
// without waiting. Up to two rounds are open at once where neither needs the other (plan::MayOverlap): one is
// on the wire while the other is reduced.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "plan/collective.h"
#include "workers/clock.h"
#include "workers/comm/communicator.h"
#include "workers/comm/reduce.h"
#include "workers/transport/transport.h"

namespace ringside::workers {

// What stays the same every step.
struct RoundPlan {
  std::vector<plan::Round> rounds;
  std::vector<bool> may_overlap;  // by round: with the one before it
  plan::DType dtype = plan::DType::kF32;
  int64_t elem_bytes = 4;
  int send_channel = 0;
  int recv_channel = 0;
  bool max = false;  // how received elements are combined
};

// The rounds of communication op `op` of `program`, with their channels: a message travels on the channel of
// the stream it was sent from. Elements are of the type of the op's first operand.
RoundPlan MakeRoundPlan(const plan::Program& program, const plan::Op& op);

class RoundRunner {
 public:
  // `plan`, `first` and (where the op has one) `second`, its operands, stay until Advance has said true; so
  // does `hops`, which every round is appended to, unless it is nullptr.
  void Start(const RoundPlan* plan, std::byte* first, std::byte* second, const Clock* clock,
             std::vector<HopRecord>* hops);

  // True once all rounds have ended. `*progressed` is set where anything moved; `*rounds_done` counts up.
  absl::StatusOr<bool> Advance(Transport& transport, const ReduceFunction& reduce, bool* progressed,
                               int64_t* rounds_done);

  int64_t sent_bytes() const { return sent_bytes_; }
  int64_t received_bytes() const { return received_bytes_; }

 private:
  struct Open {
    RequestId send = -1;  // -1: nothing open
    RequestId recv = -1;
    bool to_reduce = false;  // received or not, it is still to be combined
    bool ended() const { return send < 0 && recv < 0 && !to_reduce; }
  };

  absl::Status Post(Transport& transport);
  absl::Status Test(Transport& transport, const ReduceFunction& reduce, size_t round, bool* progressed);
  Open& OpenOf(size_t round) { return open_[round % open_.size()]; }

  const RoundPlan* plan_ = nullptr;
  std::byte* first_ = nullptr;
  std::byte* second_ = nullptr;
  const Clock* clock_ = nullptr;
  std::vector<HopRecord>* hops_ = nullptr;
  size_t done_ = 0;    // rounds that have ended
  size_t posted_ = 0;  // rounds that have begun: done_ .. done_ + 2
  std::array<Open, 2> open_;
  int64_t sent_bytes_ = 0;
  int64_t received_bytes_ = 0;
};

}  // namespace ringside::workers
