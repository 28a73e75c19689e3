// The core of the coordinator: the queue and the running attempts, as a state machine. Inputs are method
// calls with the time they happened at; outputs are appended to `out` and must be carried out in order.
//
// A job: queued -> running -> succeeded | failed | cancelled. It ends exactly once, after the last process
// of its attempt is gone; only then does the next one start. A job with checkpoints that loses a rank (its
// failure is UNAVAILABLE, its processes had come to work and are gone) stays running and gets another attempt
// at once, JobSpec.max_restarts times at most and within its deadline. Not thread-safe.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "coordinator/core/attempt.h"
#include "coordinator/core/types.h"

namespace ringside::coordinator {

class Scheduler {
 public:
  Scheduler(Limits limits, OpNamer namer);

  // At start, once: the jobs of the store that have not ended, oldest first. Queued ones stay queued, one
  // that ran is tried once more before all others, one that ran twice (with checkpoints: as often as it may
  // be restarted and once more) has failed, one whose cancellation was acknowledged is cancelled. The bound
  // of the queue does not apply: they were all acknowledged.
  void Recover(std::vector<JobRecord> records, Instant now, Actions* out);

  // RESOURCE_EXHAUSTED: the queue is full. To be asked before the job is persisted.
  absl::Status Admit() const;
  // A new job (state queued, attempt 0), persisted already.
  void Submit(JobRecord record, Instant now, Actions* out);

  // Queued: ends it. Running: begins to end it. NOT_FOUND: no such job that has not ended.
  // FAILED_PRECONDITION: its outcome is already known, it is about to end.
  absl::Status Cancel(const std::string& job_id, Instant now, Actions* out);

  void LauncherStarted(const AttemptId& id, const std::string& launcher, const std::string& note,
                       Actions* out);
  void LauncherExited(const AttemptId& id, LauncherExit exit, Instant now, Actions* out);
  void TraceStored(const AttemptId& id, const absl::Status& status, Instant now, Actions* out);

  // NOT_FOUND: no such attempt is running; else as Attempt::Hello.
  absl::Status Hello(const AttemptId& id, int rank, int world_size, Instant now, Actions* out);
  void Heard(const AttemptId& id, int rank, const v1::WorkerMessage& message, Instant now, Actions* out);
  void StreamBroke(const AttemptId& id, int rank, Instant now, Actions* out);

  // To be called at least every few hundred milliseconds while anything runs.
  void Tick(Instant now, Actions* out);

  // The job as it is, or nullptr where it is unknown here or has ended.
  const JobRecord* Find(const std::string& job_id) const;
  int num_running() const { return static_cast<int>(attempts_.size()); }
  int num_queued() const { return static_cast<int>(queue_.size()); }

 private:
  // What attempts leave to those that follow them.
  struct History {
    int64_t first_start_ns = 0;
    int64_t trouble_ns = -1;           // first sign of it in this attempt; -1: none
    int furthest_step = 0;             // steps that some attempt has done, as far as is known
    bool connected = false;            // a worker of this attempt
    bool processes_gone = false;       // of this attempt, for certain
    int64_t restarting_since_ns = -1;  // until a step tells what the last restart cost; -1: there was none
  };

  Attempt* FindAttempt(const AttemptId& id);
  // After every input to an attempt: passes progress on, ends the job if the attempt has ended, starts the
  // next.
  void Settle(const std::string& job_id, Instant now, Actions* out);
  void NoteProgress(const std::string& job_id, const v1::WorkerMessage& message, Instant now, Actions* out);
  bool MayRestart(const std::string& job_id, Instant now) const;
  void Restart(const std::string& job_id, Instant now, Actions* out);
  void StartNext(Instant now, Actions* out);
  void EndJob(const std::string& job_id, v1::JobState state, const v1::Failure& failure, Instant now,
              Actions* out);
  void Announce(const JobRecord& record, Actions* out);

  const Limits limits_;
  const OpNamer namer_;
  std::map<std::string, JobRecord> jobs_;  // that have not ended
  std::deque<std::string> queue_;          // ids, next one first
  std::map<std::string, std::unique_ptr<Attempt>> attempts_;
  std::map<std::string, History> history_;  // of those
};

}  // namespace ringside::coordinator
