#include "workers/session/session.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "base/status_macros.h"
#include "plan/program_proto.h"
#include "workers/environment.h"
#include "workers/session/trace_parts.h"

namespace ringside::workers {
namespace {

using std::chrono::seconds;

constexpr auto kConnectTimeout = seconds(20);
constexpr auto kProgramTimeout = seconds(60);
constexpr auto kHeartbeatInterval = seconds(1);
constexpr int64_t kTracePartBytes = 2 << 20;
constexpr int kMaxProgramBytes = 64 << 20;

[[noreturn]] void ExitNow(int rank, const std::string& why) {
  std::fputs(fmt::format("ringside-worker: rank {}: {}\n", rank, why).c_str(), stderr);
  std::fflush(stderr);
  _exit(1);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Session>> Session::Open(const SessionOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxProgramBytes);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY,
                   0);  // the coordinator is near; a proxy would only be in between
  auto channel =
      grpc::CreateCustomChannel(options.coordinator, grpc::InsecureChannelCredentials(), arguments);
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + kConnectTimeout)) {
    return absl::UnavailableError(fmt::format("rank {}: no coordinator answers at {} within {} s",
                                              options.rank, options.coordinator, kConnectTimeout.count()));
  }
  return std::unique_ptr<Session>(new Session(std::move(channel), options));
}

Session::Session(std::shared_ptr<grpc::Channel> channel, const SessionOptions& options)
    : options_(options), stub_(v1::WorkerGate::NewStub(channel)), stream_(stub_->Session(&context_)) {
  v1::WorkerMessage message;
  v1::WorkerHello* hello = message.mutable_hello();
  hello->set_job_id(options.job_id);
  hello->set_attempt(options.attempt);
  hello->set_secret(options.secret);
  hello->set_rank(options.rank);
  hello->set_world_size(options.world_size);
  hello->set_host(HostName());
  hello->set_pid(getpid());
  Write(message);
  reader_ = std::thread([this] { Read(); });
  reporter_ = std::thread([this] { ReportLoop(); });
}

Session::~Session() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  reporter_.join();
  context_.TryCancel();
  reader_.join();
}

bool Session::Write(const v1::WorkerMessage& message) {
  std::lock_guard lock(write_mutex_);
  return stream_->Write(message);
}

void Session::Read() {
  v1::CoordinatorMessage message;
  while (stream_->Read(&message)) {
    if (message.has_stop()) _exit(1);
    {
      std::lock_guard lock(mutex_);
      if (message.has_program() && !program_.has_value()) program_ = std::move(*message.mutable_program());
      if (message.has_finish()) finished_ = true;
    }
    changed_.notify_all();
  }
  {
    std::lock_guard lock(mutex_);
    if (finished_ || closing_) return;
  }
  std::lock_guard lock(write_mutex_);
  const grpc::Status status = stream_->Finish();
  ExitNow(options_.rank, fmt::format("the coordinator ended the session: {}",
                                     status.ok() ? "no reason given" : status.error_message()));
}

absl::StatusOr<plan::Program> Session::ReceiveProgram() {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, kProgramTimeout, [this] { return program_.has_value(); })) {
    return absl::DeadlineExceededError(
        fmt::format("rank {}: no program came within {} s", options_.rank, kProgramTimeout.count()));
  }
  RINGSIDE_ASSIGN_OR_RETURN(plan::Program program, plan::FromProto(*program_));
  if (program.rank != options_.rank || program.world_size != options_.world_size) {
    return absl::InvalidArgumentError(fmt::format("rank {} of {} was sent the program of rank {} of {}",
                                                  options_.rank, options_.world_size, program.rank,
                                                  program.world_size));
  }
  program_->Clear();
  positions_.emplace(program);
  return program;
}

void Session::Watch(const RunControl* control) {
  std::lock_guard lock(mutex_);
  control_ = control;
}

void Session::Report(v1::Progress progress) {
  {
    std::lock_guard lock(mutex_);
    progress_ = std::move(progress);
  }
  changed_.notify_all();
}

void Session::ReportLoop() {
  auto next_beat = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait_until(lock, next_beat, [this] { return closing_ || progress_.has_value(); });
    if (closing_) return;
    v1::WorkerMessage progress, beat;
    if (progress_.has_value()) *progress.mutable_progress() = *std::exchange(progress_, std::nullopt);
    if (std::chrono::steady_clock::now() >= next_beat) {
      next_beat += kHeartbeatInterval;
      beat.mutable_heartbeat()->set_step(control_ ? control_->step.load() : -1);
      beat.mutable_heartbeat()->set_op(control_ ? control_->op.load() : -1);
      beat.mutable_heartbeat()->set_ops_done(control_ ? control_->ops_done.load() : 0);
      if (control_ && positions_) positions_->AddTo(*control_, beat.mutable_heartbeat());
    }
    reporting_ = true;
    lock.unlock();
    // A failed write needs no handling: the reader sees the broken stream.
    if (progress.has_progress()) Write(progress);
    if (beat.has_heartbeat()) Write(beat);
    lock.lock();
    reporting_ = false;
    changed_.notify_all();
  }
}

void Session::FlushReports() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !progress_.has_value() && !reporting_; });
}

absl::Status Session::SendTrace(const v1::RankTrace& trace) {
  FlushReports();
  return CutTrace(trace, kTracePartBytes, [this](const v1::RankTrace& part) {
    v1::WorkerMessage message;
    *message.mutable_trace_part() = part;
    return Write(message) ? absl::OkStatus()
                          : absl::UnavailableError("the session broke while the trace was sent");
  });
}

absl::Status Session::SendDone(const v1::Environment& environment) {
  v1::WorkerMessage message;
  *message.mutable_done()->mutable_environment() = environment;
  return Write(message) ? absl::OkStatus() : absl::UnavailableError("the session broke before done was sent");
}

void Session::SendFailure(const v1::Failure& failure) {
  v1::WorkerMessage message;
  *message.mutable_failure() = failure;
  Write(message);
}

bool Session::AwaitFinish(std::chrono::seconds timeout) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [this] { return finished_; });
}

}  // namespace ringside::workers
