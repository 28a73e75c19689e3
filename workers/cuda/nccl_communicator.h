// Communication ops by NCCL, on one CUDA stream for each plan::Stream.
//
// The host only issues. An op begins, on its stream, when the compute ops that were issued before it and its
// communication deps have ended; Wait makes what is computed next begin behind an op. Records are there once
// the device's step has ended: start and end are CUDA events around NCCL's kernels. What NCCL sends between
// which GPUs is not seen: bytes are those of the plan's rounds (plan/collective.h), and there are no hops.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "workers/comm/communicator.h"
#include "workers/cuda/cuda_device.h"
#include "workers/cuda/nccl_channels.h"

namespace ringside::workers::cuda {

class NcclCommunicator : public Communicator {
 public:
  // All outlive it. `channels` are of `program`.
  NcclCommunicator(const plan::Program& program, const Nccl& nccl, std::unique_ptr<NcclChannels> channels,
                   CudaDevice* device, RunControl* control);
  ~NcclCommunicator() override;

  void Enqueue(int32_t index, std::byte* first, std::byte* second) override;
  bool Ended(int32_t index) const override { return false; }  // the host does not know
  absl::Status Wait(int32_t index) override;
  absl::Status WaitAll() override;
  void ComputeAhead(bool for_long) override {}
  void Reset(bool keep_hops) override;
  const CommRecord& record(int32_t index) const override;

 private:
  struct Slot {
    explicit Slot(Context& context) : ready(context), start(context), end(context) {}
    Event ready, start, end;  // ready: compute ops before it have ended
    std::vector<const Slot*> waits_for;
    bool measured = false;
    mutable CommRecord record;
  };

  Slot& SlotOf(int32_t index) const;

  const plan::Program& program_;
  const Nccl& nccl_;
  CudaDevice& device_;
  Context& context_;
  RunControl* const control_;
  std::array<std::optional<Stream>, plan::kNumStreams> streams_;  // those that the program has
  std::array<const Slot*, plan::kNumStreams> last_{};             // of this step
  std::vector<std::unique_ptr<Slot>> slots_;                      // by op; null: a compute op
  const std::unique_ptr<NcclChannels> channels_;                  // gone before the streams
};

}  // namespace ringside::workers::cuda
