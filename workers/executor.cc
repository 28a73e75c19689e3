#include "workers/executor.h"

#include <fmt/format.h>
#include <signal.h>

#include <string>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "base/check.h"
#include "base/status_macros.h"

namespace ringside::workers {
namespace {

// A compute op with at least this much to do is worth waking the communicator's own thread for: below some
// 100 us the walk is back sooner than that thread gets a core.
constexpr int64_t kLongOpFlops = 5'000'000;
constexpr int64_t kLongOpBytes = 1 << 20;

bool IsLong(const plan::Op& op) {
  return op.flops >= kLongOpFlops || op.bytes >= kLongOpBytes;
}

}  // namespace

template <class R>
Executor<R>::Executor(const plan::Program& program, kernels::Kernels<R>& kernels, Communicator& communicator,
                      Arena& arena, Tracer& tracer, const Clock& clock, RunControl& control,
                      const kernels::DataSource& data, StepCallback on_step, Device* device)
    : program_(program),
      kernels_(kernels),
      communicator_(communicator),
      arena_(arena),
      tracer_(tracer),
      clock_(clock),
      control_(control),
      data_(data),
      on_step_(std::move(on_step)),
      device_(device),
      address_(program.buffers.size(), nullptr),
      allocate_(program.ops.size()),
      release_(program.ops.size()),
      waits_(program.ops.size()) {
  RINGSIDE_CHECK(plan::SizeOf(program.real) == sizeof(R));
  for (const v1::Fault& fault : program.faults) {
    if (fault.has_straggler()) slowdown_ = fault.straggler().factor();
  }
  for (size_t id = 0; id < program.buffers.size(); ++id) {
    const plan::Buffer& buffer = program.buffers[id];
    if (buffer.first_op >= 0) allocate_[buffer.first_op].push_back(static_cast<int32_t>(id));
    if (buffer.last_op >= 0) release_[buffer.last_op].push_back(static_cast<int32_t>(id));
  }
  for (size_t i = 0; i < program.ops.size(); ++i) {
    const plan::Op& op = program.ops[i];
    if (plan::IsCommunication(op.kind)) {
      communication_.push_back(static_cast<int32_t>(i));
      continue;  // the communicator waits for its deps
    }
    for (int32_t dep : op.deps) {
      if (plan::IsCommunication(program.ops[dep].kind)) waits_[i].push_back(dep);
    }
  }
}

template <class R>
absl::Status Executor<R>::Where(const absl::Status& status, int32_t op) const {
  const int32_t step = control_.step.load(std::memory_order_relaxed);
  const auto& ops = step < 0 ? program_.init_ops : program_.ops;
  std::string place = step < 0 ? fmt::format("rank {} before the first step", program_.rank)
                               : fmt::format("rank {} step {}", program_.rank, step);
  if (op >= 0) place += fmt::format(" op {} {}", op, plan::Describe(ops[op]));
  return absl::Status(status.code(), fmt::format("{}: {}", place, std::string(status.message())));
}

template <class R>
std::byte* Executor<R>::Address(const plan::View& view) const {
  std::byte* base = address_[view.buffer];
  RINGSIDE_CHECK(base != nullptr);
  return base + view.offset * plan::SizeOf(program_.buffers[view.buffer].dtype);
}

template <class R>
absl::Status Executor<R>::Allocate(int32_t op, int32_t id) {
  const plan::Buffer& buffer = program_.buffers[id];
  RINGSIDE_ASSIGN_OR_RETURN(
      address_[id], arena_.Allocate(buffer.name, buffer.category, buffer.elems * plan::SizeOf(buffer.dtype)));
  if (tracer_.KeepsMemory()) tracer_.Memory(clock_.NowNs(), op, id, buffer.bytes());
  return absl::OkStatus();
}

template <class R>
void Executor<R>::Release(int32_t op, int32_t id) {
  arena_.Free(std::exchange(address_[id], nullptr));
  if (tracer_.KeepsMemory()) tracer_.Memory(clock_.NowNs(), op, id, -program_.buffers[id].bytes());
}

template <class R>
void Executor<R>::Call(const plan::Op& op, const kernels::StepContext& context) {
  absl::InlinedVector<void*, 8> operands;
  for (const plan::View& view : op.operands) operands.push_back(Address(view));
  kernels::RunOp<R>(kernels_, op, operands, context);
}

// Ops that the host itself does are done in its memory and copied over.
template <class R>
absl::Status Executor<R>::CallOnDevice(const plan::Op& op, const kernels::StepContext& context) {
  if (op.kind != plan::OpKind::kLoadBatch && op.kind != plan::OpKind::kLoadImages) {
    Call(op, context);
    return absl::OkStatus();
  }
  std::vector<std::vector<std::byte>> staging;
  absl::InlinedVector<void*, 8> operands;
  for (const plan::View& view : op.operands) {
    staging.emplace_back(view.elems * plan::SizeOf(program_.buffers[view.buffer].dtype));
    operands.push_back(staging.back().data());
  }
  kernels::RunOp<R>(kernels_, op, operands, context);
  for (size_t i = 0; i < staging.size(); ++i) {
    RINGSIDE_RETURN_IF_ERROR(device_->CopyToDevice(Address(op.operands[i]), staging[i].data(),
                                                   static_cast<int64_t>(staging[i].size())));
  }
  return absl::OkStatus();
}

template <class R>
absl::Status Executor<R>::Initialize() {
  for (size_t id = 0; id < program_.buffers.size(); ++id) {
    if (program_.buffers[id].first_op >= 0) continue;
    if (absl::Status status = Allocate(-1, static_cast<int32_t>(id)); !status.ok()) return Where(status, -1);
  }
  const auto context = kernels::MakeStepContext(program_.run, -1, &data_);
  for (size_t i = 0; i < program_.init_ops.size(); ++i) {
    if (control_.stop) return Where(absl::CancelledError("the run was stopped"), static_cast<int32_t>(i));
    if (device_ == nullptr) {
      Call(program_.init_ops[i], context);
    } else if (absl::Status status = CallOnDevice(program_.init_ops[i], context); !status.ok()) {
      return Where(status, static_cast<int32_t>(i));
    }
    ++control_.ops_done;
  }
  if (device_ == nullptr) return absl::OkStatus();
  const absl::Status status = device_->Synchronize();
  return status.ok() ? status : Where(status, -1);
}

template <class R>
void Executor<R>::PlayFaults(int32_t step) const {
  for (const v1::Fault& fault : program_.faults) {
    if (fault.has_kill_rank() && fault.kill_rank().rank() == program_.rank &&
        fault.kill_rank().step() == step) {
      raise(SIGKILL);
    }
    if (fault.has_hang_rank() && fault.hang_rank().rank() == program_.rank &&
        fault.hang_rank().step() == step) {
      raise(SIGSTOP);
    }
  }
}

// Keeps the core busy for as long as a slower one would have been.
template <class R>
void Executor<R>::Straggle(int64_t start_ns) const {
  const int64_t until_ns =
      start_ns + static_cast<int64_t>(slowdown_ * static_cast<double>(clock_.NowNs() - start_ns));
  while (clock_.NowNs() < until_ns && !control_.stop.load(std::memory_order_relaxed)) {
  }
}

template <class R>
template <class T>
absl::StatusOr<std::vector<T>> Executor<R>::Read(const plan::View& view) const {
  const auto* from = reinterpret_cast<const T*>(Address(view));
  if (device_ == nullptr) return std::vector<T>(from, from + view.elems);
  std::vector<T> out(view.elems);
  RINGSIDE_RETURN_IF_ERROR(device_->CopyToHost(out.data(), Address(view), view.elems * sizeof(T)));
  return out;
}

template <class R>
absl::StatusOr<std::vector<double>> Executor<R>::Metrics() const {
  std::vector<double> figures;
  for (const plan::Metric& metric : program_.metrics) {
    RINGSIDE_ASSIGN_OR_RETURN(const std::vector<S> figure, Read<S>(metric.view));
    figures.push_back(figure[0]);
  }
  return figures;
}

template <class R>
absl::Status Executor<R>::RunOnDevice(int32_t index, const kernels::StepContext& context) {
  const int64_t start_ns = clock_.NowNs();
  device_->BeginOp(index);
  RINGSIDE_RETURN_IF_ERROR(CallOnDevice(program_.ops[index], context));
  RINGSIDE_RETURN_IF_ERROR(device_->EndOp(index));
  if (slowdown_ <= 1) return absl::OkStatus();
  RINGSIDE_RETURN_IF_ERROR(device_->Synchronize());
  Straggle(start_ns);
  return absl::OkStatus();
}

template <class R>
absl::Status Executor<R>::EndStepOnDevice() {
  RINGSIDE_RETURN_IF_ERROR(device_->EndStep());
  for (int32_t i = 0; i < static_cast<int32_t>(program_.ops.size()); ++i) {
    if (plan::IsCommunication(program_.ops[i].kind)) continue;
    if (const auto times = device_->TimesOf(i)) tracer_.Compute(i, times->start_ns, times->end_ns);
  }
  return absl::OkStatus();
}

template <class R>
absl::Status Executor<R>::RunCompute(int32_t index, const kernels::StepContext& context) {
  const plan::Op& op = program_.ops[index];
  for (int32_t dep : waits_[index]) {
    if (communicator_.Ended(dep)) continue;
    if (absl::Status status = communicator_.Wait(dep); !status.ok()) {
      return absl::Status(status.code(),
                          fmt::format("waiting for op {} {}: {}", dep, plan::Describe(program_.ops[dep]),
                                      std::string(status.message())));
    }
  }
  if (device_ != nullptr) return RunOnDevice(index, context);
  communicator_.ComputeAhead(IsLong(op));
  const int64_t start_ns = clock_.NowNs();
  Call(op, context);
  if (slowdown_ > 1) Straggle(start_ns);
  tracer_.Compute(index, start_ns, clock_.NowNs());
  return absl::OkStatus();
}

template <class R>
absl::Status Executor<R>::RunStep(int32_t step) {
  const auto context = kernels::MakeStepContext(program_.run, step, &data_);
  if (device_ != nullptr) {
    if (absl::Status status = device_->BeginStep(step); !status.ok()) return Where(status, -1);
  }
  communicator_.Reset(tracer_.KeepsMemory());
  for (int32_t i = 0; i < static_cast<int32_t>(program_.ops.size()); ++i) {
    if (control_.stop.load(std::memory_order_relaxed))
      return Where(absl::CancelledError("the run was stopped"), i);
    for (int32_t id : allocate_[i]) {
      if (absl::Status status = Allocate(i, id); !status.ok()) return Where(status, i);
    }
    control_.op.store(i, std::memory_order_relaxed);
    const plan::Op& op = program_.ops[i];
    if (plan::IsCommunication(op.kind)) {
      communicator_.Enqueue(i, Address(op.operands[0]),
                            op.operands.size() > 1 ? Address(op.operands[1]) : nullptr);
    } else {
      if (absl::Status status = RunCompute(i, context); !status.ok()) return Where(status, i);
    }
    control_.ops_done.fetch_add(1, std::memory_order_relaxed);
    for (int32_t id : release_[i]) Release(i, id);
  }
  if (absl::Status status = communicator_.WaitAll(); !status.ok()) return Where(status, -1);
  if (device_ != nullptr) {
    if (absl::Status status = EndStepOnDevice(); !status.ok()) return Where(status, -1);
  }
  for (int32_t i : communication_) tracer_.Communication(i, communicator_.record(i));
  return absl::OkStatus();
}

template <class R>
absl::Status Executor<R>::Run(int32_t first_step, const std::function<absl::Status(int32_t)>& after_step) {
  for (int32_t step = first_step; step < program_.run.steps(); ++step) {
    control_.step = step;
    PlayFaults(step);
    const int64_t start_ns = clock_.NowNs();
    tracer_.BeginStep(step, start_ns);
    RINGSIDE_RETURN_IF_ERROR(RunStep(step));
    StepReport report{.step = step, .has_loss = program_.loss_buffer >= 0};
    if (report.has_loss) {
      RINGSIDE_ASSIGN_OR_RETURN(const std::vector<S> loss, Read<S>({program_.loss_buffer, 0, 1}));
      report.loss = loss[0];
    }
    const int64_t end_ns = clock_.NowNs();
    RINGSIDE_ASSIGN_OR_RETURN(std::vector<double> metrics, Metrics());
    tracer_.EndStep(end_ns, report.has_loss, report.loss, std::move(metrics));
    report.step_ns = end_ns - start_ns;
    report.live_bytes = arena_.live_bytes();
    report.peak_bytes = arena_.peak_bytes();
    control_.live_bytes = report.live_bytes;
    control_.peak_bytes = report.peak_bytes;
    if (on_step_) on_step_(report);
    if (!after_step) continue;
    control_.op = -1;  // that of the next step, or none
    if (absl::Status status = after_step(step); !status.ok()) return Where(status, -1);
  }
  return absl::OkStatus();
}

template <class R>
absl::StatusOr<std::vector<v1::ParamValues>> Executor<R>::Params() const {
  std::vector<v1::ParamValues> out;
  const auto put = [this](const plan::View& view, auto* to) -> absl::Status {
    if (view.elems == 0) return absl::OkStatus();
    RINGSIDE_ASSIGN_OR_RETURN(const std::vector<R> from, Read<R>(view));
    to->Reserve(static_cast<int>(view.elems));
    for (const R& value : from) to->Add(static_cast<double>(value));
    return absl::OkStatus();
  };
  for (const plan::Param& param : program_.params) {
    v1::ParamValues& values = out.emplace_back();
    values.set_param(param.id);
    RINGSIDE_RETURN_IF_ERROR(put(param.weights.view, values.mutable_weights()));
    RINGSIDE_RETURN_IF_ERROR(put(param.grad.view, values.mutable_grads()));
  }
  return out;
}

template class Executor<float>;
template class Executor<double>;
template class Executor<kernels::Bf16>;
template class Executor<kernels::F16>;

}  // namespace ringside::workers
