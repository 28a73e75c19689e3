// What a launcher hands to every worker process: these environment variables and nothing else. Rank and
// world size come from MPI. The job id doubles as the mark by which a job's processes are found again in
// /proc (process_tree.h), so it must be in the environment of every process of the job.
#pragma once

namespace ringside::coordinator {

inline constexpr char kEnvCoordinator[] =
    "RINGSIDE_COORDINATOR";  // gRPC target, e.g. "unix:/tmp/x/gate.sock"
inline constexpr char kEnvJobId[] = "RINGSIDE_JOB_ID";
inline constexpr char kEnvAttempt[] = "RINGSIDE_ATTEMPT";  // decimal, from 1
inline constexpr char kEnvSecret[] = "RINGSIDE_SECRET";    // goes into WorkerHello.secret

// No message of a session is larger than this in either direction: a worker's channel must be told
// (SetMaxReceiveMessageSize), and it must cut its trace into parts below it.
inline constexpr int kMaxMessageBytes = 64 << 20;

}  // namespace ringside::coordinator
