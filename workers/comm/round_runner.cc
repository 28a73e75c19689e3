#include "workers/comm/round_runner.h"

#include "base/status_macros.h"

namespace ringside::workers {

RoundPlan MakeRoundPlan(const plan::Program& program, const plan::Op& op) {
  RoundPlan out;
  out.rounds = plan::RoundsOf(op, program.groups, program.rank);
  out.elem_bytes = plan::SizeOf(program.real);
  out.send_channel = static_cast<int>(op.stream);
  out.recv_channel = static_cast<int>(plan::Counterpart(op.stream));
  out.max = op.Has(plan::kMax);
  return out;
}

void RoundRunner::Start(const RoundPlan* plan, std::byte* data, std::byte* scratch) {
  *this = RoundRunner();
  plan_ = plan;
  data_ = data;
  scratch_ = scratch;
}

absl::Status RoundRunner::Post(Transport& transport) {
  const plan::Round& round = plan_->rounds[round_];
  const int64_t size = plan_->elem_bytes;
  // The receive first: a message that finds it posted is not copied twice.
  if (round.recv_count > 0) {
    std::byte* to = round.reduce ? scratch_ : data_ + round.recv_offset * size;
    RINGSIDE_ASSIGN_OR_RETURN(
        recv_, transport.Irecv(to, round.recv_count * size, round.recv_from, plan_->recv_channel));
  }
  if (round.send_count > 0) {
    RINGSIDE_ASSIGN_OR_RETURN(
        send_, transport.Isend(data_ + round.send_offset * size, round.send_count * size, round.send_to,
                               plan_->send_channel));
  }
  posted_ = true;
  return absl::OkStatus();
}

absl::StatusOr<bool> RoundRunner::Advance(Transport& transport, const ReduceFunction& reduce,
                                          bool* progressed, int64_t* rounds_done) {
  while (round_ < plan_->rounds.size()) {
    if (!posted_) {
      RINGSIDE_RETURN_IF_ERROR(Post(transport));
      *progressed = true;
    }
    if (recv_ >= 0) {
      RINGSIDE_ASSIGN_OR_RETURN(const auto bytes, transport.Test(recv_));
      if (bytes.has_value()) {
        recv_ = -1;
        received_bytes_ += *bytes;
        *progressed = true;
        const plan::Round& round = plan_->rounds[round_];
        if (round.reduce) {
          reduce(data_ + round.recv_offset * plan_->elem_bytes, scratch_, round.recv_count, plan_->max);
        }
      }
    }
    if (send_ >= 0) {
      RINGSIDE_ASSIGN_OR_RETURN(const auto bytes, transport.Test(send_));
      if (bytes.has_value()) {
        send_ = -1;
        sent_bytes_ += *bytes;
        *progressed = true;
      }
    }
    if (recv_ >= 0 || send_ >= 0) return false;
    posted_ = false;
    ++round_;
    ++*rounds_done;
  }
  return true;
}

}  // namespace ringside::workers
