#include "coordinator/engine/engine.h"

#include <algorithm>
#include <charconv>

#include "base/status_macros.h"
#include "coordinator/engine/now.h"
#include "coordinator/engine/secret.h"
#include "fmt/format.h"

namespace ringside::coordinator {

Engine::Engine(EngineOptions options, JobStore* store, const TraceFiles* traces,
               std::unique_ptr<Launcher> launcher)
    : options_(std::move(options)),
      store_(store),
      traces_(traces),
      launcher_(std::move(launcher)),
      scheduler_(options_.limits,
                 [this](const std::string& job_id, int rank, int op) { return NameOp(job_id, rank, op); }),
      main_([this] { return OnPeriod(); }) {}

Engine::~Engine() {
  BeginShutdown();
  compile_.Stop();
  launch_.Stop();
  launcher_.reset();  // ends all processes; their exits are posted to a main thread that no longer minds
  io_.Stop();
  main_.Stop();
}

absl::Status Engine::Recover() {
  RINGSIDE_ASSIGN_OR_RETURN(std::vector<JobRecord> records, store_->Unended());
  for (const JobRecord& record : records) {
    if (record.job.attempt() > 0) launcher_->RemoveLeftovers(record.job.id());
  }
  main_.Run([&] { Carry([&](Actions* out) { scheduler_.Recover(std::move(records), Now(), out); }); });
  return absl::OkStatus();
}

void Engine::BeginShutdown() {
  main_.Run([this] {
    if (shutting_down_) return;
    shutting_down_ = true;
    for (auto& [job_id, watchers] : watchers_) {
      for (const auto& watcher : watchers) watcher->Close(ShuttingDown());
    }
    watchers_.clear();
    for (auto& [job_id, answers] : cancels_) {
      for (const auto& answer : answers) answer(ShuttingDown());
    }
    cancels_.clear();
    for (auto& [job_id, running] : running_) {
      for (auto& [rank, stream] : running.streams) stream->Close(ShuttingDown());
      running.streams.clear();
    }
  });
}

// -- submissions and questions ------------------------------------------------------------------------

void Engine::Submit(v1::SubmitRequest request, Answer<v1::Job> answer) {
  const bool posted = compile_.Post([this, request = std::move(request), answer] {
    auto work = PrepareWork(request, options_.max_ranks);
    if (!work.ok()) return answer(work.status());
    if (work->programs[0].run.data() == v1::DATA_CORPUS && options_.files.corpus.empty()) {
      return answer(
          absl::InvalidArgumentError("run.data: this coordinator has no text to train on; a corpus is given "
                                     "to `ringside run --corpus FILE` "
                                     "without --coordinator"));
    }
    const bool enqueued = main_.Post([this, request, name = work->name, spec = work->spec, answer] {
      Enqueue(request, name, spec, answer);
    });
    if (!enqueued) answer(ShuttingDown());
  });
  if (!posted) answer(ShuttingDown());
}

void Engine::Enqueue(const v1::SubmitRequest& request, const std::string& name, const JobSpec& spec,
                     const Answer<v1::Job>& answer) {
  if (shutting_down_) return answer(ShuttingDown());
  if (!request.request_id().empty()) {
    if (const auto known = store_->GetByRequestId(request.request_id()); known.ok()) {
      const auto current = Get(known->job.id());
      return answer(current.ok() ? absl::StatusOr<v1::Job>(current->job) : current.status());
    }
  }
  if (const absl::Status status = scheduler_.Admit(); !status.ok()) return answer(status);
  JobRecord record;
  record.spec = spec;
  record.request_id = request.request_id();
  record.job.set_id(NewJobId());
  record.job.set_name(name);
  record.job.set_state(v1::JOB_STATE_QUEUED);
  record.job.set_submitted_unix_ns(Now().unix_ns);
  record.job.set_world_size(spec.world_size);
  if (const absl::Status stored = store_->Insert(record, request.SerializeAsString()); !stored.ok()) {
    return answer(
        absl::UnavailableError(fmt::format("the job was not taken: {}", std::string(stored.message()))));
  }
  const std::string id = record.job.id();
  Carry([&](Actions* out) { scheduler_.Submit(record, Now(), out); });
  const JobRecord* current = scheduler_.Find(id);
  answer(current != nullptr ? current->job : record.job);
}

absl::StatusOr<JobRecord> Engine::Get(const std::string& job_id) {
  if (const JobRecord* record = scheduler_.Find(job_id)) return *record;
  if (const auto it = unsaved_.find(job_id); it != unsaved_.end()) return it->second;
  return store_->Get(job_id);
}

void Engine::Cancel(const std::string& job_id, Answer<v1::Job> answer) {
  const bool posted = main_.Post([this, job_id, answer] {
    if (shutting_down_) return answer(ShuttingDown());
    const auto record = Get(job_id);
    if (!record.ok()) return answer(record.status());
    if (HasEnded(record->job.state())) {
      return answer(absl::FailedPreconditionError(
          fmt::format("job {} has already ended: it {}", job_id, StateName(record->job.state()))));
    }
    // Before the input: its actions may end the job at once.
    cancels_[job_id].push_back(answer);
    absl::Status status;
    Carry([&](Actions* out) { status = scheduler_.Cancel(job_id, Now(), out); });
    if (status.ok()) return;
    auto& waiting = cancels_[job_id];
    waiting.pop_back();
    if (waiting.empty()) cancels_.erase(job_id);
    answer(status);
  });
  if (!posted) answer(ShuttingDown());
}

void Engine::List(const v1::ListRequest& request, Answer<v1::ListResponse> answer) {
  constexpr int kDefaultPage = 100, kLargestPage = 1000;
  if (request.page_size() < 0 || request.page_size() > kLargestPage) {
    return answer(absl::InvalidArgumentError(fmt::format("page_size: {} is not within 1..{} (0: {})",
                                                         request.page_size(), kLargestPage, kDefaultPage)));
  }
  int64_t before = 0;
  if (!request.page_token().empty()) {
    const std::string& token = request.page_token();
    const auto parsed = std::from_chars(token.data(), token.data() + token.size(), before);
    if (parsed.ec != std::errc() || parsed.ptr != token.data() + token.size() || before <= 0) {
      return answer(
          absl::InvalidArgumentError(fmt::format("page_token: \"{}\" is not one that List gave", token)));
    }
  }
  const int size = request.page_size() == 0 ? kDefaultPage : request.page_size();
  const bool posted = main_.Post([this, size, before, answer] {
    auto page = store_->List(size, before);
    if (!page.ok()) return answer(page.status());
    v1::ListResponse response;
    for (JobRecord& record : page->jobs) {
      const auto current = Get(record.job.id());
      *response.add_jobs() = current.ok() ? current->job : record.job;
    }
    if (page->next_before != 0) response.set_next_page_token(std::to_string(page->next_before));
    answer(std::move(response));
  });
  if (!posted) answer(ShuttingDown());
}

void Engine::Watch(const std::string& job_id, std::shared_ptr<JobWatcher> watcher) {
  const bool posted = main_.Post([this, job_id, watcher] {
    if (shutting_down_) return watcher->Close(ShuttingDown());
    const auto record = Get(job_id);
    if (!record.ok()) return watcher->Close(record.status());
    v1::JobEvent event;
    *event.mutable_job() = record->job;
    watcher->Push(event);
    if (HasEnded(record->job.state())) return watcher->Close(absl::OkStatus());
    watchers_[job_id].push_back(watcher);
  });
  if (!posted) watcher->Close(ShuttingDown());
}

void Engine::Unwatch(const std::string& job_id, const JobWatcher* watcher) {
  main_.Post([this, job_id, watcher] {
    const auto it = watchers_.find(job_id);
    if (it == watchers_.end()) return;
    std::erase_if(it->second, [&](const auto& one) { return one.get() == watcher; });
    if (it->second.empty()) watchers_.erase(it);
  });
}

void Engine::FindTrace(const std::string& job_id, Answer<std::string> answer) {
  const bool posted = main_.Post([this, job_id, answer] {
    const auto record = Get(job_id);
    if (!record.ok()) return answer(record.status());
    const v1::Job& job = record->job;
    if (job.state() != v1::JOB_STATE_SUCCEEDED) {
      const std::string why = job.state() == v1::JOB_STATE_FAILED ? "it failed: " + job.failure().message()
                                                                  : "it is " + StateName(job.state());
      return answer(absl::FailedPreconditionError(fmt::format("job {} has left no trace: {}", job_id, why)));
    }
    const bool posted = io_.Post([this, job_id, answer] {
      auto path = traces_->Verify(job_id);
      // The job has succeeded, so there was one.
      answer(absl::IsNotFound(path.status()) ? absl::DataLossError(path.status().message())
                                             : std::move(path));
    });
    if (!posted) answer(ShuttingDown());
  });
  if (!posted) answer(ShuttingDown());
}

// -- workers ------------------------------------------------------------------------------------------

Engine::Running* Engine::FindRunning(const AttemptId& id) {
  const auto it = running_.find(id.job_id);
  return it == running_.end() || it->second.attempt != id.attempt ? nullptr : &it->second;
}

void Engine::Hello(const v1::WorkerHello& hello, std::shared_ptr<WorkerStream> stream,
                   std::function<void(absl::Status)> answer) {
  const bool posted = main_.Post([this, hello, stream, answer] {
    if (shutting_down_) return answer(ShuttingDown());
    const AttemptId id{hello.job_id(), hello.attempt()};
    Running* running = FindRunning(id);
    if (running == nullptr || !SameSecret(running->secret, hello.secret())) {
      const auto record = Get(id.job_id);
      if (record.ok() && HasEnded(record->job.state())) {
        return answer(absl::AbortedError(fmt::format("job {} has ended", id.job_id)));
      }
      return answer(absl::PermissionDeniedError("no such job, attempt and secret"));
    }
    const int rank = hello.rank();
    Carry([&](Actions* out) {
      const absl::Status status = scheduler_.Hello(id, rank, hello.world_size(), Now(), out);
      if (status.ok()) running->streams[rank] = stream;
      answer(absl::IsNotFound(status) ? absl::AbortedError(status.message()) : status);
    });
  });
  if (!posted) answer(ShuttingDown());
}

void Engine::Heard(const AttemptId& id, int rank, v1::WorkerMessage message, std::function<void()> handled) {
  const Instant arrived = Now();
  main_.Post([this, id, rank, message = std::move(message), handled, arrived] {
    if (!shutting_down_) Carry([&](Actions* out) { scheduler_.Heard(id, rank, message, arrived, out); });
    handled();
  });
}

void Engine::StreamBroke(const AttemptId& id, int rank) {
  main_.Post([this, id, rank] {
    if (Running* running = FindRunning(id)) running->streams.erase(rank);
    if (!shutting_down_) Carry([&](Actions* out) { scheduler_.StreamBroke(id, rank, Now(), out); });
  });
}

void Engine::CloseStreams(const AttemptId& id, bool finish, const absl::Status& status) {
  Running* running = FindRunning(id);
  if (running == nullptr) return;
  for (auto& [rank, stream] : running->streams) {
    v1::CoordinatorMessage message;
    finish ? message.set_finish(true) : message.set_stop(true);
    stream->Send(std::move(message));
    stream->Close(status);
  }
  running->streams.clear();
}

}  // namespace ringside::coordinator
