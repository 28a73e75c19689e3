// A rank that trains in a thread of its own and does a step when it is asked to, so that several can take
// turns.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "plan/compile.h"
#include "workers/bench/op_times.h"
#include "workers/kernel_set.h"
#include "workers/run_control.h"

namespace ringside::bench {

// Not thread-safe. Between the calls its thread sleeps.
class SteppedRun {
 public:
  // `scenario`: of one rank. The first step of `run.steps` is the warm-up, which faults the pages in; it is
  // done when this returns. Errors of plan::Compile and MakeKernels.
  static absl::StatusOr<std::unique_ptr<SteppedRun>> Start(v1::Scenario scenario);
  ~SteppedRun();

  // Seconds of each of the next `steps` steps. REQUIRES: not more in all than run.steps - 1.
  absl::StatusOr<std::vector<double>> Step(int steps);
  // REQUIRES: all steps were done.
  absl::StatusOr<std::map<std::string, OpTime>> Finish();

  const plan::Resolved& resolved() const { return resolved_; }
  const plan::Program& program() const { return program_; }
  std::string Kernels() const { return kernels_.Describe(); }

 private:
  SteppedRun(plan::Resolved resolved, plan::Program program, workers::KernelSet kernels)
      : resolved_(std::move(resolved)), program_(std::move(program)), kernels_(std::move(kernels)) {}
  void Run();

  const plan::Resolved resolved_;
  const plan::Program program_;
  workers::KernelSet kernels_;
  workers::RunControl control_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int granted_ = 1;  // the warm-up
  bool abandoned_ = false, ended_ = false;
  std::vector<double> step_s_;
  absl::StatusOr<v1::RankTrace> trace_ = absl::UnknownError("it did not end");
  std::thread thread_;
};

}  // namespace ringside::bench
