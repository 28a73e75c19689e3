#include "trace/chrome.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "trace/trace_index.h"

namespace ringside::trace {
namespace {

constexpr int kStepsLane = 1;

std::string Micros(int64_t ns) {
  const uint64_t magnitude = ns < 0 ? uint64_t{0} - static_cast<uint64_t>(ns) : static_cast<uint64_t>(ns);
  return fmt::format("{}{}.{:03}", ns < 0 ? "-" : "", magnitude / 1000, magnitude % 1000);
}

// A JSON string; what is not UTF-8 is replaced.
std::string Quote(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Events, comma-separated, in pieces.
class EventWriter {
 public:
  explicit EventWriter(TextSink sink) : sink_(sink) {}

  absl::Status Begin(const v1::Trace& trace) {
    const v1::Environment& environment = trace.environment();
    const bool simulated = trace.origin() == v1::ORIGIN_SIMULATED;
    return sink_(fmt::format(
        "{{\"displayTimeUnit\":\"ms\",\"otherData\":{{\"origin\":{},\"scenario\":{},\"cpu\":{},"
        "\"kernels\":{},\"transport\":{}}},\"traceEvents\":[",
        Quote(simulated ? "simulated" : "measured"), Quote(trace.scenario().name()),
        Quote(environment.cpu_model()), Quote(environment.kernels()), Quote(environment.transport())));
  }

  absl::Status Event(const std::string& members) {
    const char* separator = std::exchange(first_, false) ? "\n{" : ",\n{";
    return sink_(separator + members + "}");
  }

  absl::Status End() { return sink_("\n]}\n"); }

 private:
  TextSink sink_;
  bool first_ = true;
};

absl::Status NameProcess(const v1::RankTrace& rank, EventWriter* out) {
  const std::string name = rank.host().empty() ? fmt::format("rank {}", rank.rank())
                                               : fmt::format("rank {} on {}", rank.rank(), rank.host());
  RINGSIDE_RETURN_IF_ERROR(out->Event(fmt::format(
      R"("ph":"M","name":"process_name","pid":{},"args":{{"name":{}}})", rank.rank(), Quote(name))));
  return out->Event(fmt::format(
      R"("ph":"M","name":"process_sort_index","pid":{0},"args":{{"sort_index":{0}}})", rank.rank()));
}

absl::Status NameLane(int rank, int tid, int place, const std::string& name, EventWriter* out) {
  RINGSIDE_RETURN_IF_ERROR(out->Event(fmt::format(
      R"("ph":"M","name":"thread_name","pid":{},"tid":{},"args":{{"name":{}}})", rank, tid, Quote(name))));
  return out->Event(
      fmt::format(R"("ph":"M","name":"thread_sort_index","pid":{},"tid":{},"args":{{"sort_index":{}}})", rank,
                  tid, place));
}

// Which lane of its stream each span goes to, so that no two on a lane overlap.
class Lanes {
 public:
  // Spans must come by start. Returns the tid.
  int Place(plan::Stream stream, const v1::OpSpan& span) {
    std::vector<int64_t>& ends = ends_[static_cast<int>(stream)];
    size_t lane = 0;
    while (lane < ends.size() && ends[lane] > span.start_ns()) ++lane;
    if (lane == ends.size()) ends.push_back(0);
    ends[lane] = span.end_ns();
    return Tid(stream, lane);
  }

  static int Tid(plan::Stream stream, size_t lane) {
    return kStepsLane + 1 + static_cast<int>(stream) + plan::kNumStreams * static_cast<int>(lane);
  }

  absl::Status NameAll(int rank, EventWriter* out) const {
    RINGSIDE_RETURN_IF_ERROR(NameLane(rank, kStepsLane, 0, "steps", out));
    int place = 0;  // lanes of a stream stand together, in the order of the streams
    for (int stream = 0; stream < plan::kNumStreams; ++stream) {
      for (size_t lane = 0; lane < ends_[stream].size(); ++lane) {
        const auto id = static_cast<plan::Stream>(stream);
        std::string name(plan::Name(id));
        if (lane > 0) name += fmt::format(" ({})", lane + 1);
        RINGSIDE_RETURN_IF_ERROR(NameLane(rank, Tid(id, lane), ++place, name, out));
      }
    }
    return absl::OkStatus();
  }

 private:
  std::array<std::vector<int64_t>, plan::kNumStreams> ends_;
};

absl::Status WriteSpan(const OpInfo& info, const v1::OpDef& def, const v1::OpSpan& span, int rank, int tid,
                       EventWriter* out) {
  const int64_t ns = span.end_ns() - span.start_ns();
  std::string name(plan::Name(info.kind));
  std::string args =
      fmt::format(R"("op":{},"step":{},"phase":"{}")", span.op(), span.step(), plan::Name(info.phase));
  if (def.layer() >= 0) args += fmt::format(R"(,"layer":{})", def.layer());
  if (def.micro_batch() >= 0) args += fmt::format(R"(,"micro_batch":{})", def.micro_batch());
  if (def.bytes() > 0) args += fmt::format(R"(,"bytes":{})", def.bytes());
  if (def.flops() > 0) {
    args += fmt::format(R"(,"flops":{})", def.flops());
    if (ns > 0)
      args += fmt::format(R"(,"gflops_per_s":{:.3f})",
                          static_cast<double>(def.flops()) / static_cast<double>(ns));
  }
  if (info.is_communication()) {
    name += " " + info.axis;
    args += fmt::format(R"(,"sent_bytes":{},"received_bytes":{},"queued_us":{})", span.sent_bytes(),
                        span.received_bytes(), Micros(span.start_ns() - span.issue_ns()));
    if (def.peer() >= 0) args += fmt::format(R"(,"peer":{})", def.peer());
  }
  return out->Event(
      fmt::format(R"("ph":"X","name":{},"cat":"{}","pid":{},"tid":{},"ts":{},"dur":{},"args":{{{}}})",
                  Quote(name), info.is_communication() ? "communication" : "compute", rank, tid,
                  Micros(span.start_ns()), Micros(ns), args));
}

// The arrow from a send to its receive. Both ends must lie inside their spans and time must not run back
// along it; where the clocks disagree by so much that it would, there is no arrow.
absl::Status WriteArrow(const TraceIndex& index, int rank, const v1::OpSpan& send, int send_tid,
                        int64_t* arrows,
                        const std::vector<std::vector<std::pair<const v1::OpSpan*, int>>>& tids,
                        EventWriter* out) {
  for (const OpRef& member : index.members(index.ops(rank)[send.op()].match)) {
    const v1::OpSpan* recv = index.span(member.rank, send.step(), member.op);
    if (recv == nullptr || index.ops(member.rank)[member.op].kind != plan::OpKind::kRecv) continue;
    const int64_t arrive = std::max(send.start_ns(), recv->start_ns());
    if (arrive > recv->end_ns()) continue;
    const auto& placed = tids[member.rank];
    const auto it =
        std::lower_bound(placed.begin(), placed.end(), recv,
                         [](const auto& entry, const v1::OpSpan* span) { return entry.first < span; });
    const int64_t id = ++*arrows;
    RINGSIDE_RETURN_IF_ERROR(out->Event(
        fmt::format(R"("ph":"s","name":"transfer","cat":"transfer","id":{},"pid":{},"tid":{},"ts":{})", id,
                    rank, send_tid, Micros(send.start_ns()))));
    RINGSIDE_RETURN_IF_ERROR(out->Event(fmt::format(
        R"("ph":"f","bp":"e","name":"transfer","cat":"transfer","id":{},"pid":{},"tid":{},"ts":{})", id,
        member.rank, it->second, Micros(arrive))));
  }
  return absl::OkStatus();
}

absl::Status WriteSteps(const v1::RankTrace& rank, EventWriter* out) {
  int64_t free_ns = INT64_MIN;  // marks follow each other; one that overlaps (damaged) is cut
  for (const v1::StepMark& mark : rank.steps()) {
    const int64_t start = std::max(mark.start_ns(), free_ns);
    const int64_t end = std::max(mark.end_ns(), start);
    const std::string loss = mark.has_loss() ? nlohmann::json(mark.loss()).dump() : "null";
    RINGSIDE_RETURN_IF_ERROR(out->Event(fmt::format(
        R"("ph":"X","name":"step {0}","cat":"step","pid":{1},"tid":{2},"ts":{3},"dur":{4},"args":{{"step":{0},"loss":{5}}})",
        mark.step(), rank.rank(), kStepsLane, Micros(start), Micros(end - start), loss)));
    free_ns = end;
  }
  return absl::OkStatus();
}

absl::Status WriteMemory(const v1::Program& program, const v1::RankTrace& rank, EventWriter* out) {
  std::vector<const v1::MemoryEvent*> events;
  for (const v1::MemoryEvent& event : rank.memory()) {
    if (event.buffer() >= 0 && event.buffer() < program.buffers_size()) events.push_back(&event);
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const v1::MemoryEvent* a, const v1::MemoryEvent* b) { return a->t_ns() < b->t_ns(); });
  std::array<int64_t, plan::kNumCategories> live{};
  for (size_t i = 0; i < events.size(); ++i) {
    const int category =
        program.buffers(events[i]->buffer()).category() - 1;  // the enumerators stand in one order
    if (category < 0 || category >= plan::kNumCategories) continue;
    live[category] += events[i]->delta_bytes();
    if (i + 1 < events.size() && events[i + 1]->t_ns() == events[i]->t_ns())
      continue;  // one value per instant
    std::string values;
    for (int c = 0; c < plan::kNumCategories; ++c) {
      values +=
          fmt::format(R"({}"{}":{})", c > 0 ? "," : "", plan::Name(static_cast<plan::Category>(c)), live[c]);
    }
    RINGSIDE_RETURN_IF_ERROR(
        out->Event(fmt::format(R"("ph":"C","name":"memory bytes","pid":{},"ts":{},"args":{{{}}})",
                               rank.rank(), Micros(events[i]->t_ns()), values)));
  }
  return absl::OkStatus();
}

absl::Status WriteRanks(const TraceIndex& index, EventWriter* out) {
  const v1::Trace& trace = index.trace();
  std::vector<std::vector<std::pair<const v1::OpSpan*, int>>> tids(
      index.num_ranks());  // by rank and address of the span
  for (const v1::RankTrace& rank : trace.ranks()) {
    std::vector<const v1::OpSpan*> spans;
    for (const v1::OpSpan& span : rank.spans()) spans.push_back(&span);
    std::stable_sort(spans.begin(), spans.end(),
                     [](const v1::OpSpan* a, const v1::OpSpan* b) { return a->start_ns() < b->start_ns(); });
    Lanes lanes;
    RINGSIDE_RETURN_IF_ERROR(NameProcess(rank, out));
    for (const v1::OpSpan* span : spans) {
      const OpInfo& info = index.ops(rank.rank())[span->op()];
      const int tid = lanes.Place(info.stream, *span);
      tids[rank.rank()].emplace_back(span, tid);
      RINGSIDE_RETURN_IF_ERROR(
          WriteSpan(info, index.def(rank.rank(), span->op()), *span, rank.rank(), tid, out));
    }
    std::sort(tids[rank.rank()].begin(), tids[rank.rank()].end());
    RINGSIDE_RETURN_IF_ERROR(lanes.NameAll(rank.rank(), out));
    RINGSIDE_RETURN_IF_ERROR(WriteSteps(rank, out));
    RINGSIDE_RETURN_IF_ERROR(WriteMemory(trace.programs(rank.rank()), rank, out));
  }
  int64_t arrows = 0;
  for (int rank = 0; rank < index.num_ranks(); ++rank) {
    for (const auto& [span, tid] : tids[rank]) {
      if (index.ops(rank)[span->op()].kind != plan::OpKind::kSend) continue;
      RINGSIDE_RETURN_IF_ERROR(WriteArrow(index, rank, *span, tid, &arrows, tids, out));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status WriteChromeTrace(const v1::Trace& trace, TextSink sink) {
  RINGSIDE_ASSIGN_OR_RETURN(const TraceIndex index, TraceIndex::Create(trace));
  EventWriter out(sink);
  RINGSIDE_RETURN_IF_ERROR(out.Begin(trace));
  RINGSIDE_RETURN_IF_ERROR(WriteRanks(index, &out));
  return out.End();
}

std::string WriteChromeTrace(const v1::Trace& trace) {
  std::string text;
  const absl::Status status = WriteChromeTrace(trace, [&](std::string_view piece) {
    text += piece;
    return absl::OkStatus();
  });
  if (status.ok()) return text;
  return nlohmann::json{{"traceEvents", nlohmann::json::array()},
                        {"otherData", {{"error", std::string(status.message())}}}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace ringside::trace
