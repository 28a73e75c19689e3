#include "workers/cuda/testing/forked_ranks.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "base/check.h"
#include "base/status_macros.h"
#include "workers/clock.h"
#include "workers/cuda/cuda_kernel_set.h"
#include "workers/cuda/testing/socket_transport.h"
#include "workers/rank_runner.h"

namespace ringside::workers::cuda {
namespace {

struct Child {
  pid_t pid = -1;
  int pipe = -1;  // what it says: one letter for its success, then its result or error
  std::string said;
};

void WriteAll(int file, const std::string& text) {
  for (size_t done = 0; done < text.size();) {
    const ssize_t n = write(file, text.data() + done, text.size() - done);
    if (n <= 0) return;
    done += static_cast<size_t>(n);
  }
}

Child Fork(int rank, const SocketTransport::Sockets& sockets,
           const std::function<absl::StatusOr<std::string>(Transport&)>& body) {
  int ends[2];
  RINGSIDE_CHECK(pipe(ends) == 0);
  const pid_t pid = fork();
  RINGSIDE_CHECK(pid >= 0);
  if (pid > 0) {
    close(ends[1]);
    return {pid, ends[0], ""};
  }
  close(ends[0]);
  for (size_t other = 0; other < sockets.size(); ++other) {  // so that a rank's death is seen
    if (static_cast<int>(other) == rank) continue;
    for (int socket : sockets[other]) {
      if (socket >= 0) close(socket);
    }
  }
  absl::StatusOr<std::string> result = "";
  {
    SocketTransport transport(rank, sockets[rank]);
    result = body(transport);
  }
  WriteAll(ends[1], result.ok() ? "+" + *result : "-" + result.status().ToString());
  close(ends[1]);
  _exit(0);  // not the test's own exit handlers
}

// Reads to the end of the pipe, or until the deadline.
bool ReadAll(Child* child, std::chrono::steady_clock::time_point deadline) {
  char buffer[1 << 16];
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd poll_one{child->pipe, POLLIN, 0};
    if (left.count() <= 0 || poll(&poll_one, 1, static_cast<int>(left.count())) <= 0) return false;
    const ssize_t n = read(child->pipe, buffer, sizeof(buffer));
    if (n <= 0) return true;
    child->said.append(buffer, static_cast<size_t>(n));
  }
}

}  // namespace

absl::StatusOr<std::vector<std::string>> RunForked(
    int size, int timeout_s, const std::function<absl::StatusOr<std::string>(Transport&)>& body) {
  const SocketTransport::Sockets sockets = SocketTransport::MakeSockets(size);
  std::vector<Child> children;
  for (int rank = 0; rank < size; ++rank) children.push_back(Fork(rank, sockets, body));
  SocketTransport::CloseAll(sockets);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(timeout_s);
  absl::Status failure;
  std::vector<std::string> results;
  for (int rank = 0; rank < size; ++rank) {
    Child& child = children[rank];
    const bool ended = ReadAll(&child, deadline);
    if (!ended) kill(child.pid, SIGKILL);
    close(child.pipe);
    waitpid(child.pid, nullptr, 0);
    if (!ended) {
      failure.Update(
          absl::DeadlineExceededError(fmt::format("rank {} was not done in {} s", rank, timeout_s)));
    } else if (child.said.empty() || child.said[0] != '+') {
      failure.Update(absl::UnavailableError(
          fmt::format("rank {}: {}", rank, child.said.empty() ? "it died" : child.said.substr(1))));
    }
    results.push_back(child.said.empty() ? "" : child.said.substr(1));
  }
  RINGSIDE_RETURN_IF_ERROR(failure);
  return results;
}

absl::StatusOr<v1::Trace> RunPrograms(const std::vector<plan::Program>& programs, v1::KernelChoice choice,
                                      int timeout_s) {
  const auto run = [&](Transport& transport) -> absl::StatusOr<std::string> {
    const plan::Program& program = programs[transport.rank()];
    RINGSIDE_ASSIGN_OR_RETURN(KernelSet kernels, MakeKernels(program.real, choice));
    const SteadyClock clock;
    RunControl control;
    const RankRun rank{&program, &kernels, &transport, &clock, &control};
    RINGSIDE_ASSIGN_OR_RETURN(const v1::RankTrace trace, RunRank(rank));
    return trace.SerializeAsString();
  };
  RINGSIDE_ASSIGN_OR_RETURN(const std::vector<std::string> results,
                            RunForked(static_cast<int>(programs.size()), timeout_s, run));
  v1::Trace trace;
  for (const std::string& result : results) RINGSIDE_CHECK(trace.add_ranks()->ParseFromString(result));
  return trace;
}

absl::Status GpuIsThere() {
  return RunForked(1, /*timeout_s=*/60, [](Transport&) { return DescribeGpus(); }).status();
}

}  // namespace ringside::workers::cuda
