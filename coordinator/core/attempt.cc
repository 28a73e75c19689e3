#include "coordinator/core/attempt.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "coordinator/core/stall_report.h"
#include "fmt/format.h"

namespace ringside::coordinator {
namespace {

std::string Seconds(int64_t ns) {
  return fmt::format("{:g} s", static_cast<double>(ns) / kSecond);
}

}  // namespace

Attempt::Attempt(AttemptId id, const JobSpec& spec, const Limits& limits, const OpNamer& namer, Instant now,
                 Actions* out)
    : id_(std::move(id)),
      spec_(spec),
      limits_(limits),
      namer_(namer),
      start_ns_(now.mono_ns),
      ranks_(spec.world_size),
      last_progress_ns_(now.mono_ns) {
  out->push_back(Launch{id_});
}

absl::Status Attempt::Hello(int rank, int world_size, Instant now, Actions* out) {
  if (Decided() || ended_) {
    return absl::AbortedError(
        fmt::format("job {} is ending; attempt {} takes no workers", id_.job_id, id_.attempt));
  }
  if (world_size != spec_.world_size || rank < 0 || rank >= spec_.world_size) {
    return absl::InvalidArgumentError(fmt::format("rank {} of {} is not of job {}, which has {} ranks", rank,
                                                  world_size, id_.job_id, spec_.world_size));
  }
  Rank& state = ranks_[rank];
  if (state.connected) {
    return absl::AlreadyExistsError(fmt::format("rank {} of job {} has already connected", rank, id_.job_id));
  }
  state.connected = state.open = true;
  state.last_heard_ns = last_progress_ns_ = now.mono_ns;
  out->push_back(SendProgram{id_, rank});
  if (phase_ == Phase::kConnecting && MissingRanks().empty()) phase_ = Phase::kRunning;
  return absl::OkStatus();
}

void Attempt::Heard(int rank, const v1::WorkerMessage& message, Instant now, Actions* out) {
  if (ended_ || Decided() || rank < 0 || rank >= spec_.world_size || !ranks_[rank].open) return;
  Rank& state = ranks_[rank];
  state.last_heard_ns = now.mono_ns;
  switch (message.kind_case()) {
    case v1::WorkerMessage::kHeartbeat:
      state.step = message.heartbeat().step();
      state.op = message.heartbeat().op();
      state.last_beat = message.heartbeat();
      if (message.heartbeat().ops_done() > state.ops_done) {
        state.ops_done = message.heartbeat().ops_done();
        last_progress_ns_ = now.mono_ns;
      }
      break;
    case v1::WorkerMessage::kProgress:
      last_progress_ns_ = now.mono_ns;
      OnProgress(rank, message.progress());
      break;
    case v1::WorkerMessage::kTracePart:
      last_progress_ns_ = now.mono_ns;
      OnTracePart(rank, message.trace_part(), now, out);
      break;
    case v1::WorkerMessage::kFailure:
      OnFailure(rank, message.failure(), now, out);
      break;
    case v1::WorkerMessage::kDone:
      last_progress_ns_ = now.mono_ns;
      OnDone(rank, message.done(), now, out);
      break;
    case v1::WorkerMessage::kHello:
    case v1::WorkerMessage::KIND_NOT_SET:
      Fail(absl::StatusCode::kInvalidArgument, rank,
           fmt::format("rank {} broke the worker protocol: {}", rank,
                       message.has_hello() ? "a second hello" : "a message of an unknown kind"),
           now, out);
      break;
  }
}

void Attempt::OnProgress(int rank, const v1::Progress& progress) {
  ranks_[rank].live_bytes = progress.live_bytes();
  ranks_[rank].peak_bytes = std::max(ranks_[rank].peak_bytes, progress.peak_bytes());
  // Every rank may report every step; watchers hear of a step once, from a rank that knows the loss.
  if (progress.step() <= last_published_step_ || (spec_.reports_loss && !progress.has_loss())) return;
  last_published_step_ = progress.step();
  progress_ = progress;
  for (const Rank& state : ranks_) {
    progress_->set_live_bytes(std::max(progress_->live_bytes(), state.live_bytes));
    progress_->set_peak_bytes(std::max(progress_->peak_bytes(), state.peak_bytes));
  }
}

void Attempt::OnTracePart(int rank, const v1::RankTrace& part, Instant now, Actions* out) {
  if (part.rank() != rank) {
    Fail(absl::StatusCode::kInvalidArgument, rank,
         fmt::format("rank {} sent a trace of rank {}", rank, part.rank()), now, out);
    return;
  }
  trace_bytes_ += static_cast<int64_t>(part.ByteSizeLong());
  if (trace_bytes_ > limits_.max_trace_bytes) {
    Fail(absl::StatusCode::kResourceExhausted, rank,
         fmt::format("the trace of job {} is larger than {} MiB; run fewer steps", id_.job_id,
                     limits_.max_trace_bytes >> 20),
         now, out);
    return;
  }
  ranks_[rank].trace.MergeFrom(part);
  ranks_[rank].has_trace = true;
}

void Attempt::OnFailure(int rank, v1::Failure failure, Instant now, Actions* out) {
  const Sign position = Position(rank);
  failure.set_rank(rank);
  if (failure.code() == 0) failure.set_code(static_cast<int>(absl::StatusCode::kUnknown));
  if (failure.message().empty()) failure.set_message("it gave no reason");
  if (!absl::StrContains(failure.message(), fmt::format("rank {}", rank))) {
    failure.set_message(fmt::format("rank {}: {}", rank, failure.message()));
  }
  if (failure.op().empty()) failure.set_op(position.op);
  // A rank's own fault, the first sign of trouble: nothing can be behind it, so there is nothing to wait for.
  if (signs_.empty() && !MayBeConsequence(failure)) {
    Decide(v1::JOB_STATE_FAILED, std::move(failure), now, out);
    return;
  }
  Sign sign = position;
  sign.reported = std::move(failure);
  Collect(std::move(sign), now);
}

void Attempt::OnDone(int rank, const v1::WorkerDone& done, Instant now, Actions* out) {
  if (!ranks_[rank].has_trace) {
    Fail(absl::StatusCode::kInternal, rank,
         fmt::format("rank {} says that it is done but has sent no trace", rank), now, out);
    return;
  }
  ranks_[rank].done = true;
  if (rank == 0) environment_ = done.environment();
  const bool all = std::all_of(ranks_.begin(), ranks_.end(), [](const Rank& state) { return state.done; });
  if (!all || phase_ == Phase::kStoring) return;
  phase_ = Phase::kStoring;
  StoreTrace store{id_, {}, environment_.value_or(v1::Environment())};
  for (Rank& state : ranks_) store.ranks.push_back(std::move(state.trace));
  out->push_back(std::move(store));
}

void Attempt::StreamBroke(int rank, Instant now, Actions* out) {
  if (ended_ || rank < 0 || rank >= spec_.world_size || !ranks_[rank].open) return;
  ranks_[rank].open = false;
  if (Decided()) return;
  if (!ranks_[rank].done) Collect(Position(rank), now);
  DecideIfComplete(now, out);
}

void Attempt::TraceStored(const absl::Status& status, Instant now, Actions* out) {
  if (ended_ || phase_ != Phase::kStoring) return;
  if (!status.ok()) {
    Fail(status.code(), -1, std::string(status.message()), now, out);
    return;
  }
  outcome_ = v1::JOB_STATE_SUCCEEDED;
  phase_ = Phase::kFinishing;
  decided_ns_ = now.mono_ns;
  out->push_back(FinishWorkers{id_});
  if (exit_) End();
}

void Attempt::LauncherExited(LauncherExit exit, Instant now, Actions* out) {
  if (ended_ || exit_) return;
  exit_ = std::move(exit);
  AddNote(exit_->note);
  if (Decided()) {
    // A clean end of the work is not undone by a launcher that stumbles on its way out, but it is told.
    if (!exit_->status.ok()) AddNote(std::string(exit_->status.message()));
    if (outcome_ == v1::JOB_STATE_SUCCEEDED && !kill_sent_ && (exit_->exit_code != 0 || exit_->signal != 0)) {
      AddNote(fmt::format("mpirun ended with {} {} after the work was done",
                          exit_->signal != 0 ? "signal" : "code",
                          exit_->signal != 0 ? exit_->signal : exit_->exit_code));
    }
    if (phase_ == Phase::kFinishing) out->push_back(StopWorkers{id_});  // streams of processes that are gone
    End();
    return;
  }
  if (phase_ == Phase::kStoring) return;  // the trace is complete; its storing decides
  if (!exit_->status.ok()) {
    Decide(v1::JOB_STATE_FAILED, NameCause({}, exit_, {}), now, out);
    return;
  }
  if (trouble_ns_ == 0) trouble_ns_ = now.mono_ns;
  phase_ = Phase::kCollecting;
  DecideIfComplete(now, out);
}

void Attempt::Collect(Sign sign, Instant now) {
  signs_.push_back(std::move(sign));
  if (phase_ == Phase::kStoring) return;
  if (trouble_ns_ == 0) trouble_ns_ = now.mono_ns;
  phase_ = Phase::kCollecting;
}

// All the evidence there will be: the launcher is gone and so is every stream; or time is up.
void Attempt::DecideIfComplete(Instant now, Actions* out) {
  if (phase_ != Phase::kCollecting) return;
  const bool open = std::any_of(ranks_.begin(), ranks_.end(), [](const Rank& state) { return state.open; });
  if ((!exit_ || open) && now.mono_ns - trouble_ns_ < limits_.evidence_grace_ns) return;
  std::vector<Sign> positions;
  for (int rank = 0; rank < spec_.world_size; ++rank) positions.push_back(Position(rank));
  v1::Failure failure = NameCause(signs_, exit_, positions);
  const std::string missing = MissingRanks();
  if (signs_.empty() && !missing.empty()) {
    failure.set_message(
        fmt::format("{} of {} never connected: {}", missing, spec_.world_size, failure.message()));
  }
  Decide(v1::JOB_STATE_FAILED, std::move(failure), now, out);
}

void Attempt::Decide(v1::JobState outcome, v1::Failure failure, Instant now, Actions* out) {
  outcome_ = outcome;
  failure_ = std::move(failure);
  phase_ = Phase::kStopping;
  decided_ns_ = now.mono_ns;
  out->push_back(StopWorkers{id_});
  if (exit_) {
    End();
    return;
  }
  kill_sent_ = true;
  out->push_back(KillLauncher{id_});
}

void Attempt::Fail(absl::StatusCode code, int rank, std::string message, Instant now, Actions* out) {
  v1::Failure failure;
  failure.set_code(static_cast<int>(code));
  failure.set_rank(rank);
  failure.set_step(rank >= 0 ? ranks_[rank].step : -1);
  if (rank >= 0) failure.set_op(Position(rank).op);
  failure.set_message(std::move(message));
  Decide(v1::JOB_STATE_FAILED, std::move(failure), now, out);
}

bool Attempt::Cancel(Instant now, Actions* out) {
  if (ended_ || Decided() || phase_ == Phase::kStoring) return outcome_ == v1::JOB_STATE_CANCELLED;
  Decide(v1::JOB_STATE_CANCELLED, v1::Failure(), now, out);
  return true;
}

void Attempt::Tick(Instant now, Actions* out) {
  if (ended_) return;
  const int64_t since_decision_ns = now.mono_ns - decided_ns_;
  if (phase_ == Phase::kFinishing && !kill_sent_ && since_decision_ns >= limits_.finish_timeout_ns) {
    kill_sent_ = true;
    decided_ns_ = now.mono_ns;
    AddNote(fmt::format("the workers did not exit within {} and were killed",
                        Seconds(limits_.finish_timeout_ns)));
    out->push_back(KillLauncher{id_});
    return;
  }
  if (kill_sent_ && since_decision_ns >= limits_.kill_timeout_ns) {
    AddNote(
        fmt::format("the launcher could not end its processes within {}", Seconds(limits_.kill_timeout_ns)));
    End();
    return;
  }
  if (Decided()) return;
  if (now.mono_ns - start_ns_ >= spec_.deadline_ns) {
    const int rank = FurthestBehind();
    Fail(absl::StatusCode::kDeadlineExceeded, -1,
         fmt::format("the job passed its deadline of {} (run.deadline_s); furthest behind is rank {}: {}{}",
                     Seconds(spec_.deadline_ns), rank, Position(rank).last_seen, Stall()),
         now, out);
    return;
  }
  if (phase_ == Phase::kConnecting) CheckLaunch(now, out);
  if (phase_ == Phase::kConnecting || phase_ == Phase::kRunning) CheckLiveness(now, out);
  if (phase_ == Phase::kCollecting) DecideIfComplete(now, out);
}

void Attempt::CheckLaunch(Instant now, Actions* out) {
  if (now.mono_ns - start_ns_ < limits_.launch_timeout_ns) return;
  int first = 0;
  while (ranks_[first].connected) ++first;
  Fail(absl::StatusCode::kDeadlineExceeded, first,
       fmt::format("{} of {} never connected within {} of the launch", MissingRanks(), spec_.world_size,
                   Seconds(limits_.launch_timeout_ns)),
       now, out);
}

void Attempt::CheckLiveness(Instant now, Actions* out) {
  int silent = -1;  // the rank that was not heard for the longest
  for (int rank = 0; rank < spec_.world_size; ++rank) {
    const Rank& state = ranks_[rank];
    if (!state.open || state.done) continue;
    if (silent < 0 || state.last_heard_ns < ranks_[silent].last_heard_ns) silent = rank;
  }
  if (silent < 0 || phase_ == Phase::kStopping) return;
  if (now.mono_ns - ranks_[silent].last_heard_ns >= limits_.heartbeat_timeout_ns) {
    Fail(absl::StatusCode::kUnavailable, silent,
         fmt::format("rank {} stopped answering: no heartbeat for {}; {}{}", silent,
                     Seconds(limits_.heartbeat_timeout_ns), Position(silent).last_seen, Stall()),
         now, out);
    return;
  }
  if (phase_ != Phase::kRunning || now.mono_ns - last_progress_ns_ < spec_.stall_ns) return;
  // All stand still. A rank that has gone quiet as well is the one the others wait for.
  const bool quiet = now.mono_ns - ranks_[silent].last_heard_ns >= spec_.stall_ns / 2;
  const int rank = quiet ? silent : FurthestBehind();
  Fail(
      absl::StatusCode::kDeadlineExceeded, rank,
      fmt::format("no rank finished an op for {} (run.stall_s); {} is rank {}: {}{}", Seconds(spec_.stall_ns),
                  quiet ? "silent since then" : "furthest behind", rank, Position(rank).last_seen, Stall()),
      now, out);
}

Sign Attempt::Position(int rank) const {
  const Rank& state = ranks_[rank];
  Sign sign{.rank = rank, .reported = std::nullopt, .last_seen = "", .step = state.step, .op = ""};
  if (state.op >= 0) sign.op = namer_(id_.job_id, rank, state.op);
  if (!state.connected) {
    sign.last_seen = "it never connected";
  } else if (state.step < 0) {
    sign.last_seen = "last seen before the first step";
  } else if (state.op < 0) {
    sign.last_seen = fmt::format("last seen at step {}", state.step);
  } else {
    sign.last_seen = fmt::format("last seen at step {}, op {}{}{}", state.step, state.op,
                                 sign.op.empty() ? "" : " ", sign.op);
  }
  return sign;
}

std::string Attempt::MissingRanks() const {
  std::string list;
  int count = 0;
  for (int rank = 0; rank < spec_.world_size; ++rank) {
    if (ranks_[rank].connected) continue;
    ++count;
    if (count <= 16) list += fmt::format("{}{}", list.empty() ? "" : ", ", rank);
  }
  if (count > 16) list += fmt::format(" and {} more", count - 16);
  return count == 0 ? "" : fmt::format("rank{} {}", count == 1 ? "" : "s", list);
}

int Attempt::FurthestBehind() const {
  const auto it = std::min_element(ranks_.begin(), ranks_.end(), [](const Rank& a, const Rank& b) {
    return std::make_tuple(a.done, a.step, a.ops_done) < std::make_tuple(b.done, b.step, b.ops_done);
  });
  return static_cast<int>(it - ranks_.begin());
}

std::string Attempt::Stall() const {
  std::vector<v1::Heartbeat> beats;
  for (const Rank& state : ranks_) beats.push_back(state.last_beat);
  const std::string text = DescribeStall(beats);
  return text.empty() ? "" : "; " + text;
}

void Attempt::AddNote(const std::string& text) {
  if (!note_.empty() && !text.empty()) note_ += "; ";
  note_ += text;
}

std::optional<v1::Progress> Attempt::TakeProgress() {
  return std::exchange(progress_, std::nullopt);
}

}  // namespace ringside::coordinator
