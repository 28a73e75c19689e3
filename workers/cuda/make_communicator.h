// The communicator of a GPU: NCCL's where this was built with its header, else one that refuses.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "plan/program.h"
#include "workers/comm/communicator.h"
#include "workers/run_control.h"
#include "workers/transport/transport.h"

namespace ringside::workers::cuda {

class CudaDevice;

// Collective over all ranks of the job. All outlive the communicator. UNIMPLEMENTED: built without NCCL, and
// the program communicates; UNAVAILABLE: NCCL cannot be loaded, or what it said.
absl::StatusOr<std::unique_ptr<Communicator>> MakeNcclCommunicator(const plan::Program& program,
                                                                   Transport* transport, CudaDevice* device,
                                                                   RunControl* control);

// "NCCL 2.28.3", or that there is none.
std::string DescribeNccl();

}  // namespace ringside::workers::cuda
