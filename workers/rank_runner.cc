#include "workers/rank_runner.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/check.h"
#include "base/status_macros.h"
#include "workers/arena.h"
#include "workers/clock_sync.h"
#include "workers/comm/match_sequences.h"
#include "workers/comm/p2p_communicator.h"
#include "workers/device_mirror.h"
#include "workers/environment.h"
#include "workers/tracer.h"
#include "workers/transport/jitter_transport.h"

namespace ringside::workers {
namespace {

// Of steps that a device measures only as a whole there are no spans to keep.
int64_t MaxSpans(const plan::Program& program, const Device* device) {
  if (device == nullptr) return Tracer::kMaxSpans;
  const auto ops = static_cast<int64_t>(program.ops.size());
  return std::min(Tracer::kMaxSpans, ops * std::min<int64_t>(device->MeasuredSteps(), Tracer::kMaxSpans));
}

absl::StatusOr<std::unique_ptr<Communicator>> MakeCommunicator(const RankRun& run, Device* device) {
  if (device != nullptr) return device->MakeCommunicator(*run.program, run.transport);
  return std::make_unique<P2pCommunicator>(*run.program, run.transport, Reduce, run.clock, run.control,
                                           P2pCommunicator::Options{run.background_communication});
}

template <class R>
absl::StatusOr<v1::RankTrace> RunWith(const RankRun& run, kernels::Kernels<R>& kernels) {
  const plan::Program& program = *run.program;
  const std::atomic<bool>& stop = run.control->stop;
  Device* const device = run.kernels->device();
  if (device != nullptr) RINGSIDE_RETURN_IF_ERROR(device->Prepare(program, run.clock, run.control));
  RINGSIDE_RETURN_IF_ERROR(MatchSequences(program, *run.transport, stop));
  Arena arena(program.memory_limit_bytes, device);
  Tracer tracer(program, MaxSpans(program, device));
  // After the arena, so that it is gone first: open requests point into buffers.
  RINGSIDE_ASSIGN_OR_RETURN(const std::unique_ptr<Communicator> communicator, MakeCommunicator(run, device));
  const std::unique_ptr<kernels::DataSource> synthetic =
      run.data == nullptr ? kernels::MakeSyntheticData(program.run) : nullptr;
  Executor<R> executor(program, kernels, *communicator, arena, tracer, *run.clock, *run.control,
                       run.data == nullptr ? *synthetic : *run.data, run.on_step, device);
  RINGSIDE_RETURN_IF_ERROR(executor.Initialize());
  DeviceMirror mirror(device);
  const MemoryOf memory = [&](const plan::View& view) {
    std::byte* at = executor.Memory(view);
    if (device == nullptr) return at;
    return mirror.HostCopy(at, view.elems * plan::SizeOf(program.buffers[view.buffer].dtype));
  };
  int32_t first_step = 0;
  if (run.hooks.before_first_step) {
    RINGSIDE_ASSIGN_OR_RETURN(first_step, run.hooks.before_first_step(memory));
    if (device != nullptr) RINGSIDE_RETURN_IF_ERROR(mirror.WriteBack());
  }
  std::function<absl::Status(int32_t)> after_step;
  if (run.hooks.after_step) {
    after_step = [&](int32_t step) {
      absl::Status status = run.hooks.after_step(step, memory);
      status.Update(mirror.status());
      mirror.Clear();
      return status;
    };
  }
  RINGSIDE_ASSIGN_OR_RETURN(const ClockSample before, MeasureClock(*run.transport, *run.clock, stop));
  RINGSIDE_RETURN_IF_ERROR(executor.Run(first_step, after_step));
  RINGSIDE_ASSIGN_OR_RETURN(const ClockSample after, MeasureClock(*run.transport, *run.clock, stop));
  RINGSIDE_ASSIGN_OR_RETURN(const int64_t origin_ns,
                            BroadcastFromRank0(*run.transport, tracer.first_step_start_ns(), stop));

  v1::RankTrace trace = tracer.Finish(ClockAlignment(before, after, origin_ns), arena);
  trace.set_rank(program.rank);
  trace.set_host(HostName());
  trace.set_pid(getpid());
  if (program.run.keep_weights()) {
    RINGSIDE_ASSIGN_OR_RETURN(std::vector<v1::ParamValues> params, executor.Params());
    for (v1::ParamValues& values : params) *trace.add_params() = std::move(values);
  }
  return trace;
}

}  // namespace

absl::StatusOr<v1::RankTrace> RunRank(const RankRun& given) {
  RankRun run = given;
  const plan::Program& program = *run.program;
  std::unique_ptr<JitterTransport> jitter;
  for (const v1::Fault& fault : program.faults) {
    if (!fault.has_jitter_link() || jitter != nullptr) continue;
    jitter = std::make_unique<JitterTransport>(run.transport, run.clock, fault.jitter_link().mean_us() * 1e3,
                                               program.run.seed());
    run.transport = jitter.get();
  }
  if (run.transport->rank() != program.rank || run.transport->size() != program.world_size) {
    return absl::InvalidArgumentError(fmt::format("the program of rank {} of {} was given to rank {} of {}",
                                                  program.rank, program.world_size, run.transport->rank(),
                                                  run.transport->size()));
  }
  return run.kernels->Visit([&run]<class R>(kernels::Kernels<R>& kernels) {
    RINGSIDE_CHECK(sizeof(R) == plan::SizeOf(run.program->real));
    return RunWith<R>(run, kernels);
  });
}

}  // namespace ringside::workers
