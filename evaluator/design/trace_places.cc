#include "evaluator/design/trace_places.h"

#include <cstdint>

#include "fmt/format.h"
#include "ringside/v1/program.pb.h"

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

}  // namespace ringside::evaluator
