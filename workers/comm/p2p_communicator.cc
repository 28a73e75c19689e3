#include "workers/comm/p2p_communicator.h"

#include <utility>

#include "base/check.h"

namespace ringside::workers {

P2pCommunicator::P2pCommunicator(const plan::Program& program, Transport* transport, ReduceFunction reduce,
                                 const Clock* clock, RunControl* control, Options options)
    : transport_(transport),
      reduce_(std::move(reduce)),
      clock_(clock),
      control_(control),
      slot_of_op_(program.ops.size(), -1) {
  for (size_t i = 0; i < program.ops.size(); ++i) {
    const plan::Op& op = program.ops[i];
    if (!plan::IsCommunication(op.kind)) continue;
    auto slot = std::make_unique<Slot>();
    slot->op = static_cast<int32_t>(i);
    slot->stream = static_cast<int>(op.stream);
    slot->plan = MakeRoundPlan(program, op);
    for (int32_t dep : op.deps) {
      if (slot_of_op_[dep] >= 0) slot->waits_for.push_back(slots_[slot_of_op_[dep]].get());
    }
    slot_of_op_[i] = static_cast<int32_t>(slots_.size());
    slots_.push_back(std::move(slot));
  }
  if (options.background && !slots_.empty()) background_ = std::thread([this] { Background(); });
}

P2pCommunicator::~P2pCommunicator() {
  if (background_.joinable()) {
    shutdown_ = true;
    {
      std::lock_guard lock(wake_mutex_);
      wanted_ = true;
    }
    wake_.notify_one();
    background_.join();
  }
  transport_->Abandon();
}

P2pCommunicator::Slot& P2pCommunicator::SlotOf(int32_t index) const {
  RINGSIDE_CHECK(slot_of_op_[index] >= 0);
  return *slots_[slot_of_op_[index]];
}

void P2pCommunicator::Enqueue(int32_t index, std::byte* first, std::byte* second) {
  Slot& slot = SlotOf(index);
  slot.first = first;
  slot.second = second;
  slot.record.issue_ns = clock_->NowNs();
  ++pending_;
  {
    std::lock_guard lock(inbox_mutex_);
    inbox_.push_back(&slot);
  }
  // Start it right away; if the background thread is driving, it takes it with its next round.
  if (std::unique_lock lock(drive_mutex_, std::try_to_lock); lock.owns_lock()) Drive();
}

bool P2pCommunicator::Ended(int32_t index) const {
  return SlotOf(index).ended.load(std::memory_order_acquire);
}

template <class Condition>
absl::Status P2pCommunicator::WaitUntil(Condition done) {
  if (done()) return absl::OkStatus();
  foreground_ = true;
  absl::Status status;
  for (int in_vain = 0; !done();) {
    if (control_->stop.load(std::memory_order_relaxed)) {
      status = absl::CancelledError("the run was stopped");
      break;
    }
    const uint64_t seen = transport_->EventCount();
    bool moved = false;
    {
      std::lock_guard lock(drive_mutex_);
      moved = Drive();
      status = failure_;
    }
    if (!status.ok()) break;
    if (moved) {
      in_vain = 0;
    } else {
      transport_->WaitForEvent(seen, in_vain++, Waiter::kForeground);
    }
  }
  foreground_ = false;
  return status;
}

absl::Status P2pCommunicator::Wait(int32_t index) {
  const Slot& slot = SlotOf(index);
  return WaitUntil([&] { return slot.ended.load(std::memory_order_acquire); });
}

absl::Status P2pCommunicator::WaitAll() {
  return WaitUntil([&] { return pending_.load(std::memory_order_acquire) == 0; });
}

void P2pCommunicator::ComputeAhead(bool for_long) {
  if (pending_.load(std::memory_order_relaxed) == 0) return;
  if (!for_long || !background_.joinable()) {
    if (std::unique_lock lock(drive_mutex_, std::try_to_lock); lock.owns_lock()) Drive();
    return;
  }
  {
    std::lock_guard lock(wake_mutex_);
    if (wanted_) return;
    wanted_ = true;
  }
  wake_.notify_one();
}

void P2pCommunicator::Reset(bool keep_hops) {
  RINGSIDE_CHECK(pending_ == 0);
  keep_hops_ = keep_hops;
  for (auto& slot : slots_) slot->ended.store(false, std::memory_order_relaxed);
}

void P2pCommunicator::TakeInbox() {
  std::lock_guard lock(inbox_mutex_);
  for (Slot* slot : inbox_) streams_[slot->stream].queue.push_back(slot);
  inbox_.clear();
}

bool P2pCommunicator::DriveStream(StreamState* stream, bool* ended_one) {
  bool moved = false;
  while (!stream->queue.empty() && failure_.ok()) {
    Slot* slot = stream->queue.front();
    if (!stream->started) {
      for (const Slot* dep : slot->waits_for) {
        if (!dep->ended.load(std::memory_order_relaxed)) return moved;
      }
      stream->started = true;
      slot->record.hops.clear();
      stream->runner.Start(&slot->plan, slot->first, slot->second, clock_,
                           keep_hops_ ? &slot->record.hops : nullptr);
      control_->streams[slot->stream].Begin(control_->step.load(std::memory_order_relaxed), slot->op);
      slot->record.start_ns = clock_->NowNs();
    }
    int64_t rounds = 0;
    const absl::StatusOr<bool> ended = stream->runner.Advance(*transport_, reduce_, &moved, &rounds);
    control_->ops_done.fetch_add(rounds, std::memory_order_relaxed);
    if (!ended.ok()) {
      failure_ = ended.status();
      failed_ = true;
      return true;
    }
    if (!*ended) return moved;
    slot->record.end_ns = clock_->NowNs();
    slot->record.sent_bytes = stream->runner.sent_bytes();
    slot->record.received_bytes = stream->runner.received_bytes();
    control_->streams[slot->stream].End();
    stream->queue.pop_front();
    stream->started = false;
    *ended_one = moved = true;
    slot->ended.store(true, std::memory_order_release);
    --pending_;
  }
  return moved;
}

bool P2pCommunicator::Drive() {
  TakeInbox();
  bool moved = false;
  bool ended_one = true;
  while (ended_one) {  // its end may let another stream start
    ended_one = false;
    for (StreamState& stream : streams_) moved |= DriveStream(&stream, &ended_one);
  }
  return moved;
}

void P2pCommunicator::Background() {
  std::unique_lock lock(wake_mutex_);
  while (true) {
    wake_.wait(lock, [this] { return wanted_; });
    if (shutdown_) return;
    wanted_ = false;  // wanted again from here on: another round
    lock.unlock();
    // Ends when the walk takes over.
    for (int in_vain = 0; pending_ > 0 && !foreground_ && !shutdown_ && !failed_;) {
      const uint64_t seen = transport_->EventCount();
      bool moved = false;
      {
        std::lock_guard drive(drive_mutex_);
        moved = Drive();
      }
      if (moved) {
        in_vain = 0;
      } else {
        transport_->WaitForEvent(seen, in_vain++, Waiter::kBackground);
      }
    }
    lock.lock();
  }
}

}  // namespace ringside::workers
