#include "coordinator/launch/supervisor.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <optional>

#include "base/check.h"
#include "coordinator/launch/process_tree.h"
#include "coordinator/launch/spawn.h"
#include "fmt/format.h"

namespace ringside::coordinator {
namespace {

constexpr size_t kTailBytes = 16 << 10;
using Clock = std::chrono::steady_clock;

}  // namespace

struct Supervisor::Process {
  ProcessCommand command;
  OnExit on_exit;
  SpawnedProcess spawned;
  std::string tail;
  std::optional<Clock::time_point> kill_at;  // SIGTERM was sent; SIGKILL is due then
  bool killed = false;
};

struct Supervisor::Request {
  bool start = false;
  ProcessCommand command;
  OnExit on_exit;
  std::promise<absl::Status> answer;
  std::string kill_mark;
};

Supervisor::Supervisor(Options options)
    : options_(options), wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  RINGSIDE_CHECK(wake_fd_ >= 0);
  thread_ = std::thread([this] { Loop(); });
}

Supervisor::~Supervisor() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  Wake();
  thread_.join();
  ::close(wake_fd_);
}

absl::Status Supervisor::Start(ProcessCommand command, OnExit on_exit) {
  auto request = std::make_unique<Request>();
  request->start = true;
  request->command = std::move(command);
  request->on_exit = std::move(on_exit);
  auto answer = request->answer.get_future();
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return absl::UnavailableError("the launcher is shutting down");
    requests_.push_back(std::move(request));
  }
  Wake();
  return answer.get();
}

void Supervisor::Kill(const std::string& mark) {
  auto request = std::make_unique<Request>();
  request->kill_mark = mark;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
  }
  Wake();
}

void Supervisor::Wake() {
  const uint64_t one = 1;
  (void)!::write(wake_fd_, &one, sizeof one);
}

void Supervisor::Loop() {
  for (;;) {
    HandleRequests();
    {
      const std::lock_guard lock(mutex_);
      if (stopping_ && processes_.empty() && requests_.empty()) return;
    }
    std::vector<pollfd> fds = {{wake_fd_, POLLIN, 0}};
    for (const auto& [mark, process] : processes_) {
      fds.push_back({process->spawned.pidfd, POLLIN, 0});
      fds.push_back({process->spawned.output_fd, POLLIN, 0});
    }
    ::poll(fds.data(), fds.size(), NextTimeoutMs());
    uint64_t drained;
    (void)!::read(wake_fd_, &drained, sizeof drained);
    EscalateKills();
    for (auto it = processes_.begin(); it != processes_.end();) {
      ReadOutput(*it->second);
      it = ReapIfEnded(*it->second) ? processes_.erase(it) : std::next(it);
    }
  }
}

void Supervisor::HandleRequests() {
  std::vector<std::unique_ptr<Request>> requests;
  bool stopping;
  {
    const std::lock_guard lock(mutex_);
    requests.swap(requests_);
    stopping = stopping_;
  }
  for (auto& request : requests) {
    if (request->start) {
      request->answer.set_value(Spawn(std::move(request->command), std::move(request->on_exit)));
    } else if (const auto it = processes_.find(request->kill_mark); it != processes_.end()) {
      if (it->second->kill_at) continue;
      ::kill(it->second->spawned.pid, SIGTERM);
      it->second->kill_at = Clock::now() + std::chrono::milliseconds(options_.term_grace_ms);
    }
  }
  if (!stopping) return;
  for (auto& [mark, process] : processes_) {
    if (process->kill_at) continue;
    ::kill(process->spawned.pid, SIGTERM);
    process->kill_at = Clock::now() + std::chrono::milliseconds(options_.term_grace_ms);
  }
}

absl::Status Supervisor::Spawn(ProcessCommand command, OnExit on_exit) {
  RINGSIDE_CHECK(!processes_.contains(command.mark));
  RINGSIDE_CHECK(std::count(command.environment.begin(), command.environment.end(), command.mark) == 1);
  auto spawned = coordinator::Spawn(command.argv, command.environment);
  if (!spawned.ok()) return spawned.status();
  auto process = std::make_unique<Process>();
  process->command = std::move(command);
  process->on_exit = std::move(on_exit);
  process->spawned = *spawned;
  const std::string mark = process->command.mark;
  processes_[mark] = std::move(process);
  return absl::OkStatus();
}

void Supervisor::ReadOutput(Process& process) {
  if (process.spawned.output_fd < 0) return;
  char buffer[4096];
  for (;;) {
    const ssize_t size = ::read(process.spawned.output_fd, buffer, sizeof buffer);
    if (size > 0) {
      process.tail.append(buffer, static_cast<size_t>(size));
      if (process.tail.size() > 2 * kTailBytes) process.tail.erase(0, process.tail.size() - kTailBytes);
      continue;
    }
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    ::close(process.spawned.output_fd);  // the last writer is gone
    process.spawned.output_fd = -1;      // poll() passes over negative descriptors
    return;
  }
}

void Supervisor::EscalateKills() {
  for (auto& [mark, process] : processes_) {
    if (!process->kill_at || process->killed || Clock::now() < *process->kill_at) continue;
    process->killed = true;
    // The rest of the tree is killed when this one is reaped; a stopped or deaf mpirun must not delay that.
    ::kill(-process->spawned.pid, SIGKILL);
    ::kill(process->spawned.pid, SIGKILL);
  }
}

bool Supervisor::ReapIfEnded(Process& process) {
  int status = 0;
  const pid_t reaped = ::waitpid(process.spawned.pid, &status, WNOHANG);
  if (reaped == 0) return false;
  ProcessExit exit;
  if (WIFEXITED(status)) exit.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) exit.signal = WTERMSIG(status);
  const auto stragglers = KillMarked(process.command.mark);
  exit.status = stragglers.status();
  exit.num_stragglers = stragglers.ok() ? *stragglers : 0;
  ReadOutput(process);
  if (process.tail.size() > kTailBytes) process.tail.erase(0, process.tail.size() - kTailBytes);
  exit.tail = std::move(process.tail);
  if (process.spawned.output_fd >= 0) ::close(process.spawned.output_fd);
  ::close(process.spawned.pidfd);
  process.on_exit(std::move(exit));
  return true;
}

int Supervisor::NextTimeoutMs() const {
  int timeout_ms = -1;
  for (const auto& [mark, process] : processes_) {
    if (!process->kill_at || process->killed) continue;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(*process->kill_at - Clock::now()).count();
    const int left_ms = static_cast<int>(std::max<int64_t>(left + 1, 0));
    timeout_ms = timeout_ms < 0 ? left_ms : std::min(timeout_ms, left_ms);
  }
  return timeout_ms;
}

}  // namespace ringside::coordinator
