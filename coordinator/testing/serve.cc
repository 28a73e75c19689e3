// A coordinator process for tests to kill:  test-coordinator DATA_DIR WORKER MAX_RUNNING
// Prints its address on standard output once it serves.
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "coordinator/server.h"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigprocmask(SIG_BLOCK, &ends, nullptr);  // before any thread, so that all inherit it
  ringside::coordinator::CoordinatorOptions options;
  options.data_dir = argv[1];
  options.worker_binary = argv[2];
  options.limits.max_running = std::atoi(argv[3]);
  options.limits.max_queued = 10'000;
  const auto server = ringside::coordinator::CoordinatorServer::Start(options);
  if (!server.ok()) {
    std::fprintf(stderr, "%s\n", server.status().ToString().c_str());
    return 1;
  }
  std::printf("%s\n", (*server)->address().c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ends, &signal);
  return 0;
}
