// The nouns of the core: what it is told about a job, the clock it is given, its limits, and the actions
// it asks for. Nothing here (nor anywhere in core/) knows of gRPC, threads, clocks, files or processes.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "ringside/v1/coordinator.pb.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::coordinator {

// Both clocks at the moment of an input: timeouts go by `mono_ns`, what people read by `unix_ns`.
struct Instant {
  int64_t mono_ns = 0;
  int64_t unix_ns = 0;
};

inline constexpr int64_t kSecond = 1'000'000'000;

struct Limits {
  int max_running = 1;  // a machine is one instrument: two jobs at once would measure each other
  int max_queued = 64;
  int64_t launch_timeout_ns = 60 * kSecond;     // from Launch until every rank has said hello
  int64_t heartbeat_timeout_ns = 10 * kSecond;  // silence of one rank
  int64_t evidence_grace_ns = 5 * kSecond;      // after the first sign of trouble, until the cause is named
  int64_t finish_timeout_ns = 15 * kSecond;     // from FinishWorkers until the launcher has exited
  int64_t kill_timeout_ns = 60 * kSecond;       // from KillLauncher until the job is ended regardless
  int64_t max_trace_bytes = int64_t{1} << 30;   // of one job; protobuf itself ends at 2 GiB
};

// What the core has to know of a job's work.
struct JobSpec {
  int world_size = 1;
  int steps = 1;
  bool reports_loss = true;  // some rank's program has a loss buffer
  int64_t deadline_ns = 600 * kSecond;
  int64_t stall_ns = 30 * kSecond;
  int max_restarts = 0;  // after a rank was lost; 0 where there are no checkpoints to go on from
};

// A job as the store keeps it. `job` is what clients see.
struct JobRecord {
  v1::Job job;
  JobSpec spec;
  std::string request_id;         // empty: none
  bool cancel_requested = false;  // acknowledged before the job has ended
};

bool HasEnded(v1::JobState state);

// One attempt of one job: late messages of an earlier attempt must not touch the next one.
struct AttemptId {
  std::string job_id;
  int attempt = 1;
  bool operator==(const AttemptId&) const = default;
};

// How the launched processes ended, all of them.
struct LauncherExit {
  absl::Status status;      // not OK: they could not be started, or are still there
  int exit_code = 0;        // of mpirun
  int signal = 0;           // that ended mpirun; 0: none
  std::string stderr_tail;  // bounded
  std::string note;         // evidence for the job's launcher_note, e.g. bytes through each link
};

// -- actions, to be carried out in the order given ---------------------------------------------------
struct Persist {  // write the record; for a new job that is already done
  JobRecord record;
};
struct Publish {  // to all watchers; a job that has ended gets no further event
  std::string job_id;
  v1::JobEvent event;
};
struct Launch {  // answered by LauncherStarted and LauncherExited, the latter exactly once
  AttemptId id;
};
struct SendProgram {  // answers rank's hello
  AttemptId id;
  int rank = 0;
};
struct StoreTrace {  // answered by TraceStored
  AttemptId id;
  std::vector<v1::RankTrace> ranks;  // by rank
  v1::Environment environment;
};
struct FinishWorkers {  // all is stored: let them exit
  AttemptId id;
};
struct StopWorkers {  // end the streams
  AttemptId id;
};
struct KillLauncher {  // and every process of the attempt
  AttemptId id;
};
using Action =
    std::variant<Persist, Publish, Launch, SendProgram, StoreTrace, FinishWorkers, StopWorkers, KillLauncher>;
using Actions = std::vector<Action>;

}  // namespace ringside::coordinator
