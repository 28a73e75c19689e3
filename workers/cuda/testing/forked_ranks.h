// Runs the ranks of a job as processes of one machine, with RINGSIDE_DEVICE=cuda: one GPU can serve them all,
// as each claims a host of its own towards NCCL (docs/gpu.md). The calling process must not have used CUDA.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "plan/program.h"
#include "ringside/v1/trace.pb.h"
#include "workers/transport/transport.h"

namespace ringside::workers::cuda {

// What every rank's `body` returned, by rank; the error of a rank that failed, with its number. A rank that
// is not done after `timeout_s` is killed: DEADLINE_EXCEEDED.
absl::StatusOr<std::vector<std::string>> RunForked(
    int size, int timeout_s, const std::function<absl::StatusOr<std::string>(Transport&)>& body);

// `programs` from begin to end with the kernels that `choice` and the environment say.
absl::StatusOr<v1::Trace> RunPrograms(const std::vector<plan::Program>& programs, v1::KernelChoice choice,
                                      int timeout_s);

// Whether a process forked from this one can use a GPU: the reason if not.
absl::Status GpuIsThere();

}  // namespace ringside::workers::cuda
