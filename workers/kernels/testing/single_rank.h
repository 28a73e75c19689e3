// Walks a one-rank program (no communication) op by op: the smallest thing that trains, for tests and
// benchmarks of kernels. All buffers live from begin to end; the worker's executor is workers/executor.h.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "base/check.h"
#include "plan/program.h"
#include "workers/kernels/data_source.h"
#include "workers/kernels/dispatch.h"

namespace ringside::kernels::testing {

template <class R>
class SingleRank {
 public:
  // Runs the init ops. `kernels` must outlive this.
  SingleRank(plan::Program program, Kernels<R>* kernels)
      : program_(std::move(program)), kernels_(*kernels), data_(MakeSyntheticData(program_.run)) {
    RINGSIDE_CHECK(program_.world_size == 1 && plan::SizeOf(program_.real) == sizeof(R));
    for (const plan::Buffer& buffer : program_.buffers) {
      memory_.emplace_back(static_cast<size_t>(buffer.bytes()));
    }
    Run(program_.init_ops, -1);
  }

  // One step; returns its loss.
  double Step(int64_t step) {
    Run(program_.ops, step);
    return *static_cast<typename Kernels<R>::S*>(Address({program_.loss_buffer, 0, 1}));
  }

  const plan::Program& program() const { return program_; }
  R* At(const plan::View& view) { return static_cast<R*>(Address(view)); }
  // Time spent in each kind of op so far.
  const std::array<int64_t, plan::kNumOpKinds>& kind_ns() const { return kind_ns_; }
  void ResetTimes() { kind_ns_.fill(0); }

 private:
  void* Address(const plan::View& view) {
    const int64_t size = plan::SizeOf(program_.buffers[view.buffer].dtype);
    return memory_[view.buffer].data() + view.offset * size;
  }

  void Run(const std::vector<plan::Op>& ops, int64_t step) {
    const StepContext context = MakeStepContext(program_.run, step, data_.get());
    for (const plan::Op& op : ops) {
      absl::InlinedVector<void*, 8> operands;
      for (const plan::View& view : op.operands) operands.push_back(Address(view));
      const auto begin = std::chrono::steady_clock::now();
      RunOp(kernels_, op, absl::MakeConstSpan(operands), context);
      kind_ns_[static_cast<int>(op.kind)] += (std::chrono::steady_clock::now() - begin).count();
    }
  }

  const plan::Program program_;
  Kernels<R>& kernels_;
  const std::unique_ptr<DataSource> data_;
  std::vector<std::vector<std::byte>> memory_;
  std::array<int64_t, plan::kNumOpKinds> kind_ns_{};
};

}  // namespace ringside::kernels::testing
