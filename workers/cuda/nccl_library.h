// The functions of NCCL that are used here, by their own types; loaded when first asked for
// (kernels/cuda/shared_library.h says why).
#pragma once

#include <nccl.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ringside::workers::cuda {

struct Nccl {
  // UNAVAILABLE: it cannot be loaded. Once a process.
  static absl::StatusOr<const Nccl*> Load();
  // OK, or UNAVAILABLE with the call and what NCCL said.
  absl::Status Status(ncclResult_t result, const char* call) const;

  decltype(&ncclGetVersion) get_version;
  decltype(&ncclGetUniqueId) get_unique_id;
  decltype(&ncclCommInitRank) comm_init_rank;
  decltype(&ncclCommDestroy) comm_destroy;
  decltype(&ncclCommAbort) comm_abort;
  decltype(&ncclCommGetAsyncError) comm_get_async_error;
  decltype(&ncclGetErrorString) get_error_string;
  decltype(&ncclGetLastError) get_last_error;
  decltype(&ncclGroupStart) group_start;
  decltype(&ncclGroupEnd) group_end;
  decltype(&ncclAllReduce) all_reduce;
  decltype(&ncclReduceScatter) reduce_scatter;
  decltype(&ncclReduce) reduce;
  decltype(&ncclAllGather) all_gather;
  decltype(&ncclBroadcast) broadcast;
  decltype(&ncclSend) send;
  decltype(&ncclRecv) recv;
};

}  // namespace ringside::workers::cuda
