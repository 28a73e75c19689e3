#include "workers/cuda/nccl_communicator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/status_macros.h"
#include "plan/collective.h"
#include "workers/cuda/make_communicator.h"
#include "workers/cuda/nccl_op.h"

namespace ringside::workers::cuda {

NcclCommunicator::NcclCommunicator(const plan::Program& program, const Nccl& nccl,
                                   std::unique_ptr<NcclChannels> channels, CudaDevice* device,
                                   RunControl* control)
    : program_(program),
      nccl_(nccl),
      device_(*device),
      context_(device->context()),
      control_(control),
      slots_(program.ops.size()),
      channels_(std::move(channels)) {
  for (size_t i = 0; i < program.ops.size(); ++i) {
    const plan::Op& op = program.ops[i];
    if (!plan::IsCommunication(op.kind)) continue;
    auto& stream = streams_[static_cast<size_t>(op.stream)];
    if (!stream.has_value()) stream.emplace(context_);
    auto& slot = slots_[i] = std::make_unique<Slot>(context_);
    for (int32_t dep : op.deps) {
      if (slots_[dep] != nullptr) slot->waits_for.push_back(slots_[dep].get());
    }
    const auto rounds = plan::RoundsOf(op, program.groups, program.rank);
    const int64_t elem_bytes = plan::SizeOf(program.buffers[op.operands[0].buffer].dtype);
    slot->record.sent_bytes = elem_bytes * plan::SentElems(rounds);
    slot->record.received_bytes = elem_bytes * plan::ReceivedElems(rounds);
  }
  device_.SetHealthCheck([this] { return channels_->Healthy(); });
}

NcclCommunicator::~NcclCommunicator() {
  device_.SetHealthCheck(nullptr);
  // What cannot end is given up: the next wait for the device would not return.
  if (control_->stop || !context_.status().ok() || !channels_->Healthy().ok()) channels_->Abort();
}

NcclCommunicator::Slot& NcclCommunicator::SlotOf(int32_t index) const {
  RINGSIDE_CHECK(slots_[index] != nullptr);
  return *slots_[index];
}

void NcclCommunicator::Enqueue(int32_t index, std::byte* first, std::byte* second) {
  Slot& slot = SlotOf(index);
  const plan::Op& op = program_.ops[index];
  const auto which = static_cast<size_t>(op.stream);
  const cudaStream_t stream = streams_[which]->get();
  slot.record.issue_ns = device_.event_clock().NowNs();
  slot.measured = device_.measuring();
  control_->streams[which].Begin(control_->step.load(std::memory_order_relaxed), index);
  const auto wait = [&](const Event& event) {
    context_.Check(cudaStreamWaitEvent(stream, event.get(), 0), "cudaStreamWaitEvent");
  };
  context_.Check(cudaEventRecord(slot.ready.get(), context_.stream()), "cudaEventRecord");
  wait(slot.ready);
  for (const Slot* dep : slot.waits_for) wait(dep->end);
  context_.Check(cudaEventRecord(slot.start.get(), stream), "cudaEventRecord");
  if (const NcclChannels::Member* member = channels_->Of(index)) {
    const plan::DType dtype = program_.buffers[op.operands[0].buffer].dtype;
    absl::Status status = StartOp(nccl_, *member, op, dtype, first, second, stream);
    if (!status.ok()) {
      context_.Fail(absl::Status(status.code(),
                                 fmt::format("{}: {}", plan::Describe(op), std::string(status.message()))));
    }
  }
  context_.Check(cudaEventRecord(slot.end.get(), stream), "cudaEventRecord");
  last_[which] = &slot;
}

absl::Status NcclCommunicator::Wait(int32_t index) {
  context_.Check(cudaStreamWaitEvent(context_.stream(), SlotOf(index).end.get(), 0), "cudaStreamWaitEvent");
  return context_.status();
}

absl::Status NcclCommunicator::WaitAll() {
  for (const Slot* slot : last_) {
    if (slot == nullptr) continue;
    context_.Check(cudaStreamWaitEvent(context_.stream(), slot->end.get(), 0), "cudaStreamWaitEvent");
  }
  return context_.status();
}

void NcclCommunicator::Reset(bool keep_hops) {
  for (size_t which = 0; which < last_.size(); ++which) {
    if (std::exchange(last_[which], nullptr) != nullptr) control_->streams[which].End();
  }
}

const CommRecord& NcclCommunicator::record(int32_t index) const {
  const Slot& slot = SlotOf(index);
  if (!slot.measured) return slot.record;
  const EventClock& clock = device_.event_clock();
  // The two clocks agree to some microseconds only.
  slot.record.start_ns = std::max(slot.record.issue_ns, clock.ToNs(slot.start));
  slot.record.end_ns = std::max(slot.record.start_ns, clock.ToNs(slot.end));
  return slot.record;
}

// NCCL refuses two ranks on one GPU unless they claim to be of different hosts; then they talk over sockets.
void ClaimOwnHost(const Transport& transport) {
  const absl::StatusOr<int> devices = kernels::cuda::CountDevices();
  if (!devices.ok() || RanksOnNode(transport.size()) <= *devices) return;
  setenv("NCCL_HOSTID", fmt::format("ringside-rank-{}", transport.rank()).c_str(), /*overwrite=*/0);
}

absl::StatusOr<std::unique_ptr<Communicator>> MakeNcclCommunicator(const plan::Program& program,
                                                                   Transport* transport, CudaDevice* device,
                                                                   RunControl* control) {
  ClaimOwnHost(*transport);
  RINGSIDE_ASSIGN_OR_RETURN(const Nccl* nccl, Nccl::Load());
  RINGSIDE_ASSIGN_OR_RETURN(std::unique_ptr<NcclChannels> channels,
                            NcclChannels::Make(program, transport, *control));
  return std::make_unique<NcclCommunicator>(program, *nccl, std::move(channels), device, control);
}

std::string DescribeNccl() {
  const absl::StatusOr<const Nccl*> nccl = Nccl::Load();
  int version = 0;
  if (!nccl.ok() || (*nccl)->get_version(&version) != ncclSuccess) return "no NCCL";
  return fmt::format("NCCL {}.{}.{}", version / 10000, version / 100 % 100, version % 100);
}

}  // namespace ringside::workers::cuda
