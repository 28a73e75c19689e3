#include "coordinator/launch/spawn.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "fmt/format.h"

namespace ringside::coordinator {
namespace {

std::vector<char*> Pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// In the child of a process with many threads: only async-signal-safe calls, no allocation.
[[noreturn]] void ExecInChild(pid_t parent, int output_fd, int error_fd, char* const* argv,
                              char* const* environment) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(127);  // it died before the line above
  struct sigaction defaults {};
  defaults.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &defaults, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null_fd = ::open("/dev/null", O_RDONLY);
  ::dup2(null_fd, 0);
  ::dup2(output_fd, 1);
  ::dup2(output_fd, 2);
  if (error_fd != 3) ::dup3(error_fd, 3, O_CLOEXEC);
  ::syscall(SYS_close_range, 4U, ~0U, 0);
  ::execve(argv[0], argv, environment);
  const int error = errno;
  (void)!::write(3, &error, sizeof error);
  ::_exit(127);
}

}  // namespace

absl::StatusOr<SpawnedProcess> Spawn(const std::vector<std::string>& argv,
                                     const std::vector<std::string>& environment) {
  const std::vector<char*> raw_argv = Pointers(argv), raw_environment = Pointers(environment);
  int output[2], error[2];
  if (::pipe2(output, O_CLOEXEC) != 0) {
    return absl::ResourceExhaustedError(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  }
  if (::pipe2(error, O_CLOEXEC) != 0) {
    const int reason = errno;
    ::close(output[0]);
    ::close(output[1]);
    return absl::ResourceExhaustedError(fmt::format("cannot make a pipe: {}", std::strerror(reason)));
  }
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) ExecInChild(parent, output[1], error[1], raw_argv.data(), raw_environment.data());
  const int fork_error = errno;
  ::close(output[1]);
  ::close(error[1]);
  int exec_error = 0;
  ssize_t size = 0;
  if (pid > 0) {  // the pipe closes by itself when exec succeeds
    while ((size = ::read(error[0], &exec_error, sizeof exec_error)) < 0 && errno == EINTR) {
    }
  }
  ::close(error[0]);
  if (pid > 0 && size <= 0) {
    ::fcntl(output[0], F_SETFL, O_NONBLOCK);
    return SpawnedProcess{pid, static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)), output[0]};
  }
  ::close(output[0]);
  if (pid < 0) return absl::ResourceExhaustedError(fmt::format("cannot fork: {}", std::strerror(fork_error)));
  ::waitpid(pid, nullptr, 0);
  const std::string message = fmt::format("cannot execute {}: {}", argv[0], std::strerror(exec_error));
  if (exec_error == ENOENT) return absl::NotFoundError(message);
  if (exec_error == EACCES) return absl::PermissionDeniedError(message);
  return absl::InternalError(message);
}

}  // namespace ringside::coordinator
