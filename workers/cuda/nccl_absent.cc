// In place of nccl_communicator.cc where NCCL's header was not found.
#include "base/check.h"
#include "workers/cuda/make_communicator.h"

namespace ringside::workers::cuda {
namespace {

class NoCommunicator : public Communicator {
 public:
  void Enqueue(int32_t index, std::byte* first, std::byte* second) override { RINGSIDE_CHECK(false); }
  bool Ended(int32_t index) const override { return true; }
  absl::Status Wait(int32_t index) override { return absl::OkStatus(); }
  absl::Status WaitAll() override { return absl::OkStatus(); }
  void ComputeAhead(bool for_long) override {}
  void Reset(bool keep_hops) override {}
  const CommRecord& record(int32_t index) const override { return record_; }

 private:
  CommRecord record_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Communicator>> MakeNcclCommunicator(const plan::Program& program,
                                                                   Transport* transport, CudaDevice* device,
                                                                   RunControl* control) {
  for (const plan::Op& op : program.ops) {
    if (!plan::IsCommunication(op.kind)) continue;
    return absl::UnimplementedError("GPUs communicate by NCCL, whose header nccl.h was not there at build");
  }
  return std::make_unique<NoCommunicator>();
}

std::string DescribeNccl() {
  return "no NCCL";
}

}  // namespace ringside::workers::cuda
