#include "workers/cuda/nccl_library.h"

#include <fmt/format.h>

#include "base/status_macros.h"
#include "workers/kernels/cuda/shared_library.h"

namespace ringside::workers::cuda {
namespace {

absl::StatusOr<Nccl> LoadAll() {
  RINGSIDE_ASSIGN_OR_RETURN(const kernels::cuda::SharedLibrary library,
                            kernels::cuda::SharedLibrary::Open("libnccl.so.2"));
  Nccl nccl{};
  absl::Status status;
  const auto get = [&](const char* name, auto* function) { status.Update(library.Get(name, function)); };
  get("ncclGetVersion", &nccl.get_version);
  get("ncclGetUniqueId", &nccl.get_unique_id);
  get("ncclCommInitRank", &nccl.comm_init_rank);
  get("ncclCommDestroy", &nccl.comm_destroy);
  get("ncclCommAbort", &nccl.comm_abort);
  get("ncclCommGetAsyncError", &nccl.comm_get_async_error);
  get("ncclGetErrorString", &nccl.get_error_string);
  get("ncclGetLastError", &nccl.get_last_error);
  get("ncclGroupStart", &nccl.group_start);
  get("ncclGroupEnd", &nccl.group_end);
  get("ncclAllReduce", &nccl.all_reduce);
  get("ncclReduceScatter", &nccl.reduce_scatter);
  get("ncclReduce", &nccl.reduce);
  get("ncclAllGather", &nccl.all_gather);
  get("ncclBroadcast", &nccl.broadcast);
  get("ncclSend", &nccl.send);
  get("ncclRecv", &nccl.recv);
  RINGSIDE_RETURN_IF_ERROR(status);
  return nccl;
}

}  // namespace

absl::StatusOr<const Nccl*> Nccl::Load() {
  static const auto* const kLoaded = new absl::StatusOr<Nccl>(LoadAll());
  RINGSIDE_RETURN_IF_ERROR(kLoaded->status());
  return &**kLoaded;
}

absl::Status Nccl::Status(ncclResult_t result, const char* call) const {
  if (result == ncclSuccess || result == ncclInProgress) return absl::OkStatus();
  return absl::UnavailableError(
      fmt::format("{}: {} ({})", call, get_error_string(result), get_last_error(nullptr)));
}

}  // namespace ringside::workers::cuda
