#include "workers/session/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "plan/program_proto.h"
#include "workers/checkpoint/checkpointer.h"
#include "workers/data/corpus.h"
#include "workers/environment.h"
#include "workers/rank_runner.h"

namespace ringside::workers {
namespace {

// Progress is sent at most this often by a rank that knows the loss; others only tell their memory.
constexpr int64_t kProgressIntervalNs = 50'000'000;
constexpr int64_t kMemoryIntervalNs = 500'000'000;
// How long a rank that failed waits to be stopped, and one that is done to be let go. The coordinator has its
// own, shorter limits; these are for one that is gone without closing its streams.
constexpr std::chrono::seconds kStopTimeout(10);
constexpr std::chrono::seconds kFinishTimeout(120);

v1::Failure FailureOf(const absl::Status& status, const RunControl& control, const plan::Program* program,
                      int rank) {
  v1::Failure failure;
  failure.set_code(static_cast<int>(status.code()));
  failure.set_message(std::string(status.message()));
  failure.set_rank(rank);
  failure.set_step(control.step);
  const int32_t op = control.op;
  if (program != nullptr && control.step >= 0 && op >= 0) failure.set_op(plan::Describe(program->ops[op]));
  return failure;
}

// Turns step reports into progress messages, not too many.
class ProgressReporter {
 public:
  ProgressReporter(Session* session, const plan::Program& program, const Clock& clock)
      : session_(session), program_(program), clock_(clock) {}

  void OnStep(const StepReport& report) {
    const int64_t now_ns = clock_.NowNs();
    const bool last = report.step + 1 == program_.run.steps();
    if (first_step_ < 0) first_step_ = report.step;
    // Where a lost rank does not end the job, it is to be known which steps were lost.
    const bool every_step = report.has_loss && program_.run.checkpoint_every() > 0;
    if (!last && !every_step && now_ns < next_ns_) return;
    next_ns_ = now_ns + (report.has_loss ? kProgressIntervalNs : kMemoryIntervalNs);
    v1::Progress progress;
    progress.set_step(report.step);
    progress.set_first_step(first_step_);
    progress.set_steps(program_.run.steps());
    progress.set_loss(report.loss);
    progress.set_has_loss(report.has_loss);
    progress.set_tokens_per_s(static_cast<double>(program_.tokens_per_step) * 1e9 /
                              static_cast<double>(std::max<int64_t>(1, report.step_ns)));
    progress.set_live_bytes(report.live_bytes);
    progress.set_peak_bytes(report.peak_bytes);
    session_->Report(std::move(progress));
  }

 private:
  Session* const session_;
  const plan::Program& program_;
  const Clock& clock_;
  int64_t next_ns_ = 0;
  int32_t first_step_ = -1;
};

// What the launcher says of files (coordinator/launch/worker_environment.h); empty: nothing.
std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

checkpoint::CheckpointOptions CheckpointOptionsOf(const plan::Program& program) {
  checkpoint::CheckpointOptions options;
  options.dir = Variable("RINGSIDE_CHECKPOINT_DIR");
  options.every = program.run.checkpoint_every();
  options.resume = Variable("RINGSIDE_RESUME") == "1";
  options.init_from = Variable("RINGSIDE_INIT_FROM");
  if (options.dir.empty()) return options;
  std::stringstream scenario;
  scenario << std::ifstream(options.dir + "/scenario.json").rdbuf();
  options.scenario_json = scenario.str();
  return options;
}

// The text of run.data = corpus; null where the run has other data.
absl::StatusOr<std::unique_ptr<data::Corpus>> CorpusOf(const plan::Program& program) {
  if (program.run.data() != v1::DATA_CORPUS) return std::unique_ptr<data::Corpus>();
  return data::CorpusFor(program, Variable("RINGSIDE_CORPUS"));
}

absl::StatusOr<v1::RankTrace> RunReporting(Session& session, const plan::Program& program, KernelSet* kernels,
                                           Transport& transport, RunControl* control,
                                           checkpoint::Checkpointer& checkpointer) {
  RINGSIDE_ASSIGN_OR_RETURN(const auto corpus, CorpusOf(program));
  const SteadyClock clock;
  ProgressReporter reporter(&session, program, clock);
  RankRun run{&program, kernels, &transport, &clock, control};
  run.on_step = [&reporter](const StepReport& report) { reporter.OnStep(report); };
  run.data = corpus.get();
  run.hooks = checkpointer.Hooks();
  return RunRank(run);
}

}  // namespace

absl::Status RunForCoordinator(const SessionOptions& options, Transport& transport) {
  RunControl control;
  RINGSIDE_ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::Open(options));
  session->Watch(&control);
  absl::StatusOr<plan::Program> program = session->ReceiveProgram();
  const auto fail = [&](const absl::Status& status) {
    session->SendFailure(FailureOf(status, control, program.ok() ? &*program : nullptr, options.rank));
    session->AwaitFinish(kStopTimeout);  // the stop that comes now ends the process in there
    return status;
  };
  if (!program.ok()) return fail(program.status());
  absl::StatusOr<KernelSet> kernels = MakeKernels(program->real, program->run.kernels());
  if (!kernels.ok()) return fail(kernels.status());
  checkpoint::Checkpointer checkpointer(*program, &transport, &control, CheckpointOptionsOf(*program));
  const absl::StatusOr<v1::RankTrace> trace =
      RunReporting(*session, *program, &*kernels, transport, &control, checkpointer);
  if (!trace.ok()) return fail(trace.status());
  if (absl::Status status = session->SendTrace(*trace); !status.ok()) return fail(status);
  v1::Environment environment = DescribeEnvironment(kernels->Describe(), transport.Describe());
  AddNotes(*program, *trace, &environment);
  for (const std::string& note : checkpointer.notes()) environment.add_notes(note);
  if (absl::Status status = session->SendDone(environment); !status.ok()) return fail(status);
  if (!session->AwaitFinish(kFinishTimeout)) {
    return absl::DeadlineExceededError(
        fmt::format("rank {} was done but not let go within {} s", options.rank, kFinishTimeout.count()));
  }
  return absl::OkStatus();
}

absl::Status RunFromFile(const std::string& programs_path, const std::string& out_dir, Transport& transport) {
  v1::ProgramSet set;
  std::ifstream in(programs_path, std::ios::binary);
  if (!in || !set.ParseFromIstream(&in)) {
    return absl::InvalidArgumentError(fmt::format("{} is not a readable program set", programs_path));
  }
  const int rank = transport.rank();
  if (set.programs_size() != transport.size()) {
    return absl::InvalidArgumentError(fmt::format("{} holds {} programs for {} ranks", programs_path,
                                                  set.programs_size(), transport.size()));
  }
  RINGSIDE_ASSIGN_OR_RETURN(const plan::Program program, plan::FromProto(set.programs(rank)));
  RINGSIDE_ASSIGN_OR_RETURN(KernelSet kernels, MakeKernels(program.real, program.run.kernels()));
  const SteadyClock clock;
  RunControl control;
  std::vector<int64_t> step_ns;
  RankRun run{&program, &kernels, &transport, &clock, &control};
  run.on_step = [&](const StepReport& report) {
    if (report.step >= program.run.warmup()) step_ns.push_back(report.step_ns);
  };
  RINGSIDE_ASSIGN_OR_RETURN(const v1::RankTrace trace, RunRank(run));
  const std::string path = fmt::format("{}/rank-{}.pb", out_dir, rank);
  std::ofstream out(path, std::ios::binary);
  if (!trace.SerializeToOstream(&out) || !out.flush()) {
    return absl::UnavailableError(fmt::format("rank {}: cannot write {}", rank, path));
  }
  if (rank == 0 && !step_ns.empty()) {
    std::sort(step_ns.begin(), step_ns.end());
    fmt::print("{} steps: median {:.3f} ms, best {:.3f} ms, worst {:.3f} ms\n", step_ns.size(),
               step_ns[step_ns.size() / 2] / 1e6, step_ns.front() / 1e6, step_ns.back() / 1e6);
  }
  return absl::OkStatus();
}

}  // namespace ringside::workers
