#include "workers/bench/stepped_run.h"

#include "base/status_macros.h"
#include "workers/rank_runner.h"
#include "workers/transport/thread_transport.h"

namespace ringside::bench {

absl::StatusOr<std::unique_ptr<SteppedRun>> SteppedRun::Start(v1::Scenario scenario) {
  scenario.mutable_run()->set_warmup(1);
  RINGSIDE_ASSIGN_OR_RETURN(plan::Resolved resolved, plan::Resolve(scenario));
  RINGSIDE_ASSIGN_OR_RETURN(std::vector<plan::Program> programs, plan::Compile(scenario));
  if (programs.size() != 1) return absl::InvalidArgumentError("a stepped run is of one rank");
  RINGSIDE_ASSIGN_OR_RETURN(workers::KernelSet kernels,
                            workers::MakeKernels(programs[0].real, programs[0].run.kernels()));
  std::unique_ptr<SteppedRun> run(
      new SteppedRun(std::move(resolved), std::move(programs[0]), std::move(kernels)));
  run->thread_ = std::thread([of = run.get()] { of->Run(); });
  RINGSIDE_RETURN_IF_ERROR(run->Step(0).status());
  return run;
}

SteppedRun::~SteppedRun() {
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
    control_.stop = true;
  }
  changed_.notify_all();
  thread_.join();
}

void SteppedRun::Run() {
  workers::ThreadNetwork network(1);
  const auto transport = network.Endpoint(0);
  const workers::SteadyClock clock;
  workers::RankRun run{&program_, &kernels_, transport.get(), &clock, &control_};
  run.on_step = [this](const workers::StepReport& report) {
    std::unique_lock lock(mutex_);
    step_s_.push_back(static_cast<double>(report.step_ns) / 1e9);
    changed_.notify_all();
    changed_.wait(lock, [this] {
      return abandoned_ || static_cast<int>(step_s_.size()) < granted_ ||
             static_cast<int>(step_s_.size()) == program_.run.steps();
    });
  };
  absl::StatusOr<v1::RankTrace> trace = workers::RunRank(run);
  const std::lock_guard lock(mutex_);
  trace_ = std::move(trace);
  ended_ = true;
  changed_.notify_all();
}

absl::StatusOr<std::vector<double>> SteppedRun::Step(int steps) {
  std::unique_lock lock(mutex_);
  granted_ += steps;
  changed_.notify_all();
  changed_.wait(lock, [this] { return ended_ || static_cast<int>(step_s_.size()) >= granted_; });
  if (static_cast<int>(step_s_.size()) < granted_) {
    return trace_.ok() ? absl::InternalError("there are no steps left") : trace_.status();
  }
  return std::vector<double>(step_s_.end() - steps, step_s_.end());
}

absl::StatusOr<std::map<std::string, OpTime>> SteppedRun::Finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ended_; });
  if (!trace_.ok()) return trace_.status();
  return OpTimesOf(program_, *trace_);
}

}  // namespace ringside::bench
