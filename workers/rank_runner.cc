#include "workers/rank_runner.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "base/check.h"
#include "base/status_macros.h"
#include "workers/arena.h"
#include "workers/clock_sync.h"
#include "workers/comm/match_sequences.h"
#include "workers/comm/p2p_communicator.h"
#include "workers/environment.h"
#include "workers/tracer.h"

namespace ringside::workers {
namespace {

template <class R>
absl::StatusOr<v1::RankTrace> RunWith(const RankRun& run, kernels::Kernels<R>& kernels) {
  const plan::Program& program = *run.program;
  Arena arena(program.memory_limit_bytes);
  Tracer tracer(program);
  // After the arena, so that it is gone first: open requests point into buffers.
  P2pCommunicator communicator(program, run.transport, Reduce, run.clock, run.control,
                               {.background = run.background_communication});
  const std::unique_ptr<kernels::DataSource> synthetic =
      run.data == nullptr ? kernels::MakeSyntheticData(program.run) : nullptr;
  Executor<R> executor(program, kernels, communicator, arena, tracer, *run.clock, *run.control,
                       run.data == nullptr ? *synthetic : *run.data, run.on_step);
  const std::atomic<bool>& stop = run.control->stop;
  RINGSIDE_RETURN_IF_ERROR(MatchSequences(program, *run.transport, stop));
  RINGSIDE_RETURN_IF_ERROR(executor.Initialize());
  const MemoryOf memory = [&executor](const plan::View& view) { return executor.Memory(view); };
  int32_t first_step = 0;
  if (run.hooks.before_first_step) {
    RINGSIDE_ASSIGN_OR_RETURN(first_step, run.hooks.before_first_step(memory));
  }
  std::function<absl::Status(int32_t)> after_step;
  if (run.hooks.after_step) {
    after_step = [&](int32_t step) { return run.hooks.after_step(step, memory); };
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
    for (v1::ParamValues& values : executor.Params()) *trace.add_params() = std::move(values);
  }
  return trace;
}

}  // namespace

absl::StatusOr<v1::RankTrace> RunRank(const RankRun& run) {
  const plan::Program& program = *run.program;
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
