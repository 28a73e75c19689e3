// What one rank's GPU did, as read from its trace: the compact form that all analyses work on.
//
// Of all the events only GPU work is kept (40 bytes each, 56 while reading), calls that launch (16 bytes
// each, while reading), steps, and each name once. So memory grows with a trace's GPU work and launches, by
// about a twentieth of the bytes of its JSON or less, and not with the rest.
//
// Definitions are those of HolisticTraceAnalysis (github.com/facebookresearch/HolisticTraceAnalysis,
// f4d0062c), so that figures are the same integers:
//  * GPU work: complete events with a duration, a category (but "Trace") and a stream in their args.
//  * Where a file has fractions of microseconds, starts are rounded up and ends down to whole ones.
//  * Where a file has several ProfilerStep markers, only work counts that was launched before the last one
//  began; the
//    profiler cuts that one off.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "trace/analyze/kernel_class.h"
#include "trace/analyze/names.h"
#include "trace/import/chrome_reader.h"

namespace ringside::trace {

inline constexpr int64_t kNotLaunched = INT64_MIN;

struct GpuOp {
  int64_t begin_ns;  // from the file's base
  int64_t end_ns;
  int64_t launch_ns;  // start of the call that launched it; kNotLaunched: not recorded
  int32_t name;
  int32_t stream;
  int32_t collective = -1;  // index into GpuTimeline::collectives, -1: no such metadata
  KernelClass kernel_class;
};

// Metadata of a collective, as torch records it since 2023.
struct Collective {
  std::string operation;  // "allreduce", "_allgather_base", ...
  std::string group;      // name of the process group
  std::string dtype;
  int group_size = 0;  // 0: not recorded
  int64_t bytes = -1;  // of the whole buffer, as nccl-tests counts: the larger side. -1: not recorded
  friend bool operator==(const Collective&, const Collective&) = default;
};

struct ProfilerStep {
  int64_t number;
  int64_t begin_ns;
  int64_t end_ns;
};

struct GpuTimeline {
  std::string path;
  ChromeFile file;
  int rank = 0;
  bool rank_recorded = false;  // else: of the file's name, or the file's place among the files
  std::vector<GpuOp> ops;      // that count, by begin
  Names names;
  std::vector<Collective> collectives;
  std::vector<ProfilerStep> steps;  // by begin; the one that does not count, too
  int64_t ops_outside_steps = 0;    // GPU work that does not count
  int64_t incomplete_events = 0;    // without start or duration, left out
  int64_t host_collectives = 0;     // recorded on the host (record_param_comms)
  bool last_step_dropped = false;
};

struct TimelineOptions {
  bool keep_last_step = false;
  int64_t max_ops = int64_t{1} << 26;  // GPU work of one file
  ReadLimits read;
};

// RESOURCE_EXHAUSTED: more GPU work than the limit; else as ReadChromeFile. `place`: rank where nothing says
// it.
absl::StatusOr<GpuTimeline> ReadGpuTimeline(const std::string& path, const KernelClasses& classes, int place,
                                            const TimelineOptions& options = {});
absl::StatusOr<GpuTimeline> ReadGpuTimeline(ByteSource* source, const std::string& path,
                                            const KernelClasses& classes, int place,
                                            const TimelineOptions& options = {});

}  // namespace ringside::trace
