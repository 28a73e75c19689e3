#include "trace/analyze/breakdown.h"

#include <algorithm>
#include <map>

namespace ringside::trace {

double Breakdown::overlap_percent() const {
  return communication_ns == 0
             ? 0
             : 100.0 * static_cast<double>(overlap_ns) / static_cast<double>(communication_ns);
}

double Breakdown::share_percent(int64_t ns) const {
  return kernel_time_ns == 0 ? 0 : 100.0 * static_cast<double>(ns) / static_cast<double>(kernel_time_ns);
}

Breakdown BreakDown(const GpuTimeline& timeline) {
  Breakdown b;
  if (timeline.ops.empty()) return b;
  IntervalUnion all;
  std::array<IntervalUnion, kNumKernelClasses> by_class;
  for (const GpuOp& op : timeline.ops) {
    all.Add(op.begin_ns, op.end_ns);
    by_class[static_cast<int>(op.kernel_class)].Add(op.begin_ns, op.end_ns);
  }
  const IntervalUnion& compute = by_class[static_cast<int>(KernelClass::kCompute)];
  const IntervalUnion& communication = by_class[static_cast<int>(KernelClass::kCommunication)];
  const IntervalUnion& memory = by_class[static_cast<int>(KernelClass::kMemory)];
  b.kernel_time_ns = all.merged().back().end_ns - all.merged().front().begin_ns;
  b.busy_ns = all.length_ns();
  b.idle_ns = b.kernel_time_ns - b.busy_ns;
  b.compute_ns = compute.length_ns();
  b.non_compute_ns = b.busy_ns - b.compute_ns;
  b.communication_ns = communication.length_ns();
  b.overlap_ns = IntersectionLength(communication.merged(), compute.merged());
  b.exposed_ns = b.communication_ns - b.overlap_ns;
  b.memory_ns = memory.length_ns();
  b.by_kinds_ns = CoverLengths({&compute.merged(), &communication.merged(), &memory.merged()});
  return b;
}

std::vector<StreamIdle> IdleByStream(const GpuTimeline& timeline) {
  struct State {
    StreamIdle idle;
    int64_t end_ns = 0;
  };
  std::map<int32_t, State> streams;
  for (const GpuOp& op : timeline.ops) {
    const auto [at, first] = streams.try_emplace(op.stream);
    State& state = at->second;
    if (first) {
      state.idle.stream = op.stream;
    } else {
      const int64_t gap_ns = op.begin_ns - state.end_ns;
      if (op.launch_ns != kNotLaunched && op.launch_ns > state.end_ns) {
        state.idle.host_wait_ns += gap_ns;
      } else if (gap_ns < kKernelWaitNs) {
        state.idle.kernel_wait_ns += gap_ns;
      } else {
        state.idle.other_ns += gap_ns;
      }
    }
    ++state.idle.ops;
    state.end_ns = op.end_ns;
  }
  std::vector<StreamIdle> idle;
  for (const auto& [stream, state] : streams) idle.push_back(state.idle);
  return idle;
}

}  // namespace ringside::trace
