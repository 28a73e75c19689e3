#include "workers/comm/round_runner.h"

#include "base/status_macros.h"

namespace ringside::workers {

RoundPlan MakeRoundPlan(const plan::Program& program, const plan::Op& op) {
  RoundPlan out;
  out.rounds = plan::RoundsOf(op, program.groups, program.rank);
  for (size_t r = 0; r < out.rounds.size(); ++r) {
    out.may_overlap.push_back(r > 0 && plan::MayOverlap(out.rounds[r - 1], out.rounds[r]));
  }
  out.dtype = program.buffers[op.operands[0].buffer].dtype;
  out.elem_bytes = plan::SizeOf(out.dtype);
  out.send_channel = static_cast<int>(op.stream);
  out.recv_channel = static_cast<int>(plan::Counterpart(op.stream));
  out.max = op.Has(plan::kMax);
  return out;
}

void RoundRunner::Start(const RoundPlan* plan, std::byte* first, std::byte* second, const Clock* clock,
                        std::vector<HopRecord>* hops) {
  *this = RoundRunner();
  plan_ = plan;
  first_ = first;
  second_ = second;
  clock_ = clock;
  hops_ = hops;
  if (hops_ != nullptr) hops_->reserve(plan->rounds.size());
}

absl::Status RoundRunner::Post(Transport& transport) {
  const plan::Round& round = plan_->rounds[posted_];
  const int64_t size = plan_->elem_bytes;
  Open& open = OpenOf(posted_);
  open = Open();
  if (hops_ != nullptr) {
    hops_->push_back({.round = static_cast<int32_t>(posted_),
                      .send_to = round.send_count > 0 ? round.send_to : -1,
                      .recv_from = round.recv_count > 0 ? round.recv_from : -1,
                      .start_ns = clock_->NowNs()});
  }
  ++posted_;
  // The receive first: a message that finds it posted is not copied twice.
  if (round.recv_count > 0) {
    std::byte* to = round.reduce ? second_ + round.scratch_offset * size
                                 : (round.to_second ? second_ : first_) + round.recv_offset * size;
    RINGSIDE_ASSIGN_OR_RETURN(
        open.recv, transport.Irecv(to, round.recv_count * size, round.recv_from, plan_->recv_channel));
    open.to_reduce = round.reduce;
  }
  if (round.send_count > 0) {
    RINGSIDE_ASSIGN_OR_RETURN(
        open.send, transport.Isend(first_ + round.send_offset * size, round.send_count * size, round.send_to,
                                   plan_->send_channel));
  }
  return absl::OkStatus();
}

absl::Status RoundRunner::Test(Transport& transport, const ReduceFunction& reduce, size_t index,
                               bool* progressed) {
  const plan::Round& round = plan_->rounds[index];
  Open& open = OpenOf(index);
  if (open.recv >= 0) {
    RINGSIDE_ASSIGN_OR_RETURN(const auto bytes, transport.Test(open.recv));
    if (bytes.has_value()) {
      open.recv = -1;
      received_bytes_ += *bytes;
      if (hops_ != nullptr) (*hops_)[index].received_bytes = *bytes;
      *progressed = true;
    }
  }
  if (open.send >= 0) {
    RINGSIDE_ASSIGN_OR_RETURN(const auto bytes, transport.Test(open.send));
    if (bytes.has_value()) {
      open.send = -1;
      sent_bytes_ += *bytes;
      if (hops_ != nullptr) (*hops_)[index].sent_bytes = *bytes;
      *progressed = true;
    }
  }
  if (!open.to_reduce || open.recv >= 0) return absl::OkStatus();
  // What is still being sent must not change under the receiver: recursive doubling sends what it reduces.
  if (open.send >= 0 && round.send_offset < round.recv_offset + round.recv_count &&
      round.recv_offset < round.send_offset + round.send_count) {
    return absl::OkStatus();
  }
  const int64_t size = plan_->elem_bytes;
  reduce(plan_->dtype, first_ + round.recv_offset * size, second_ + round.scratch_offset * size,
         round.recv_count, plan_->max);
  open.to_reduce = false;
  *progressed = true;
  return absl::OkStatus();
}

absl::StatusOr<bool> RoundRunner::Advance(Transport& transport, const ReduceFunction& reduce,
                                          bool* progressed, int64_t* rounds_done) {
  const size_t rounds = plan_->rounds.size();
  while (done_ < rounds) {
    while (posted_ < rounds && posted_ < done_ + open_.size() &&
           (posted_ == done_ || plan_->may_overlap[posted_])) {
      RINGSIDE_RETURN_IF_ERROR(Post(transport));
      *progressed = true;
    }
    for (size_t r = done_; r < posted_; ++r) {
      RINGSIDE_RETURN_IF_ERROR(Test(transport, reduce, r, progressed));
    }
    if (!OpenOf(done_).ended()) return false;
    if (hops_ != nullptr) (*hops_)[done_].end_ns = clock_->NowNs();
    ++done_;
    ++*rounds_done;
  }
  return true;
}

}  // namespace ringside::workers
