// How the engine carries out what the scheduler asks for.
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>

#include "base/status_macros.h"
#include "coordinator/engine/engine.h"
#include "coordinator/engine/now.h"
#include "coordinator/engine/secret.h"
#include "coordinator/engine/trace_assembly.h"
#include "fmt/format.h"
#include "plan/program_proto.h"

namespace ringside::coordinator {

namespace {

// A machine that was lost once is not lost again: kill_rank and hang_rank are played by the first attempt
// alone.
void RemoveDeaths(v1::Program* program) {
  auto& faults = *program->mutable_faults();
  faults.erase(
      std::remove_if(faults.begin(), faults.end(),
                     [](const v1::Fault& fault) { return fault.has_kill_rank() || fault.has_hang_rank(); }),
      faults.end());
}

}  // namespace

void Engine::Carry(const std::function<void(Actions*)>& input) {
  Actions out;
  input(&out);
  for (const Action& action : out) std::visit([this](const auto& one) { Perform(one); }, action);
}

void Engine::Perform(const Persist& action) {
  const std::string& id = action.record.job.id();
  const absl::Status status = store_->Update(action.record);
  if (status.ok()) {
    unsaved_.erase(id);
    return;
  }
  options_.log(fmt::format("job {} is {}, but that cannot be stored now: {}", id,
                           StateName(action.record.job.state()), std::string(status.message())));
  unsaved_[id] = action.record;
}

void Engine::Perform(const Publish& action) {
  const bool ended = action.event.has_job() && HasEnded(action.event.job().state());
  if (const auto it = watchers_.find(action.job_id); it != watchers_.end()) {
    for (const auto& watcher : it->second) {
      watcher->Push(action.event);
      if (ended) watcher->Close(absl::OkStatus());
    }
    if (ended) watchers_.erase(it);
  }
  if (!ended) return;
  if (options_.files.checkpoint_dir.empty() && running_.contains(action.job_id)) {
    io_.Post([path = OwnCheckpointDir(action.job_id)] {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    });
  }
  if (const auto it = running_.find(action.job_id); it != running_.end()) {
    for (auto& [rank, stream] : it->second.streams) stream->Close(absl::AbortedError("the job has ended"));
    running_.erase(it);
  }
  const auto cancels = cancels_.extract(action.job_id);
  if (cancels.empty()) return;
  for (const auto& answer : cancels.mapped()) {
    if (action.event.job().state() == v1::JOB_STATE_CANCELLED) {
      answer(action.event.job());
    } else {
      answer(
          absl::FailedPreconditionError(fmt::format("job {} ended before it could be cancelled: it {}",
                                                    action.job_id, StateName(action.event.job().state()))));
    }
  }
}

void Engine::Perform(const Launch& action) {
  const std::string secret = NewSecret();
  running_[action.id.job_id] = Running{.attempt = action.id.attempt, .secret = secret};
  launch_.Post([this, id = action.id, secret] { LaunchInBackground(id, secret); });
}

void Engine::LaunchInBackground(const AttemptId& id, const std::string& secret) {
  const auto exited = [this, id](LauncherExit exit) {
    main_.Post([this, id, exit = std::move(exit)] {
      if (!shutting_down_) Carry([&](Actions* out) { scheduler_.LauncherExited(id, exit, Now(), out); });
    });
  };
  const auto launch = [&]() -> absl::StatusOr<Launched> {
    if (shutting_down_) return ShuttingDown();
    RINGSIDE_ASSIGN_OR_RETURN(const std::string bytes, store_->GetRequest(id.job_id));
    v1::SubmitRequest request;
    if (!request.ParseFromString(bytes)) {
      return absl::DataLossError(fmt::format("the stored request of job {} cannot be read back", id.job_id));
    }
    RINGSIDE_ASSIGN_OR_RETURN(Work compiled, PrepareWork(request, options_.max_ranks));
    const auto work = std::make_shared<const Work>(std::move(compiled));
    LaunchSpec spec{.id = id,
                    .node_of_rank = {},
                    .cluster = work->cluster,
                    .faults = work->faults,
                    .coordinator = options_.worker_target,
                    .secret = secret,
                    .files = {}};
    RINGSIDE_ASSIGN_OR_RETURN(spec.files, PrepareFiles(id, *work));
    for (const plan::Program& program : work->programs) spec.node_of_rank.push_back(program.node);
    // Before Start: the first hello must find the programs.
    main_.Post([this, id, work] {
      if (Running* running = FindRunning(id)) running->work = work;
    });
    return launcher_->Start(spec, exited);
  };
  const auto launched = launch();
  if (!launched.ok()) {
    launcher_->RemoveLeftovers(id.job_id);
    exited(LauncherExit{.status = launched.status()});
    return;
  }
  main_.Post([this, id, launched = *launched] {
    if (Running* running = FindRunning(id)) {
      running->launcher_note =
          "launcher: " + launched.launcher + (launched.note.empty() ? "" : "; " + launched.note);
    }
    if (!shutting_down_) {
      Carry([&](Actions* out) { scheduler_.LauncherStarted(id, launched.launcher, launched.note, out); });
    }
  });
}

std::string Engine::OwnCheckpointDir(const std::string& job_id) const {
  return options_.data_dir + "/checkpoints/" + job_id;
}

absl::StatusOr<WorkerFiles> Engine::PrepareFiles(const AttemptId& id, const Work& work) const {
  WorkerFiles files = options_.files;
  // What attempts before this one have left is gone on with.
  files.resume = files.resume || id.attempt > 1;
  if (files.checkpoint_dir.empty() && work.programs[0].run.checkpoint_every() > 0 &&
      !options_.data_dir.empty()) {
    files.checkpoint_dir = OwnCheckpointDir(id.job_id);
  }
  if (files.checkpoint_dir.empty()) {
    files.resume = false;
    return files;
  }
  std::error_code error;
  std::filesystem::create_directories(files.checkpoint_dir, error);
  if (error) {
    return absl::FailedPreconditionError(fmt::format("cannot make the directory of checkpoints {}: {}",
                                                     files.checkpoint_dir, error.message()));
  }
  if (!work.has_scenario) return files;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(work.scenario, &json).ok()) return files;
  std::ofstream(files.checkpoint_dir + "/scenario.json") << json;  // for people, and each checkpoint's index
  return files;
}

void Engine::Perform(const SendProgram& action) {
  Running* running = FindRunning(action.id);
  if (running == nullptr || running->work == nullptr) return;
  v1::CoordinatorMessage message;
  *message.mutable_program() = plan::ToProto(running->work->programs.at(static_cast<size_t>(action.rank)));
  if (action.id.attempt > 1 && running->work->spec.max_restarts > 0) RemoveDeaths(message.mutable_program());
  if (const auto it = running->streams.find(action.rank); it != running->streams.end())
    it->second->Send(message);
}

void Engine::Perform(const StoreTrace& action) {
  const Running* running = FindRunning(action.id);
  if (running == nullptr) return;
  io_.Post([this, action, work = running->work, note = running->launcher_note]() mutable {
    const v1::Trace trace =
        AssembleTrace(*work, std::move(action.ranks), std::move(action.environment), note);
    const absl::Status status = traces_->Write(action.id.job_id, trace);
    main_.Post([this, id = action.id, status] {
      if (!shutting_down_) Carry([&](Actions* out) { scheduler_.TraceStored(id, status, Now(), out); });
    });
  });
}

void Engine::Perform(const FinishWorkers& action) {
  CloseStreams(action.id, /*finish=*/true, absl::OkStatus());
}

void Engine::Perform(const StopWorkers& action) {
  CloseStreams(action.id, /*finish=*/false,
               absl::AbortedError(fmt::format("job {} is ending", action.id.job_id)));
}

void Engine::Perform(const KillLauncher& action) {
  // On the launch thread, so that it comes after the start that it is to undo.
  launch_.Post([this, id = action.id] { launcher_->Kill(id); });
}

std::string Engine::NameOp(const std::string& job_id, int rank, int op) const {
  const auto it = running_.find(job_id);
  if (it == running_.end() || it->second.work == nullptr) return "";
  const auto& programs = it->second.work->programs;
  if (rank < 0 || rank >= static_cast<int>(programs.size())) return "";
  const auto& ops = programs[static_cast<size_t>(rank)].ops;
  return op < 0 || op >= static_cast<int>(ops.size()) ? "" : plan::Describe(ops[static_cast<size_t>(op)]);
}

bool Engine::OnPeriod() {
  constexpr int kSavePeriods = 10;
  if (shutting_down_) return false;
  Carry([&](Actions* out) { scheduler_.Tick(Now(), out); });
  if (++period_count_ % kSavePeriods == 0) {
    const auto unsaved = unsaved_;
    for (const auto& [id, record] : unsaved) {
      if (store_->Update(record).ok()) unsaved_.erase(id);
    }
  }
  return scheduler_.num_running() > 0 || !unsaved_.empty();
}

}  // namespace ringside::coordinator
