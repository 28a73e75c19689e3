#include "coordinator/launch/process_tree.h"

#include <dirent.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "absl/strings/str_join.h"
#include "fmt/format.h"

namespace ringside::coordinator {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

bool HasMark(const std::string& environment, const std::string& mark) {
  for (size_t at = 0; (at = environment.find(mark, at)) != std::string::npos; ++at) {
    const size_t end = at + mark.size();
    if ((at == 0 || environment[at - 1] == '\0') && (end == environment.size() || environment[end] == '\0'))
      return true;
  }
  return false;
}

struct Stat {
  char state = '?';
  pid_t parent = 0;
};

// "PID (any ) text) S PPID ..."
Stat ReadStat(pid_t pid) {
  const std::string text = ReadFile(fmt::format("/proc/{}/stat", pid));
  const size_t close = text.rfind(')');
  Stat stat;
  if (close == std::string::npos || close + 4 >= text.size()) return stat;
  stat.state = text[close + 2];
  const char* begin = text.data() + close + 4;
  std::from_chars(begin, text.data() + text.size(), stat.parent);
  return stat;
}

int PidfdOpen(pid_t pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

// Until every process has ended or the time is up.
void AwaitEnd(const std::vector<int>& pidfds, std::chrono::steady_clock::time_point deadline) {
  for (const int fd : pidfds) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now())
            .count();
    pollfd poll_fd{fd, POLLIN, 0};
    if (left > 0) ::poll(&poll_fd, 1, static_cast<int>(left));
  }
}

}  // namespace

std::vector<pid_t> FindMarked(const std::string& mark) {
  std::map<pid_t, Stat> processes;
  std::set<pid_t> marked;
  DIR* proc = ::opendir("/proc");
  if (proc == nullptr) return {};
  while (const dirent* entry = ::readdir(proc)) {
    const std::string name = entry->d_name;
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const pid_t pid = static_cast<pid_t>(std::stoi(name));
    if (pid == ::getpid()) continue;
    const Stat stat = ReadStat(pid);
    if (stat.state == 'Z' || stat.state == 'X' || stat.state == '?') continue;
    processes[pid] = stat;
    if (HasMark(ReadFile(fmt::format("/proc/{}/environ", pid)), mark)) marked.insert(pid);
  }
  ::closedir(proc);
  for (bool grown = !marked.empty(); grown;) {
    grown = false;
    for (const auto& [pid, stat] : processes) {
      if (marked.contains(stat.parent) && marked.insert(pid).second) grown = true;
    }
  }
  return {marked.begin(), marked.end()};
}

absl::StatusOr<int> KillMarked(const std::string& mark, int timeout_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  std::set<pid_t> seen;
  for (;;) {
    const std::vector<pid_t> found = FindMarked(mark);
    if (found.empty()) return static_cast<int>(seen.size());
    if (std::chrono::steady_clock::now() >= deadline) {
      return absl::DeadlineExceededError(
          fmt::format("processes {} do not end on SIGKILL", absl::StrJoin(found, ", ")));
    }
    seen.insert(found.begin(), found.end());
    std::vector<int> pidfds;
    for (const pid_t pid : found) {
      // Through a pidfd, and looked at again: the id may by now be another process's.
      const int fd = PidfdOpen(pid);
      if (fd < 0) continue;
      const Stat stat = ReadStat(pid);
      if (stat.state != '?' && stat.state != 'Z') ::syscall(SYS_pidfd_send_signal, fd, SIGKILL, nullptr, 0);
      pidfds.push_back(fd);
    }
    AwaitEnd(pidfds, deadline);
    for (const int fd : pidfds) ::close(fd);
  }
}

}  // namespace ringside::coordinator
