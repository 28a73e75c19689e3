#include "evaluator/design/measurement.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "base/status_macros.h"
#include "evaluator/design/areas.h"
#include "evaluator/design/trace_places.h"
#include "fmt/format.h"
#include "trace/attribution.h"
#include "trace/axis.h"
#include "trace/summary.h"
#include "trace/trace_index.h"

namespace ringside::evaluator {
namespace {

// The bottlenecks that are parts of the step's time; memory is none.
constexpr v1::Bottleneck kTimed[] = {v1::BOTTLENECK_COMPUTE,          v1::BOTTLENECK_DP_COMMUNICATION,
                                     v1::BOTTLENECK_TP_COMMUNICATION, v1::BOTTLENECK_PP_COMMUNICATION,
                                     v1::BOTTLENECK_CP_COMMUNICATION, v1::BOTTLENECK_EP_COMMUNICATION,
                                     v1::BOTTLENECK_PIPELINE_BUBBLE};

// The measured step whose time is nearest to the median; summary.step_s stands in the order of these steps.
int TypicalStep(const trace::TraceIndex& index, const trace::RunSummary& summary) {
  size_t measured = 0;
  int typical = -1;
  double nearest_s = 0;
  for (const int step : index.steps()) {
    if (step < summary.warmup_steps) continue;
    const double off_s = std::fabs(summary.step_s[measured++] - summary.step_s_median);
    if (typical < 0 || off_s < nearest_s) typical = step, nearest_s = off_s;
  }
  return typical;
}

int LastRankToEnd(const trace::TraceIndex& index, int step) {
  int last = 0;
  for (int rank = 1; rank < index.num_ranks(); ++rank) {
    if (index.mark(rank, step)->end_ns() > index.mark(last, step)->end_ns()) last = rank;
  }
  return last;
}

// As trace/summary.h sorts causes and axes into shares.
v1::Bottleneck BottleneckOf(const trace::Segment& segment, const std::vector<trace::OpInfo>& ops) {
  switch (segment.cause) {
    case trace::Cause::kCompute:
      return v1::BOTTLENECK_COMPUTE;
    case trace::Cause::kBubble:
      return v1::BOTTLENECK_PIPELINE_BUBBLE;
    case trace::Cause::kExposed:
      break;
    default:
      return v1::BOTTLENECK_UNSPECIFIED;
  }
  const std::string_view family = trace::FamilyOf(ops[segment.op].axis);
  if (family == "dp") return v1::BOTTLENECK_DP_COMMUNICATION;
  if (family == "tp") return v1::BOTTLENECK_TP_COMMUNICATION;
  if (family == "cp") return v1::BOTTLENECK_CP_COMMUNICATION;
  if (family == "ep") return v1::BOTTLENECK_EP_COMMUNICATION;
  return v1::BOTTLENECK_PP_COMMUNICATION;
}

// For each bottleneck the longest single stretch of it on any rank in `step`.
absl::StatusOr<std::map<v1::Bottleneck, std::string>> LongestStretches(const trace::TraceIndex& index,
                                                                       int step, std::string_view location) {
  std::map<v1::Bottleneck, int64_t> longest_ns;
  std::map<v1::Bottleneck, std::string> where;
  for (int rank = 0; rank < index.num_ranks(); ++rank) {
    RINGSIDE_ASSIGN_OR_RETURN(const std::vector<trace::Segment> segments,
                              trace::SegmentStep(index, rank, step));
    for (const trace::Segment& segment : segments) {
      const v1::Bottleneck bottleneck = BottleneckOf(segment, index.ops(rank));
      const int64_t ns = segment.end_ns - segment.begin_ns;
      if (ns <= longest_ns[bottleneck]) continue;
      longest_ns[bottleneck] = ns;
      where[bottleneck] = fmt::format("{} for {:.3f} ms at once",
                                      PlaceOf(index.trace(), location, rank, step, segment.op), 1e-6 * ns);
    }
  }
  return where;
}

absl::Status AddTimes(const trace::TraceIndex& index, const trace::RunSummary& summary, int step,
                      std::string_view location, Measurement* out) {
  std::map<v1::Bottleneck, std::string> where;
  if (index.HasSpans(step)) {
    RINGSIDE_ASSIGN_OR_RETURN(where, LongestStretches(index, step, location));
  }
  out->unnamed_share = 1;
  for (const v1::Bottleneck bottleneck : kTimed) {
    TimeShare part;
    part.bottleneck = bottleneck;
    part.share = summary.shares.at(std::string(Name(bottleneck)));
    part.where = where[bottleneck];
    if (part.where.empty()) part.where = fmt::format("{}, all ranks and measured steps", location);
    out->unnamed_share -= part.share;
    out->time.push_back(std::move(part));
  }
  out->unnamed_share = std::max(0.0, out->unnamed_share);
  std::stable_sort(out->time.begin(), out->time.end(),
                   [](const TimeShare& a, const TimeShare& b) { return a.share > b.share; });
  return absl::OkStatus();
}

void AddPeak(const v1::Trace& trace, const trace::RunSummary& summary, std::string_view location,
             Measurement* out) {
  size_t fullest = 0;
  for (size_t rank = 1; rank < summary.ranks.size(); ++rank) {
    if (summary.ranks[rank].peak_total_bytes > summary.ranks[fullest].peak_total_bytes) fullest = rank;
  }
  const int rank = static_cast<int>(fullest);
  const PeakPlace peak = FindPeak(trace.ranks(rank));
  out->peak_bytes = summary.ranks[fullest].peak_total_bytes;
  out->peak_where = PlaceOf(trace, location, rank, peak.step, peak.op);
  out->limit_bytes = trace.programs(rank).memory_limit_bytes();
  for (const auto& [name, bytes] : summary.ranks[fullest].peak_bytes) {
    if (bytes > 0) out->memory.push_back({name, bytes});
  }
  std::stable_sort(out->memory.begin(), out->memory.end(),
                   [](const MemoryPart& a, const MemoryPart& b) { return a.bytes > b.bytes; });
}

}  // namespace

double Measurement::ShareOf(v1::Bottleneck bottleneck) const {
  for (const TimeShare& part : time) {
    if (part.bottleneck == bottleneck) return part.share;
  }
  return 0;
}

double Measurement::ExposedShare() const {
  double share = 0;
  for (const TimeShare& part : time) {
    if (part.bottleneck != v1::BOTTLENECK_COMPUTE && part.bottleneck != v1::BOTTLENECK_PIPELINE_BUBBLE)
      share += part.share;
  }
  return share;
}

absl::StatusOr<Measurement> Measure(const v1::Trace& trace, std::string_view location) {
  RINGSIDE_ASSIGN_OR_RETURN(const trace::RunSummary summary, trace::Summarize(trace));
  RINGSIDE_ASSIGN_OR_RETURN(const trace::TraceIndex index, trace::TraceIndex::Create(trace));
  Measurement out;
  out.basis = trace.origin();
  const int step = TypicalStep(index, summary);
  out.tokens_per_s = summary.tokens_per_s;
  out.ranks = summary.world_size;
  out.step_s = summary.step_s_median;
  out.tokens_where =
      fmt::format("{}: it ended last, in the step nearest to the median of {}",
                  PlaceOf(trace, location, LastRankToEnd(index, step), step, -1), summary.measured_steps);
  out.step_spread = (summary.step_s_median_high - summary.step_s_median_low) / summary.step_s_median;
  out.slower = 1 - summary.step_s_median / summary.step_s_median_high;
  out.faster = summary.step_s_median / summary.step_s_median_low - 1;
  AddPeak(trace, summary, location, &out);
  RINGSIDE_RETURN_IF_ERROR(AddTimes(index, summary, step, location, &out));
  return out;
}

}  // namespace ringside::evaluator
