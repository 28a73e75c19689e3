// What a worker process does between MPI_Init and its end.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "workers/session/session.h"
#include "workers/transport/transport.h"

namespace ringside::workers {

// Runs the program that the coordinator sends, and reports. OK: the coordinator has everything and let us go;
// all ranks get there together. An error was reported (and the coordinator given time to stop us) before it
// is returned.
absl::Status RunForCoordinator(const SessionOptions& options, Transport& transport);

// Without a coordinator: runs this rank's program of the serialized v1::ProgramSet in `programs_path` and
// writes v1::RankTrace to `out_dir`/rank-N.pb; rank 0 also prints step times. For benchmarks and debugging.
absl::Status RunFromFile(const std::string& programs_path, const std::string& out_dir, Transport& transport);

}  // namespace ringside::workers
