#include "coordinator/launch/command.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "coordinator/core/cause.h"
#include "fmt/format.h"

namespace ringside::coordinator {
namespace {

constexpr size_t kMaxOutputBytes = 1 << 20;

// Reads `fd` until its end or the deadline; false: the deadline came first.
bool ReadAll(int fd, int timeout_ms, std::string* output) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd poll_fd{fd, POLLIN, 0};
    if (::poll(&poll_fd, 1, static_cast<int>(left.count())) <= 0) continue;
    char buffer[4096];
    const ssize_t size = ::read(fd, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return true;
    if (output->size() < kMaxOutputBytes) output->append(buffer, static_cast<size_t>(size));
  }
}

}  // namespace

absl::StatusOr<std::string> RunCommand(const std::vector<std::string>& argv, int timeout_ms) {
  std::vector<char*> raw;
  for (const std::string& word : argv) raw.push_back(const_cast<char*>(word.c_str()));
  raw.push_back(nullptr);
  int pipe_fds[2];
  if (::pipe2(pipe_fds, O_CLOEXEC) != 0) {
    return absl::ResourceExhaustedError(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], 1);
  posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], 2);
  pid_t pid = -1;
  const int spawned = ::posix_spawnp(&pid, raw[0], &actions, nullptr, raw.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe_fds[1]);
  if (spawned != 0) {
    ::close(pipe_fds[0]);
    const std::string message =
        fmt::format("cannot run `{}`: {}", absl::StrJoin(argv, " "), std::strerror(spawned));
    return spawned == ENOENT ? absl::NotFoundError(message) : absl::InternalError(message);
  }
  std::string output;
  const bool in_time = ReadAll(pipe_fds[0], timeout_ms, &output);
  ::close(pipe_fds[0]);
  if (!in_time) ::kill(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time) {
    return absl::DeadlineExceededError(
        fmt::format("`{}` did not end within {} ms", absl::StrJoin(argv, " "), timeout_ms));
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return output;
  return absl::InternalError(fmt::format("`{}` {}: {}", absl::StrJoin(argv, " "),
                                         WIFSIGNALED(status)
                                             ? "was ended by " + SignalName(WTERMSIG(status))
                                             : fmt::format("failed with code {}", WEXITSTATUS(status)),
                                         Excerpt(output)));
}

absl::Status RunCommands(const std::vector<std::vector<std::string>>& commands) {
  for (const auto& command : commands) RINGSIDE_RETURN_IF_ERROR(RunCommand(command).status());
  return absl::OkStatus();
}

absl::StatusOr<std::string> FindExecutable(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    if (::access(name.c_str(), X_OK) == 0) return name;
    return absl::NotFoundError(fmt::format("{} is not there or cannot be executed", name));
  }
  const char* path = std::getenv("PATH");
  for (const auto dir : absl::StrSplit(path == nullptr ? "/usr/bin:/bin" : path, ':')) {
    const std::string candidate = fmt::format("{}/{}", std::string(dir.data(), dir.size()), name);
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return absl::NotFoundError(fmt::format("{} is not installed (nowhere in PATH)", name));
}

}  // namespace ringside::coordinator
