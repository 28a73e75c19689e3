#include "cli/interrupt.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "cli/command.h"

namespace ringside::cli {
namespace {

// All that a signal handler may touch. It cannot be handed an object, so this is the one place with state of
// the process.
constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};
std::atomic<int> signals_seen{0};
std::atomic<int> wake_fd{-1};
std::array<struct sigaction, kSignals.size()> previous;

void Handle(int) {
  const int saved = errno;
  if (signals_seen.fetch_add(1) > 0) _exit(kExitInterrupted);
  const char byte = 's';
  [[maybe_unused]] const ssize_t written = write(wake_fd.load(), &byte, 1);
  errno = saved;
}

}  // namespace

Interrupt::Interrupt() {
  std::array<int, 2> ends;
  RINGSIDE_CHECK(wake_fd.load() == -1);
  RINGSIDE_CHECK(pipe2(ends.data(), O_CLOEXEC) == 0);
  signals_seen = 0;
  wake_fd = ends[1];
  watcher_ = std::thread([this, fd = ends[0]] {
    char byte = 0;
    ssize_t got = 0;
    while ((got = read(fd, &byte, 1)) < 0 && errno == EINTR) {
    }
    if (got == 1 && byte == 's') Watch();
    close(fd);
  });
  struct sigaction action {};
  action.sa_handler = Handle;
  action.sa_flags = SA_RESTART;
  for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &previous[i]);
}

Interrupt::~Interrupt() {
  for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &previous[i], nullptr);
  const int fd = wake_fd.exchange(-1);
  close(fd);  // ends the watcher's read
  watcher_.join();
}

bool Interrupt::requested() const {
  return signals_seen.load() > 0;
}

void Interrupt::OnRequest(std::function<void()> handler) {
  const std::lock_guard lock(mutex_);
  handler_ = std::move(handler);
  if (handler_ && seen_) std::exchange(handler_, nullptr)();
}

void Interrupt::Watch() {
  const std::lock_guard lock(mutex_);
  seen_ = true;
  if (handler_) std::exchange(handler_, nullptr)();
}

}  // namespace ringside::cli
