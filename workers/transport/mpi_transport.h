// Messages over MPI. The only file that knows MPI, beside main.cc that starts and ends it.
//
// MPI must be initialised with at least MPI_THREAD_SERIALIZED; calls are serialised by the caller
// (transport.h). Matching happens in a communicator of our own, with the channel as tag. MPI has nothing a
// rank could sleep on, so WaitForEvent first polls on, then yields the core, then naps for microseconds: with
// more ranks than cores, a rank that waits must not take the core from one that computes.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "workers/transport/transport.h"

namespace ringside::workers {

// Options of Open MPI that Ringside's messages want, as environment variables; set before MPI_Init by the
// process itself, unless whoever started it has chosen otherwise.
void SetMpiDefaults();

// Collective over all ranks. FAILED_PRECONDITION: MPI is not initialised as needed.
absl::StatusOr<std::unique_ptr<Transport>> MakeMpiTransport();

}  // namespace ringside::workers
