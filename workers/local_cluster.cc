#include "workers/local_cluster.h"

#include <fmt/format.h>

#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "base/status_macros.h"
#include "plan/program_proto.h"
#include "plan/validate.h"
#include "workers/environment.h"
#include "workers/rank_runner.h"
#include "workers/transport/thread_transport.h"

namespace ringside::workers {
namespace {

struct Rank {
  explicit Rank(KernelSet set) : kernels(std::move(set)) {}

  KernelSet kernels;
  std::unique_ptr<Transport> transport;
  RunControl control;
  v1::RankTrace trace;
};

}  // namespace

absl::StatusOr<v1::Trace> RunInThreads(const std::vector<plan::Program>& programs,
                                       const LocalClusterOptions& options) {
  RINGSIDE_RETURN_IF_ERROR(plan::ValidatePrograms(programs));
  for (const plan::Program& program : programs) {
    for (const v1::Fault& fault : program.faults) {
      if (!fault.has_kill_rank() && !fault.has_hang_rank()) continue;
      return absl::InvalidArgumentError(fmt::format(
          "rank {} is to be killed or stopped: that needs a process, not a thread", program.rank));
    }
  }
  ThreadNetwork network(static_cast<int>(programs.size()), options.shuffle_seed);
  std::vector<std::unique_ptr<Rank>> ranks;
  for (const plan::Program& program : programs) {
    const auto choice = options.kernels == v1::KERNELS_UNSPECIFIED ? program.run.kernels() : options.kernels;
    RINGSIDE_ASSIGN_OR_RETURN(KernelSet kernels, MakeKernels(program.real, choice));
    auto& rank = ranks.emplace_back(std::make_unique<Rank>(std::move(kernels)));
    rank->transport = network.Endpoint(program.rank);
  }

  const SteadyClock clock;
  std::mutex mutex;
  absl::Status failure;  // the first
  const auto run_rank = [&](int r) {
    RankRun run{&programs[r], &ranks[r]->kernels, ranks[r]->transport.get(), &clock, &ranks[r]->control};
    run.background_communication = options.background_communication;
    run.data = options.data;
    if (options.hooks) run.hooks = options.hooks(programs[r], ranks[r]->transport.get(), &ranks[r]->control);
    if (options.on_step)
      run.on_step = [&options, r](const StepReport& report) { options.on_step(r, report); };
    absl::StatusOr<v1::RankTrace> trace = RunRank(run);
    if (trace.ok()) {
      ranks[r]->trace = *std::move(trace);
      return;
    }
    std::lock_guard lock(mutex);
    if (!failure.ok()) return;
    failure = trace.status();
    for (auto& rank : ranks) rank->control.stop = true;
  };
  std::vector<std::thread> threads;
  for (size_t r = 0; r < programs.size(); ++r) threads.emplace_back(run_rank, static_cast<int>(r));
  for (std::thread& thread : threads) thread.join();
  RINGSIDE_RETURN_IF_ERROR(failure);

  v1::Trace out;
  out.set_origin(v1::ORIGIN_MEASURED);
  *out.mutable_environment() =
      DescribeEnvironment(ranks[0]->kernels.Describe(), ranks[0]->transport->Describe());
  AddNotes(programs[0], ranks[0]->trace, out.mutable_environment());
  for (size_t r = 0; r < programs.size(); ++r) {
    *out.add_programs() = plan::ToProto(programs[r]);
    *out.add_ranks() = std::move(ranks[r]->trace);
  }
  return out;
}

}  // namespace ringside::workers
