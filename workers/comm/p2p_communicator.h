// Communication ops over a point-to-point transport.
//
// Whoever has time drives: the walk whenever it hands over or waits for an op, so that nothing waits for a
// thread to wake up; a background thread while the walk computes for long. One lock stands around the
// transport, so at most one of them is inside; the walk never waits for it unless it waits for communication
// anyway.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "workers/clock.h"
#include "workers/comm/communicator.h"
#include "workers/comm/round_runner.h"
#include "workers/run_control.h"
#include "workers/transport/transport.h"

namespace ringside::workers {

class P2pCommunicator : public Communicator {
 public:
  struct Options {
    bool background = true;  // without it, communication moves only while the walk is in here
  };

  // Everything outlives the communicator; `program` passed ValidateProgram.
  P2pCommunicator(const plan::Program& program, Transport* transport, ReduceFunction reduce,
                  const Clock* clock, RunControl* control, Options options);
  ~P2pCommunicator() override;  // gives up what is still under way

  void Enqueue(int32_t index, std::byte* first, std::byte* second) override;
  bool Ended(int32_t index) const override;
  absl::Status Wait(int32_t index) override;
  absl::Status WaitAll() override;
  void ComputeAhead(bool for_long) override;
  void Reset(bool keep_hops) override;
  const CommRecord& record(int32_t index) const override { return SlotOf(index).record; }

 private:
  // One communication op of the program.
  struct Slot {
    int32_t op = 0;
    int stream = 0;
    RoundPlan plan;
    std::vector<const Slot*> waits_for;  // deps that are communication
    // Of this step; written by who drives, until `ended`.
    std::byte* first = nullptr;
    std::byte* second = nullptr;
    CommRecord record;
    std::atomic<bool> ended{false};
  };
  struct StreamState {
    std::deque<Slot*> queue;
    bool started = false;  // the one at the head
    RoundRunner runner;
  };

  Slot& SlotOf(int32_t index) const;
  template <class Condition>
  absl::Status WaitUntil(Condition done);
  void TakeInbox();
  bool Drive();                                            // holds drive_mutex_; true if anything moved
  bool DriveStream(StreamState* stream, bool* ended_one);  // the same for one stream
  void Background();

  Transport* const transport_;
  const ReduceFunction reduce_;
  const Clock* const clock_;
  RunControl* const control_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<int32_t> slot_of_op_;

  std::mutex inbox_mutex_;
  std::vector<Slot*> inbox_;  // handed over, not yet on a stream

  std::mutex drive_mutex_;  // transport, streams, failure
  std::array<StreamState, plan::kNumStreams> streams_;
  absl::Status failure_;
  std::atomic<bool> failed_{false};

  bool keep_hops_ = false;               // of this step; changes only while all is idle
  std::atomic<int> pending_{0};          // handed over and not ended
  std::atomic<bool> foreground_{false};  // the walk is waiting, hence driving

  std::mutex wake_mutex_;
  std::condition_variable wake_;
  bool wanted_ = false;
  std::atomic<bool> shutdown_{false};
  std::thread background_;
};

}  // namespace ringside::workers
