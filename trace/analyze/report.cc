#include "trace/analyze/report.h"

#include <algorithm>

#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace ringside::trace {
namespace {

using Json = nlohmann::json;

double Us(int64_t ns) {
  return static_cast<double>(ns) / 1000;
}

int WorldSize(const GpuTimeline& t) {
  return t.file.metadata.world_size.value_or(1);
}

void Warn(const RankReport& r, TraceReport* report) {
  const GpuTimeline& t = *r.timeline;
  const auto warn = [&](const std::string& text) {
    report->warnings.push_back(fmt::format("rank {}: {}", t.rank, text));
  };
  if (t.ops.empty()) {
    warn(t.ops_outside_steps > 0
             ? "no GPU work but in the last, incomplete step"
             : "no GPU work in the trace; was the profiler told to record CUDA activities?");
  } else if (WorldSize(t) > 1 && r.breakdown.communication_ns == 0) {
    warn(fmt::format(
        "one of {} ranks, but no communication was found: its kernels may have names that the list of "
        "classes does not have, and count as compute (see --classes)",
        WorldSize(t)));
  }
  if (!t.rank_recorded) warn("the trace does not say which rank it is; taken from the file's name or place");
  if (t.incomplete_events > 0) {
    warn(fmt::format("{} events without start or duration, left out", t.incomplete_events));
  }
  for (const std::string& line : t.file.repairs.Lines()) warn(line);
}

void CompareAll(TraceReport* report) {
  if (report->ranks.size() < 2) return;
  std::vector<const GpuTimeline*> timelines;
  std::vector<const Breakdown*> breakdowns;
  for (const RankReport& rank : report->ranks) {
    timelines.push_back(rank.timeline);
    breakdowns.push_back(&rank.breakdown);
  }
  report->cross_rank = CompareRanks(timelines, breakdowns);
  if (!report->cross_rank) {
    report->warnings.push_back("two of the traces are of one rank: ranks are not compared");
  } else if (report->cross_rank->clocks_aligned) {
    report->warnings.push_back(
        fmt::format("the ranks' clocks disagree: aligned by the ends of {} collectives, which now end within "
                    "{} us (median)",
                    report->cross_rank->matched, Us(report->cross_rank->end_spread_ns)));
  }
}

Json ToJson(const Durations& d) {
  return {{"count", d.count},
          {"total_us", Us(d.total_ns)},
          {"min_us", Us(d.min_ns)},
          {"mean_us", d.mean_ns() / 1000},
          {"max_us", Us(d.max_ns)}};
}

Json ToJson(const CollectiveRow& row) {
  Json json = ToJson(row.durations);
  json["operation"] = row.what.operation;
  if (!row.kernel.empty()) {
    json["kernel"] = row.kernel;
    return json;
  }
  json["group"] = row.what.group;
  json["dtype"] = row.what.dtype;
  if (row.what.group_size > 0) json["group_size"] = row.what.group_size;
  if (row.what.bytes >= 0) json["bytes"] = row.what.bytes;
  if (row.best_bus_gb_per_s) {
    json["mean_bus_gb_per_s"] = *row.mean_bus_gb_per_s;
    json["best_bus_gb_per_s"] = *row.best_bus_gb_per_s;
    json["best_algorithm_gb_per_s"] = *row.best_algorithm_gb_per_s;
  }
  return json;
}

Json ToJson(const CrossRank& c) {
  Json json = {{"elapsed_us", Us(c.elapsed_ns)},
               {"matched_collectives", c.matched},
               {"unmatched_kernels", c.unmatched},
               {"clocks_aligned", c.clocks_aligned},
               {"end_spread_us", Us(c.end_spread_ns)},
               {"late_starters", c.late_starters},
               {"efficiency",
                {{"load_balance", c.efficiency.load_balance},
                 {"communication", c.efficiency.communication},
                 {"orchestration", c.efficiency.orchestration},
                 {"parallel", c.efficiency.parallel()}}}};
  json["ranks"] = Json::array();
  for (const RankDelay& r : c.ranks) {
    json["ranks"].push_back({{"rank", r.rank},
                             {"clock_offset_us", Us(r.clock_offset_ns)},
                             {"wait_us", Us(r.wait_ns)},
                             {"transfer_us", Us(r.transfer_ns)},
                             {"times_last", r.times_last},
                             {"late_us", Us(r.late_ns)}});
  }
  return json;
}

Json ToJson(const RankReport& r) {
  const GpuTimeline& t = *r.timeline;
  const Breakdown& b = r.breakdown;
  Json json = {{"rank", t.rank},
               {"rank_recorded", t.rank_recorded},
               {"file", t.path},
               {"events", t.file.events},
               {"gpu_ops", t.ops.size()},
               {"gpu_ops_outside_steps", t.ops_outside_steps},
               {"profiler_steps", t.steps.size()},
               {"last_step_dropped", t.last_step_dropped},
               {"kernel_time_us", Us(b.kernel_time_ns)},
               {"busy_us", Us(b.busy_ns)},
               {"idle_us", Us(b.idle_ns)},
               {"compute_us", Us(b.compute_ns)},
               {"non_compute_us", Us(b.non_compute_ns)},
               {"communication_us", Us(b.communication_ns)},
               {"exposed_communication_us", Us(b.exposed_ns)},
               {"overlap_us", Us(b.overlap_ns)},
               {"overlap_percent", b.overlap_percent()},
               {"memory_us", Us(b.memory_ns)}};
  if (t.file.metadata.world_size) json["world_size"] = *t.file.metadata.world_size;
  if (!t.file.metadata.backend.empty()) json["backend"] = t.file.metadata.backend;
  for (unsigned mask = 1; mask < b.by_kinds_ns.size(); ++mask) {
    json["by_kinds_us"][KindsName(mask)] = Us(b.by_kinds_ns[mask]);
  }
  json["idle_by_stream"] = Json::array();
  for (const StreamIdle& s : r.idle) {
    json["idle_by_stream"].push_back({{"stream", s.stream},
                                      {"gpu_ops", s.ops},
                                      {"host_wait_us", Us(s.host_wait_ns)},
                                      {"kernel_wait_us", Us(s.kernel_wait_ns)},
                                      {"other_us", Us(s.other_ns)}});
  }
  json["kernels"] = Json::array();
  for (const KernelRow& row : r.kernels) {
    Json kernel = ToJson(row.durations);
    kernel["name"] = row.name;
    kernel["class"] = KernelClassName(row.kernel_class);
    json["kernels"].push_back(std::move(kernel));
  }
  json["collectives"] = Json::array();
  for (const CollectiveRow& row : r.collectives) json["collectives"].push_back(ToJson(row));
  json["repairs"] = Json::object();
  for (int i = 0; i < kNumFaults; ++i) {
    const auto fault = static_cast<Fault>(i);
    if (const int64_t count = t.file.repairs.count(fault); count > 0)
      json["repairs"][FaultName(fault)] = count;
  }
  return json;
}

}  // namespace

std::string KindsName(unsigned mask) {
  std::string name;
  for (unsigned bit = 0; bit < 3; ++bit) {
    if ((mask >> bit & 1) == 0) continue;
    constexpr const char* kNames[] = {"compute", "communication", "memory"};
    name += (name.empty() ? "" : " + ") + std::string(kNames[bit]);
  }
  return name;
}

TraceReport Report(const std::vector<GpuTimeline>& timelines, size_t top) {
  TraceReport report;
  for (const GpuTimeline& timeline : timelines) {
    RankReport rank{.timeline = &timeline,
                    .breakdown = BreakDown(timeline),
                    .idle = IdleByStream(timeline),
                    .kernels = KernelTable(timeline, 0),
                    .collectives = CollectiveTable(timeline, top)};
    rank.kernel_names = static_cast<int32_t>(rank.kernels.size());
    if (top > 0 && rank.kernels.size() > top) rank.kernels.resize(top);
    report.ranks.push_back(std::move(rank));
  }
  std::stable_sort(report.ranks.begin(), report.ranks.end(), [](const RankReport& a, const RankReport& b) {
    return a.timeline->rank < b.timeline->rank;
  });
  for (const RankReport& rank : report.ranks) Warn(rank, &report);
  CompareAll(&report);
  return report;
}

nlohmann::json ToJson(const TraceReport& report) {
  Json json;
  json["ranks"] = Json::array();
  for (const RankReport& rank : report.ranks) json["ranks"].push_back(ToJson(rank));
  if (report.cross_rank) json["cross_rank"] = ToJson(*report.cross_rank);
  json["warnings"] = report.warnings;
  return json;
}

}  // namespace ringside::trace
