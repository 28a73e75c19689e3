#include "workers/bench/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/status_macros.h"

namespace ringside::bench {
namespace {

constexpr int kEndTimeoutMs = 5000;

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(
    const std::vector<std::string>& arguments,
    const std::vector<std::pair<std::string, std::string>>& variables) {
  std::array<int, 2> in, out;
  if (pipe2(in.data(), O_CLOEXEC) != 0) return absl::ResourceExhaustedError("no pipe can be made");
  if (pipe2(out.data(), O_CLOEXEC) != 0) {
    close(in[0]), close(in[1]);
    return absl::ResourceExhaustedError("no pipe can be made");
  }
  std::vector<std::string> environment;
  for (const auto& [name, value] : variables) environment.push_back(fmt::format("{}={}", name, value));
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    bool replaced = false;
    for (const auto& [name, value] : variables) replaced |= text.starts_with(name + "=");
    if (!replaced) environment.emplace_back(text);
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, arguments[0].c_str(), &actions, nullptr, Pointers(arguments).data(),
                                 Pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]), close(out[1]);
  if (error != 0) {
    close(in[1]), close(out[0]);
    return absl::NotFoundError(fmt::format("{} cannot be started: {}", arguments[0], std::strerror(error)));
  }
  return std::unique_ptr<ChildProcess>(new ChildProcess(pid, in[1], out[0]));
}

ChildProcess::~ChildProcess() {
  CloseInput();
  if (pid_) {
    // Its output ends when it does.
    std::array<char, 4096> rest;
    pollfd watched{output_, POLLIN, 0};
    while (poll(&watched, 1, kEndTimeoutMs) > 0 && read(output_, rest.data(), rest.size()) > 0) {
    }
    if (watched.revents == 0) kill(*pid_, SIGKILL);
    Wait();
  }
  close(output_);
}

void ChildProcess::CloseInput() {
  if (input_ >= 0) close(std::exchange(input_, -1));
}

int ChildProcess::Wait() {
  int status = 0;
  while (waitpid(*pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_.reset();
  return status;
}

absl::Status ChildProcess::WriteLine(const std::string& line) {
  const std::string text = line + "\n";
  if (write(input_, text.data(), text.size()) == static_cast<ssize_t>(text.size())) return absl::OkStatus();
  return absl::UnavailableError("it takes no more input");
}

absl::StatusOr<std::string> ChildProcess::ReadLine() {
  for (;;) {
    if (const size_t end = unread_.find('\n'); end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    std::array<char, 4096> part;
    const ssize_t n = read(output_, part.data(), part.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return absl::UnavailableError("it ended");
    unread_.append(part.data(), static_cast<size_t>(n));
  }
}

absl::StatusOr<std::string> ChildProcess::ReadToEnd() {
  CloseInput();
  std::string all = std::exchange(unread_, {});
  std::array<char, 4096> part;
  for (;;) {
    const ssize_t n = read(output_, part.data(), part.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    all.append(part.data(), static_cast<size_t>(n));
  }
  const int status = Wait();
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return all;
  return absl::UnavailableError(WIFEXITED(status) ? fmt::format("it exited with {}", WEXITSTATUS(status))
                                                  : "it was killed");
}

std::string BesideThisProgram(const std::string& name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

}  // namespace ringside::bench
