// ringside-worker: one rank of a job, started by mpirun.
#include <fmt/format.h>
#include <mpi.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "workers/session/worker.h"
#include "workers/transport/mpi_transport.h"

namespace {

using ringside::workers::SessionOptions;

constexpr unsigned kFinalizeTimeoutS = 20;

// The launcher's secret is not for a command line, which all users can read.
std::string Secret() {
  const char* value = std::getenv("RINGSIDE_SECRET");
  return value != nullptr ? value : "";
}

[[noreturn]] void Fail(const absl::Status& status) {
  std::fputs(fmt::format("ringside-worker: {}\n", status.ToString()).c_str(), stderr);
  std::fflush(stderr);
  _exit(1);  // not MPI_Finalize: it would wait for ranks that may be gone; mpirun ends the others
}

}  // namespace

int main(int argc, char** argv) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // nothing is left running when the launcher dies

  SessionOptions session;
  std::string programs, out = ".";
  CLI::App app("One rank of a Ringside job; started by mpirun.");
  auto* coordinator = app.add_option("--coordinator", session.coordinator, "gRPC address of the coordinator")
                          ->envname("RINGSIDE_COORDINATOR");
  app.add_option("--job", session.job_id, "job id")->envname("RINGSIDE_JOB_ID");
  app.add_option("--attempt", session.attempt, "attempt of the job, from 1")->envname("RINGSIDE_ATTEMPT");
  auto* file = app.add_option("--programs", programs, "run a serialized ProgramSet, without a coordinator");
  app.add_option("--out", out, "with --programs: directory for rank-N.pb");
  CLI11_PARSE(app, argc, argv);
  if (file->count() == 0 && coordinator->count() == 0) {
    std::fputs("ringside-worker: --coordinator or --programs is needed\n", stderr);
    return 2;
  }

  ringside::workers::SetMpiDefaults();
  int provided = MPI_THREAD_SINGLE;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &provided);
  auto transport = ringside::workers::MakeMpiTransport();
  if (!transport.ok()) Fail(transport.status());
  absl::Status status;
  if (file->count() > 0) {
    status = ringside::workers::RunFromFile(programs, out, **transport);
  } else {
    session.secret = Secret();
    session.rank = (*transport)->rank();
    session.world_size = (*transport)->size();
    status = ringside::workers::RunForCoordinator(session, **transport);
  }
  if (!status.ok()) Fail(status);
  alarm(kFinalizeTimeoutS);  // SIGALRM ends a process whose peers died between `finish` and here
  MPI_Finalize();
  return 0;
}
