#include "workers/cuda/nccl_channels.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/status_macros.h"

namespace ringside::workers::cuda {
namespace {

// The channel's identifier, from its first member.
absl::Status ShareId(const std::vector<int32_t>& ranks, Transport* transport, const std::atomic<bool>& stop,
                     ncclUniqueId* id) {
  if (ranks[0] != transport->rank()) {
    RINGSIDE_ASSIGN_OR_RETURN(const RequestId request,
                              transport->Irecv(id, sizeof(*id), ranks[0], kControlChannel));
    return Await(*transport, request, stop);
  }
  for (size_t i = 1; i < ranks.size(); ++i) {
    RINGSIDE_ASSIGN_OR_RETURN(const RequestId request,
                              transport->Isend(id, sizeof(*id), ranks[i], kControlChannel));
    RINGSIDE_RETURN_IF_ERROR(Await(*transport, request, stop));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<NcclChannels>> NcclChannels::Make(const plan::Program& program,
                                                                 Transport* transport,
                                                                 const RunControl& control) {
  RINGSIDE_ASSIGN_OR_RETURN(const Nccl* nccl, Nccl::Load());
  std::unique_ptr<NcclChannels> channels(new NcclChannels(*nccl));
  channels->channel_of_op_.assign(program.ops.size(), -1);
  for (const Channel& channel : ChannelsOf(program)) {
    ncclUniqueId id{};
    const bool first = channel.ranks[0] == program.rank;
    if (first) RINGSIDE_RETURN_IF_ERROR(nccl->Status(nccl->get_unique_id(&id), "ncclGetUniqueId"));
    RINGSIDE_RETURN_IF_ERROR(ShareId(channel.ranks, transport, control.stop, &id));
    Member member;
    member.ranks = channel.ranks;
    const auto at = std::find(channel.ranks.begin(), channel.ranks.end(), program.rank);
    RINGSIDE_CHECK(at != channel.ranks.end());
    member.index = static_cast<int>(at - channel.ranks.begin());
    const std::string call = fmt::format("ncclCommInitRank of {} {} with {} ranks", channel.axis,
                                         plan::Name(channel.stream), channel.ranks.size());
    RINGSIDE_RETURN_IF_ERROR(nccl->Status(
        nccl->comm_init_rank(&member.comm, static_cast<int>(channel.ranks.size()), id, member.index),
        call.c_str()));
    for (int32_t op : channel.ops) {
      channels->channel_of_op_[op] = static_cast<int32_t>(channels->members_.size());
    }
    channels->members_.push_back(std::move(member));
  }
  return channels;
}

NcclChannels::~NcclChannels() {
  for (Member& member : members_) {
    if (member.comm != nullptr) nccl_.comm_destroy(member.comm);
  }
}

absl::Status NcclChannels::Healthy() const {
  for (const Member& member : members_) {
    ncclResult_t result = ncclSuccess;
    RINGSIDE_RETURN_IF_ERROR(
        nccl_.Status(nccl_.comm_get_async_error(member.comm, &result), "ncclCommGetAsyncError"));
    RINGSIDE_RETURN_IF_ERROR(nccl_.Status(result, "an op of NCCL"));
  }
  return absl::OkStatus();
}

void NcclChannels::Abort() {
  for (Member& member : members_) {
    if (ncclComm_t comm = std::exchange(member.comm, nullptr)) nccl_.comm_abort(comm);
  }
}

}  // namespace ringside::workers::cuda
