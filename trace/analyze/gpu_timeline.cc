#include "trace/analyze/gpu_timeline.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "trace/analyze/collective.h"
#include "trace/analyze/hta_time.h"

namespace ringside::trace {
namespace {

struct Launch {
  int64_t correlation;
  int64_t begin_ns;
};

// "ProfilerStep#12"
bool IsStep(std::string_view name) {
  return name.starts_with("ProfilerStep");
}
int64_t StepNumber(std::string_view name) {
  const size_t hash = name.find_last_of("# ");
  return hash == std::string_view::npos ? -1 : IntegerOf(name.substr(hash + 1)).value_or(-1);
}

// Takes the events in, then makes the timeline of them.
class Collector {
 public:
  Collector(const KernelClasses& classes, const TimelineOptions& options)
      : classes_(classes), options_(options) {}

  absl::Status Add(const TraceEvent& event) {
    has_fraction_ |= event.has_fraction;
    if (event.phase != 'X' || event.category.empty() || event.category == "Trace") return absl::OkStatus();
    if (!event.start_ns || !event.duration_ns) {
      ++timeline_.incomplete_events;
      return absl::OkStatus();
    }
    const std::optional<int64_t> stream = event.integer("stream");
    const std::optional<int64_t> correlation = event.integer("correlation");
    if (stream && *stream != -1) return AddGpuOp(event, *stream, correlation.value_or(-1));
    if (correlation) launches_.push_back({*correlation, *event.start_ns});
    if (IsStep(event.name)) {
      timeline_.steps.push_back(
          {StepNumber(event.name), *event.start_ns, *event.start_ns + *event.duration_ns});
      step_names_.Add(event.name);
    }
    if (event.name == "record_param_comms") {
      ++timeline_.host_collectives;
      const std::optional<int64_t> external = event.integer("External id");
      if (const int32_t c = AddCollective(event); external && c >= 0) host_.push_back({*external, c});
    }
    return absl::OkStatus();
  }

  GpuTimeline Finish() {
    Link();
    if (has_fraction_) Round();
    DropLastStep();
    std::stable_sort(timeline_.ops.begin(), timeline_.ops.end(),
                     [](const GpuOp& a, const GpuOp& b) { return a.begin_ns < b.begin_ns; });
    std::stable_sort(timeline_.steps.begin(), timeline_.steps.end(),
                     [](const ProfilerStep& a, const ProfilerStep& b) { return a.begin_ns < b.begin_ns; });
    return std::move(timeline_);
  }

 private:
  absl::Status AddGpuOp(const TraceEvent& event, int64_t stream, int64_t correlation) {
    if (static_cast<int64_t>(timeline_.ops.size()) >= options_.max_ops) {
      return absl::ResourceExhaustedError(
          fmt::format("more than {} pieces of GPU work; analyse fewer steps at once", options_.max_ops));
    }
    const int32_t name = timeline_.names.Add(event.name);
    if (name < 0) return absl::ResourceExhaustedError("more than a million different names of GPU work");
    if (name == static_cast<int32_t>(name_classes_.size())) name_classes_.push_back(classes_.Of(event.name));
    GpuOp op{.begin_ns = *event.start_ns,
             .end_ns = *event.start_ns + *event.duration_ns,
             .launch_ns = kNotLaunched,
             .name = name,
             .stream = static_cast<int32_t>(stream),
             .kernel_class = name_classes_[name]};
    if (op.kernel_class == KernelClass::kCommunication) op.collective = AddCollective(event);
    timeline_.ops.push_back(op);
    correlations_.push_back(correlation);
    externals_.push_back(event.integer("External id").value_or(-1));
    return absl::OkStatus();
  }

  int32_t AddCollective(const TraceEvent& event) {
    const std::optional<Collective> collective = CollectiveOf(event);
    if (!collective) return -1;
    const int32_t number =
        collective_keys_.Add(fmt::format("{}\n{}\n{}\n{}\n{}", collective->operation, collective->group,
                                         collective->dtype, collective->group_size, collective->bytes));
    if (number == static_cast<int32_t>(timeline_.collectives.size()))
      timeline_.collectives.push_back(*collective);
    return number;
  }

  void Round() {
    for (GpuOp& op : timeline_.ops) {
      RoundLikeHta(&op.begin_ns, &op.end_ns);
      if (op.launch_ns != kNotLaunched) op.launch_ns = RoundUpLikeHta(op.launch_ns);
    }
    for (ProfilerStep& step : timeline_.steps) RoundLikeHta(&step.begin_ns, &step.end_ns);
  }

  void Link() {
    // The first call of each correlation.
    std::sort(launches_.begin(), launches_.end(), [](const Launch& a, const Launch& b) {
      return std::pair(a.correlation, a.begin_ns) < std::pair(b.correlation, b.begin_ns);
    });
    std::sort(host_.begin(), host_.end());
    for (size_t i = 0; i < timeline_.ops.size(); ++i) {
      GpuOp& op = timeline_.ops[i];
      op.launch_ns = kNotLaunched;
      if (correlations_[i] >= 0) {
        const auto launch = std::lower_bound(
            launches_.begin(), launches_.end(), correlations_[i],
            [](const Launch& a, int64_t correlation) { return a.correlation < correlation; });
        if (launch != launches_.end() && launch->correlation == correlations_[i])
          op.launch_ns = launch->begin_ns;
      }
      if (op.kernel_class != KernelClass::kCommunication || op.collective >= 0) continue;
      const auto recorded =
          std::lower_bound(host_.begin(), host_.end(), std::pair(externals_[i], int32_t{-1}));
      if (recorded != host_.end() && recorded->first == externals_[i]) op.collective = recorded->second;
    }
    launches_ = {};
    host_ = {};
  }

  // Only what the steps before the last one launched. Work whose launch is not recorded belongs to no step,
  // unless it has no correlation at all: then its own begin decides.
  void DropLastStep() {
    if (options_.keep_last_step || step_names_.size() < 2) return;
    int64_t last_ns = INT64_MIN;
    for (const ProfilerStep& step : timeline_.steps) last_ns = std::max(last_ns, step.begin_ns);
    size_t kept = 0;
    for (size_t i = 0; i < timeline_.ops.size(); ++i) {
      const GpuOp& op = timeline_.ops[i];
      const int64_t decides = correlations_[i] >= 0 ? op.launch_ns : op.begin_ns;
      if (decides == kNotLaunched || decides >= last_ns) continue;
      timeline_.ops[kept++] = op;
    }
    timeline_.ops_outside_steps = static_cast<int64_t>(timeline_.ops.size() - kept);
    timeline_.ops.resize(kept);
    timeline_.last_step_dropped = true;
    correlations_ = {};
    externals_ = {};
  }

  const KernelClasses& classes_;
  const TimelineOptions& options_;
  GpuTimeline timeline_;
  bool has_fraction_ = false;
  std::vector<KernelClass> name_classes_;          // by name
  std::vector<int64_t> correlations_;              // by op, in the file's order
  std::vector<int64_t> externals_;                 // by op, in the file's order
  std::vector<Launch> launches_;                   // calls with a correlation
  std::vector<std::pair<int64_t, int32_t>> host_;  // External id of a host's record, its collective
  Names collective_keys_;
  Names step_names_;
};

}  // namespace

absl::StatusOr<GpuTimeline> ReadGpuTimeline(ByteSource* source, const std::string& path,
                                            const KernelClasses& classes, int place,
                                            const TimelineOptions& options) {
  Collector collector(classes, options);
  RINGSIDE_ASSIGN_OR_RETURN(
      ChromeFile file,
      ReadChromeEvents(
          source, [&](const TraceEvent& event) { return collector.Add(event); }, options.read));
  if (!file.has_events_member) {
    return absl::InvalidArgumentError("no Chrome trace: its object has no list traceEvents");
  }
  GpuTimeline timeline = collector.Finish();
  timeline.path = path;
  timeline.rank_recorded = file.metadata.rank.has_value();
  timeline.rank = file.metadata.rank.value_or(RankInFileName(path).value_or(place));
  timeline.file = std::move(file);
  return timeline;
}

absl::StatusOr<GpuTimeline> ReadGpuTimeline(const std::string& path, const KernelClasses& classes, int place,
                                            const TimelineOptions& options) {
  RINGSIDE_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source, OpenBytes(path));
  absl::StatusOr<GpuTimeline> timeline = ReadGpuTimeline(source.get(), path, classes, place, options);
  if (timeline.ok()) return timeline;
  const std::string message(timeline.status().message());
  if (message.find(path) != std::string::npos) return timeline;
  return absl::Status(timeline.status().code(), fmt::format("{}: {}", path, message));
}

}  // namespace ringside::trace
