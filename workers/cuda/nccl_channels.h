// An NCCL communicator for every channel of a program (comm/channels.h): ops of one channel begin in the same
// order on all its members, which is what NCCL asks of the ops of one communicator; channels are independent
// of each other.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "plan/program.h"
#include "workers/comm/channels.h"
#include "workers/cuda/nccl_library.h"
#include "workers/run_control.h"
#include "workers/transport/transport.h"

namespace ringside::workers::cuda {

class NcclChannels {
 public:
  struct Member {
    ncclComm_t comm = nullptr;
    int index = -1;  // of this rank in the channel
    std::vector<int32_t> ranks;
  };

  // Collective over all ranks of the job: identifiers go over the transport's control channel, from each
  // channel's first member to the others, channels in their common order. Blocks inside NCCL until all
  // members have come; `control.stop` ends it only between channels.
  static absl::StatusOr<std::unique_ptr<NcclChannels>> Make(const plan::Program& program,
                                                            Transport* transport, const RunControl& control);
  ~NcclChannels();

  // Of communication op `op`; nullptr: a group of one.
  const Member* Of(int32_t op) const {
    return channel_of_op_[op] < 0 ? nullptr : &members_[channel_of_op_[op]];
  }
  // What NCCL found wrong since; UNAVAILABLE.
  absl::Status Healthy() const;
  // Ops under way are given up; the destructor does not wait for them.
  void Abort();

 private:
  explicit NcclChannels(const Nccl& nccl) : nccl_(nccl) {}

  const Nccl& nccl_;
  std::vector<Member> members_;
  std::vector<int32_t> channel_of_op_;
};

}  // namespace ringside::workers::cuda
