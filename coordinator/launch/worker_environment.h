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
// Files of the machine, by the choice of the coordinator's operator; not set: none.
inline constexpr char kEnvCheckpointDir[] =
    "RINGSIDE_CHECKPOINT_DIR";  // where checkpoints are written and looked for
inline constexpr char kEnvResume[] =
    "RINGSIDE_RESUME";  // "1": begin with the newest checkpoint, if there is one
inline constexpr char kEnvInitFrom[] = "RINGSIDE_INIT_FROM";  // a model whose weights to begin with
inline constexpr char kEnvCorpus[] = "RINGSIDE_CORPUS";       // the text of run.data = corpus

// No message of a session is larger than this in either direction: a worker's channel must be told
// (SetMaxReceiveMessageSize), and it must cut its trace into parts below it.
inline constexpr int kMaxMessageBytes = 64 << 20;

}  // namespace ringside::coordinator
