// How a rank's GPU spent its time, with HolisticTraceAnalysis' definitions. All times in ns.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "trace/analyze/gpu_timeline.h"
#include "trace/analyze/intervals.h"

namespace ringside::trace {

struct Breakdown {
  int64_t kernel_time_ns = 0;    // from the first begin of GPU work to its last end
  int64_t busy_ns = 0;           // some work runs, on whichever stream
  int64_t idle_ns = 0;           // kernel_time - busy
  int64_t compute_ns = 0;        // some compute runs
  int64_t non_compute_ns = 0;    // busy, but no compute runs
  int64_t communication_ns = 0;  // some communication runs
  int64_t overlap_ns = 0;        // both run
  int64_t exposed_ns = 0;        // communication - overlap
  int64_t memory_ns = 0;         // some copy or memset runs
  // By what runs at once: bit 0 compute, bit 1 communication, bit 2 memory. [0] is 0.
  std::array<int64_t, 8> by_kinds_ns{};

  // The shares that HolisticTraceAnalysis prints; 0 where the whole is 0.
  double overlap_percent() const;          // of communication
  double share_percent(int64_t ns) const;  // of kernel_time
};

Breakdown BreakDown(const GpuTimeline& timeline);

// Why a stream was idle, by the gaps between one piece of its work and the next:
//  host wait: the next one was launched only after the one before had ended.
//  kernel wait: else, and the gap is shorter than 30 us: what it takes to start kernels one after another.
//  other: else; the stream waited for another stream, mostly.
// Work whose launch is not recorded was launched before the trace began, mostly: it counts as no host wait.
// Where work of one stream overlaps, the negative gap is counted as it is.
struct StreamIdle {
  int32_t stream;
  int64_t ops = 0;
  int64_t host_wait_ns = 0;
  int64_t kernel_wait_ns = 0;
  int64_t other_ns = 0;
};

inline constexpr int64_t kKernelWaitNs = 30000;

std::vector<StreamIdle> IdleByStream(const GpuTimeline& timeline);  // by stream

}  // namespace ringside::trace
