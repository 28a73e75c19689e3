#include "evaluator/design/trace_places.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "fmt/format.h"

namespace ringside::evaluator {
namespace {

constexpr std::string_view kComputeStream = "compute";

// As plan::Describe, from the wire form.
std::string Describe(const v1::OpDef& op) {
  std::string text = fmt::format("{} {}", op.phase(), op.kind());
  if (op.stream() != kComputeStream) text += fmt::format(" on {}", op.stream());
  if (op.layer() >= 0) text += fmt::format(" layer {}", op.layer());
  if (op.micro_batch() >= 0) text += fmt::format(" mb {}", op.micro_batch());
  if (op.peer() >= 0) text += fmt::format(" peer {}", op.peer());
  return text;
}

const v1::OpDef* FindOp(const v1::Program& program, int op) {
  return op >= 0 && op < program.ops_size() ? &program.ops(op) : nullptr;
}

// Time of [begin, end) that lies in none of the sorted, disjoint `busy` intervals.
int64_t IdleWithin(const std::vector<std::pair<int64_t, int64_t>>& busy, int64_t begin, int64_t end) {
  int64_t idle = end - begin;
  auto at = std::partition_point(busy.begin(), busy.end(), [&](const auto& b) { return b.second <= begin; });
  for (; at != busy.end() && at->first < end; ++at)
    idle -= std::min(at->second, end) - std::max(at->first, begin);
  return idle;
}

}  // namespace

std::string PlaceOf(const v1::Trace& trace, std::string_view location, int rank, int step, int op) {
  std::string place = fmt::format("{}, rank {}", location, rank);
  if (step >= 0) place += fmt::format(", step {}", step);
  const v1::OpDef* def = rank < trace.programs_size() ? FindOp(trace.programs(rank), op) : nullptr;
  if (def != nullptr) place += fmt::format(", op {} {}", op, Describe(*def));
  return place;
}

PeakPlace FindPeak(const v1::RankTrace& rank) {
  PeakPlace peak;
  int64_t live_bytes = 0, highest_bytes = 0;
  for (const v1::MemoryEvent& event : rank.memory()) {
    live_bytes += event.delta_bytes();
    if (live_bytes <= highest_bytes) continue;
    highest_bytes = live_bytes;
    peak = {event.step(), event.op()};
  }
  return peak;
}

int MostExposedOp(const v1::Program& program, const v1::RankTrace& rank, int step,
                  const std::function<bool(const v1::OpDef&)>& wanted) {
  std::vector<std::pair<int64_t, int64_t>> busy;  // compute ops follow each other: sorted and disjoint
  for (const v1::OpSpan& span : rank.spans()) {
    const v1::OpDef* op = span.step() == step ? FindOp(program, span.op()) : nullptr;
    if (op != nullptr && op->stream() == kComputeStream) busy.push_back({span.start_ns(), span.end_ns()});
  }
  int best = -1;
  std::pair<int64_t, int64_t> best_times = {-1, -1};  // exposed, then in all
  for (const v1::OpSpan& span : rank.spans()) {
    const v1::OpDef* op = span.step() == step ? FindOp(program, span.op()) : nullptr;
    if (op == nullptr || op->stream() == kComputeStream || !wanted(*op)) continue;
    const std::pair<int64_t, int64_t> times = {IdleWithin(busy, span.start_ns(), span.end_ns()),
                                               span.end_ns() - span.start_ns()};
    if (times > best_times) best_times = times, best = span.op();
  }
  return best;
}

int LongestComputeOp(const v1::Program& program, const v1::RankTrace& rank, int step) {
  int best = -1;
  int64_t best_ns = -1;
  for (const v1::OpSpan& span : rank.spans()) {
    const v1::OpDef* op = span.step() == step ? FindOp(program, span.op()) : nullptr;
    if (op == nullptr || op->stream() != kComputeStream) continue;
    const int64_t ns = span.end_ns() - span.start_ns();
    if (ns > best_ns) best_ns = ns, best = span.op();
  }
  return best;
}

}  // namespace ringside::evaluator
