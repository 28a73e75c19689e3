#include "plan/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "base/check.h"

namespace ringside::plan {
namespace {

using Kind = InstructionKind;

// Adds the transfers to a stage's compute order, and the micro-batches of evaluation.
InstructionList WithTransfers(InstructionList compute, const PipelineShape& shape, int stage) {
  for (int e = 0; e < shape.evals; ++e) {
    for (int c = 0; c < shape.chunks; ++c) compute.push_back({Kind::kForward, shape.micro_batches + e, c});
  }
  const int steps = shape.stages * shape.chunks;
  const auto first = [&](int chunk) { return chunk * shape.stages + stage == 0; };
  const auto last = [&](int chunk) { return chunk * shape.stages + stage == steps - 1; };
  const auto goes_back = [](Kind kind) { return kind == Kind::kBackward || kind == Kind::kBackwardInput; };
  InstructionList list;
  const auto post_receive = [&](const Instruction& next) {
    if (next.kind == Kind::kForward && !first(next.chunk)) {
      list.push_back({Kind::kRecvForward, next.micro_batch, next.chunk});
    }
    if (goes_back(next.kind) && !last(next.chunk)) {
      list.push_back({Kind::kRecvBackward, next.micro_batch, next.chunk});
    }
  };
  if (!compute.empty()) post_receive(compute[0]);
  for (size_t i = 0; i < compute.size(); ++i) {
    const auto [kind, m, chunk] = compute[i];
    if (i + 1 < compute.size()) post_receive(compute[i + 1]);
    list.push_back(compute[i]);
    if (kind == Kind::kForward && !last(chunk)) list.push_back({Kind::kSendForward, m, chunk});
    if (goes_back(kind) && !first(chunk)) list.push_back({Kind::kSendBackward, m, chunk});
  }
  return list;
}

// Which micro-batches go forward before the first goes backward, and then one each in turn.
InstructionList Alternate(const InstructionList& forwards, const InstructionList& backwards, int warmup) {
  InstructionList list(forwards.begin(), forwards.begin() + warmup);
  const int all = static_cast<int>(forwards.size());
  for (int i = warmup; i < all; ++i) {
    list.push_back(forwards[i]);
    list.push_back(backwards[i - warmup]);
  }
  list.insert(list.end(), backwards.begin() + (all - warmup), backwards.end());
  return list;
}

InstructionList OneFOneBOrder(const PipelineShape& shape, int stage) {
  RINGSIDE_CHECK(stage >= 0 && stage < shape.stages && shape.chunks == 1);
  InstructionList forwards, backwards;
  for (int m = 0; m < shape.micro_batches; ++m) {
    forwards.push_back({Kind::kForward, m});
    backwards.push_back({Kind::kBackward, m});
  }
  return Alternate(forwards, backwards, std::min(shape.micro_batches, shape.stages - 1 - stage));
}

}  // namespace

InstructionList GpipeSchedule(const PipelineShape& shape, int stage) {
  RINGSIDE_CHECK(shape.chunks == 1);
  InstructionList compute;
  for (int m = 0; m < shape.micro_batches; ++m) compute.push_back({Kind::kForward, m});
  for (int m = 0; m < shape.micro_batches; ++m) compute.push_back({Kind::kBackward, m});
  return WithTransfers(std::move(compute), shape, stage);
}

InstructionList OneFOneBSchedule(const PipelineShape& shape, int stage) {
  return WithTransfers(OneFOneBOrder(shape, stage), shape, stage);
}

InstructionList InterleavedSchedule(const PipelineShape& shape, int stage) {
  const int p = shape.stages, v = shape.chunks, all = shape.micro_batches * v;
  RINGSIDE_CHECK(shape.micro_batches % p == 0);
  // p micro-batches go through a chunk, then through the next one.
  InstructionList forwards, backwards;
  for (int i = 0; i < all; ++i) {
    const int chunk = i % (p * v) / p, m = i / (p * v) * p + i % p;
    forwards.push_back({Kind::kForward, m, chunk});
    backwards.push_back({Kind::kBackward, m, v - 1 - chunk});
  }
  const int warmup = shape.micro_batches == p ? all : std::min(all, 2 * (p - 1 - stage) + (v - 1) * p);
  return WithTransfers(Alternate(forwards, backwards, warmup), shape, stage);
}

InstructionList ZeroBubbleSchedule(const PipelineShape& shape, int stage) {
  InstructionList compute;
  std::deque<int> open;  // micro-batches whose weight gradients wait
  const auto finish_one = [&] {
    compute.push_back({Kind::kBackwardWeight, open.front()});
    open.pop_front();
  };
  int forwards_left = shape.micro_batches;
  for (const Instruction& instruction : OneFOneBOrder(shape, stage)) {
    if (instruction.kind == Kind::kForward) {
      compute.push_back(instruction);
      --forwards_left;
      continue;
    }
    compute.push_back({Kind::kBackwardInput, instruction.micro_batch});
    open.push_back(instruction.micro_batch);
    // While forwards come, hold back as many as the stage's place allows; then fill the waits for gradients.
    if (forwards_left == 0 || static_cast<int>(open.size()) > stage) finish_one();
  }
  while (!open.empty()) finish_one();
  return WithTransfers(std::move(compute), shape, stage);
}

std::string ToString(const InstructionList& list) {
  std::string text;
  for (const Instruction& instruction : list) {
    if (!text.empty()) text += ' ';
    text += fmt::format("{}{}", "FBIWrsRS"[static_cast<int>(instruction.kind)], instruction.micro_batch);
    if (instruction.chunk > 0) text += fmt::format(".{}", instruction.chunk);
  }
  return text;
}

}  // namespace ringside::plan
