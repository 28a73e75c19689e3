#include "coordinator/core/scheduler.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "fmt/format.h"

namespace ringside::coordinator {

bool HasEnded(v1::JobState state) {
  return state == v1::JOB_STATE_SUCCEEDED || state == v1::JOB_STATE_FAILED ||
         state == v1::JOB_STATE_CANCELLED;
}

Scheduler::Scheduler(Limits limits, OpNamer namer) : limits_(limits), namer_(std::move(namer)) {}

void Scheduler::Recover(std::vector<JobRecord> records, Instant now, Actions* out) {
  std::vector<std::string> interrupted, queued;
  for (JobRecord& record : records) {
    const std::string id = record.job.id();
    RINGSIDE_CHECK(!HasEnded(record.job.state()));
    const bool ran = record.job.state() == v1::JOB_STATE_RUNNING;
    const bool cancelled = record.cancel_requested;
    const int attempts = record.job.attempt();
    const int max_attempts = 1 + std::max(1, record.spec.max_restarts);
    jobs_[id] = std::move(record);
    if (cancelled) {
      EndJob(id, v1::JOB_STATE_CANCELLED, v1::Failure(), now, out);
    } else if (ran && attempts >= max_attempts) {
      v1::Failure failure;
      failure.set_code(static_cast<int>(absl::StatusCode::kAborted));
      failure.set_rank(-1);
      failure.set_step(-1);
      failure.set_message(
          "coordinator was restarted twice while the job ran, or its ranks were lost too often; submit it "
          "again if the job "
          "is not what ended the coordinator");
      EndJob(id, v1::JOB_STATE_FAILED, failure, now, out);
    } else if (ran) {
      JobRecord& job = jobs_[id];
      job.job.set_state(v1::JOB_STATE_QUEUED);
      job.job.clear_launcher();
      job.job.clear_launcher_note();
      Announce(job, out);
      interrupted.push_back(id);
    } else {
      queued.push_back(id);
    }
  }
  queue_.assign(interrupted.begin(), interrupted.end());
  queue_.insert(queue_.end(), queued.begin(), queued.end());
  StartNext(now, out);
}

absl::Status Scheduler::Admit() const {
  if (num_queued() < limits_.max_queued) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      fmt::format("the queue is full: {} jobs wait already; try again when one has ended, or cancel one",
                  limits_.max_queued));
}

void Scheduler::Submit(JobRecord record, Instant now, Actions* out) {
  const std::string id = record.job.id();
  RINGSIDE_CHECK(record.job.state() == v1::JOB_STATE_QUEUED && !jobs_.contains(id));
  jobs_[id] = std::move(record);
  queue_.push_back(id);
  StartNext(now, out);
}

absl::Status Scheduler::Cancel(const std::string& job_id, Instant now, Actions* out) {
  const auto it = jobs_.find(job_id);
  if (it == jobs_.end()) return absl::NotFoundError(fmt::format("no job {} is queued or running", job_id));
  const auto attempt = attempts_.find(job_id);
  if (attempt == attempts_.end()) {
    std::erase(queue_, job_id);
    it->second.cancel_requested = true;
    EndJob(job_id, v1::JOB_STATE_CANCELLED, v1::Failure(), now, out);
    return absl::OkStatus();
  }
  if (!attempt->second->Cancel(now, out)) {
    return absl::FailedPreconditionError(
        fmt::format("job {} is about to end; it is too late to cancel it", job_id));
  }
  if (!it->second.cancel_requested) {
    it->second.cancel_requested = true;
    out->push_back(Persist{it->second});
  }
  Settle(job_id, now, out);
  return absl::OkStatus();
}

void Scheduler::LauncherStarted(const AttemptId& id, const std::string& launcher, const std::string& note,
                                Actions* out) {
  if (FindAttempt(id) == nullptr) return;
  JobRecord& record = jobs_.at(id.job_id);
  record.job.set_launcher(launcher);
  record.job.set_launcher_note(note);
  Announce(record, out);
}

void Scheduler::LauncherExited(const AttemptId& id, LauncherExit exit, Instant now, Actions* out) {
  Attempt* attempt = FindAttempt(id);
  if (attempt == nullptr) return;
  History& history = history_[id.job_id];
  if (history.trouble_ns < 0) history.trouble_ns = now.mono_ns;
  history.processes_gone = exit.status.ok();
  attempt->LauncherExited(std::move(exit), now, out);
  Settle(id.job_id, now, out);
}

void Scheduler::TraceStored(const AttemptId& id, const absl::Status& status, Instant now, Actions* out) {
  Attempt* attempt = FindAttempt(id);
  if (attempt == nullptr) return;
  attempt->TraceStored(status, now, out);
  Settle(id.job_id, now, out);
}

absl::Status Scheduler::Hello(const AttemptId& id, int rank, int world_size, Instant now, Actions* out) {
  Attempt* attempt = FindAttempt(id);
  if (attempt == nullptr) {
    return absl::NotFoundError(fmt::format("attempt {} of job {} is not running", id.attempt, id.job_id));
  }
  const absl::Status status = attempt->Hello(rank, world_size, now, out);
  if (status.ok()) history_[id.job_id].connected = true;
  return status;
}

void Scheduler::Heard(const AttemptId& id, int rank, const v1::WorkerMessage& message, Instant now,
                      Actions* out) {
  Attempt* attempt = FindAttempt(id);
  if (attempt == nullptr) return;
  NoteProgress(id.job_id, message, now, out);
  attempt->Heard(rank, message, now, out);
  Settle(id.job_id, now, out);
}

void Scheduler::StreamBroke(const AttemptId& id, int rank, Instant now, Actions* out) {
  Attempt* attempt = FindAttempt(id);
  if (attempt == nullptr) return;
  History& history = history_[id.job_id];
  if (history.trouble_ns < 0) history.trouble_ns = now.mono_ns;
  attempt->StreamBroke(rank, now, out);
  Settle(id.job_id, now, out);
}

void Scheduler::Tick(Instant now, Actions* out) {
  std::vector<std::string> running;
  for (const auto& [id, attempt] : attempts_) running.push_back(id);
  for (const std::string& id : running) {
    attempts_.at(id)->Tick(now, out);
    Settle(id, now, out);
  }
}

const JobRecord* Scheduler::Find(const std::string& job_id) const {
  const auto it = jobs_.find(job_id);
  return it == jobs_.end() ? nullptr : &it->second;
}

Attempt* Scheduler::FindAttempt(const AttemptId& id) {
  const auto it = attempts_.find(id.job_id);
  return it == attempts_.end() || it->second->id() != id ? nullptr : it->second.get();
}

void Scheduler::Settle(const std::string& job_id, Instant now, Actions* out) {
  Attempt& attempt = *attempts_.at(job_id);
  JobRecord& record = jobs_.at(job_id);
  if (auto progress = attempt.TakeProgress()) {
    v1::JobEvent event;
    *event.mutable_progress() = *std::move(progress);
    out->push_back(Publish{job_id, std::move(event)});
  }
  if (!attempt.ended()) return;
  if (!attempt.note().empty()) {
    std::string* note = record.job.mutable_launcher_note();
    if (!note->empty()) *note += "; ";
    *note += attempt.note();
  }
  if (MayRestart(job_id, now)) return Restart(job_id, now, out);
  EndJob(job_id, attempt.outcome(), attempt.failure(), now, out);
  StartNext(now, out);
}

// What workers say of their step, and what the last restart has cost, once the attempt has done a step again.
void Scheduler::NoteProgress(const std::string& job_id, const v1::WorkerMessage& message, Instant now,
                             Actions* out) {
  History& history = history_[job_id];
  if (message.has_failure() && history.trouble_ns < 0) history.trouble_ns = now.mono_ns;
  if (message.has_progress() && history.restarting_since_ns >= 0) {
    JobRecord& record = jobs_.at(job_id);
    v1::Restart& restart = *record.job.mutable_restarts(record.job.restarts_size() - 1);
    restart.set_from_step(message.progress().first_step());
    restart.set_lost_steps(std::max(0, history.furthest_step - message.progress().first_step()));
    restart.set_restart_ns(now.mono_ns - std::exchange(history.restarting_since_ns, -1));
    out->push_back(Persist{record});
  }
  const int done = message.has_progress()    ? message.progress().step() + 1
                   : message.has_heartbeat() ? message.heartbeat().step()
                   : message.has_failure()   ? message.failure().step()
                                             : 0;
  history.furthest_step = std::max(history.furthest_step, std::min(done, jobs_.at(job_id).spec.steps));
}

bool Scheduler::MayRestart(const std::string& job_id, Instant now) const {
  const JobRecord& record = jobs_.at(job_id);
  const Attempt& attempt = *attempts_.at(job_id);
  const History& history = history_.at(job_id);
  return attempt.outcome() == v1::JOB_STATE_FAILED &&
         static_cast<absl::StatusCode>(attempt.failure().code()) == absl::StatusCode::kUnavailable &&
         history.connected && history.processes_gone && !record.cancel_requested &&
         record.job.attempt() <= record.spec.max_restarts &&
         now.mono_ns - history.first_start_ns < record.spec.deadline_ns;
}

void Scheduler::Restart(const std::string& job_id, Instant now, Actions* out) {
  JobRecord& record = jobs_.at(job_id);
  History& history = history_.at(job_id);
  v1::Restart* restart = record.job.add_restarts();
  *restart->mutable_failure() = attempts_.at(job_id)->failure();
  restart->set_from_step(-1);
  history = {.first_start_ns = history.first_start_ns,
             .furthest_step = history.furthest_step,
             .restarting_since_ns = history.trouble_ns};
  record.job.set_attempt(record.job.attempt() + 1);
  record.job.clear_launcher();
  record.job.clear_launcher_note();
  Announce(record, out);
  JobSpec rest = record.spec;
  rest.deadline_ns -= now.mono_ns - history.first_start_ns;
  attempts_[job_id] =
      std::make_unique<Attempt>(AttemptId{job_id, record.job.attempt()}, rest, limits_, namer_, now, out);
}

void Scheduler::StartNext(Instant now, Actions* out) {
  while (num_running() < limits_.max_running && !queue_.empty()) {
    const std::string id = queue_.front();
    queue_.pop_front();
    JobRecord& record = jobs_.at(id);
    record.job.set_state(v1::JOB_STATE_RUNNING);
    record.job.set_attempt(record.job.attempt() + 1);
    record.job.set_started_unix_ns(now.unix_ns);
    Announce(record, out);
    history_[id] = {.first_start_ns = now.mono_ns};
    attempts_[id] = std::make_unique<Attempt>(AttemptId{id, record.job.attempt()}, record.spec, limits_,
                                              namer_, now, out);
  }
}

void Scheduler::EndJob(const std::string& job_id, v1::JobState state, const v1::Failure& failure, Instant now,
                       Actions* out) {
  JobRecord& record = jobs_.at(job_id);
  RINGSIDE_CHECK(HasEnded(state) && !HasEnded(record.job.state()));
  record.job.set_state(state);
  record.job.set_finished_unix_ns(now.unix_ns);
  if (state == v1::JOB_STATE_FAILED) *record.job.mutable_failure() = failure;
  Announce(record, out);
  attempts_.erase(job_id);
  history_.erase(job_id);
  jobs_.erase(job_id);
}

void Scheduler::Announce(const JobRecord& record, Actions* out) {
  out->push_back(Persist{record});
  v1::JobEvent event;
  *event.mutable_job() = record.job;
  out->push_back(Publish{record.job.id(), std::move(event)});
}

}  // namespace ringside::coordinator
