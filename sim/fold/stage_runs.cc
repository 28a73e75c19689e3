#include "sim/fold/stage_runs.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "plan/mesh.h"

namespace ringside::sim {
namespace {

using Kind = plan::InstructionKind;

// Micro-batch by micro-batch, all chunks forward and then back, with the transfers that the stage has.
plan::InstructionList Instructions(const plan::Resolved& r, int stage, bool split) {
  const int steps = r.pp * r.chunks;
  const auto first = [&](int chunk) { return chunk * r.pp + stage == 0; };
  const auto last = [&](int chunk) { return chunk * r.pp + stage == steps - 1; };
  plan::InstructionList list;
  for (int m = 0; m < r.micro_batches; ++m) {
    for (int c = 0; c < r.chunks; ++c) {
      if (!first(c)) list.push_back({Kind::kRecvForward, m, c});
      list.push_back({Kind::kForward, m, c});
      if (!last(c)) list.push_back({Kind::kSendForward, m, c});
    }
    for (int c = r.chunks - 1; c >= 0; --c) {
      if (!last(c)) list.push_back({Kind::kRecvBackward, m, c});
      list.push_back({split ? Kind::kBackwardInput : Kind::kBackward, m, c});
      if (!first(c)) list.push_back({Kind::kSendBackward, m, c});
      if (split) list.push_back({Kind::kBackwardWeight, m, c});
    }
  }
  return list;
}

std::vector<RememberedRun>* RunsOf(Kind kind, ChunkRuns* chunk) {
  switch (kind) {
    case Kind::kForward:
      return &chunk->forward;
    case Kind::kBackward:
      return &chunk->backward;
    case Kind::kBackwardInput:
      return &chunk->backward_input;
    case Kind::kBackwardWeight:
      return &chunk->backward_weight;
    default:
      return nullptr;
  }
}

}  // namespace

StageRuns MakeStageRuns(const plan::Resolved& resolved, int stage, bool split, const FoldCosts& costs) {
  plan::Resolved r = resolved;
  r.micro_batches = std::min(r.micro_batches, kMostVariants);
  r.scenario.mutable_run()->set_eval_micro_batches(0);
  const int rank = plan::RankAt(r, {stage, 0, 0, 0});
  plan::MarkedProgram marked = plan::CompileInstructions(r, rank, Instructions(r, stage, split));
  StageRuns out;
  out.chunks.resize(r.chunks);
  for (size_t i = 0; i < marked.marks.size(); ++i) {
    const auto& [instruction, begin] = marked.marks[i];
    std::vector<RememberedRun>* runs = RunsOf(instruction.kind, &out.chunks[instruction.chunk]);
    if (runs == nullptr) continue;
    const int32_t end = i + 1 < marked.marks.size() ? marked.marks[i + 1].first_op : marked.tail;
    RINGSIDE_CHECK(static_cast<int>(runs->size()) == instruction.micro_batch);
    const bool forward = instruction.kind == Kind::kForward;
    double host_ns = costs.instruction_host_ns();
    for (int32_t op = begin; op < end; ++op) host_ns += costs.HostNs(marked.program.ops[op]);
    runs->emplace_back(MakeRun(marked.program, begin, end,
                               forward ? plan::Stream::kRecvForward : plan::Stream::kRecvBackward, costs),
                       host_ns);
  }
  StreamEnds idle{};
  out.begin_ns =
      Walk(MakeRun(marked.program, 0, marked.marks.front().first_op, plan::Stream::kRecvForward, costs), 0,
           {}, &idle);
  out.tail = marked.tail;
  out.program = std::move(marked.program);
  return out;
}

}  // namespace ringside::sim
