#include "plan/schedule.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace ringside::plan {
namespace {

using Kind = InstructionKind;

// Adds the transfers to a stage's compute order.
InstructionList WithTransfers(const InstructionList& compute, int stages, int stage) {
  const bool first = stage == 0;
  const bool last = stage == stages - 1;
  InstructionList list;
  const auto post_receive = [&](const Instruction& next) {
    if (next.kind == Kind::kForward && !first) list.push_back({Kind::kRecvForward, next.micro_batch});
    if (next.kind == Kind::kBackward && !last) list.push_back({Kind::kRecvBackward, next.micro_batch});
  };
  if (!compute.empty()) post_receive(compute[0]);
  for (size_t i = 0; i < compute.size(); ++i) {
    if (i + 1 < compute.size()) post_receive(compute[i + 1]);
    list.push_back(compute[i]);
    if (compute[i].kind == Kind::kForward && !last)
      list.push_back({Kind::kSendForward, compute[i].micro_batch});
    if (compute[i].kind == Kind::kBackward && !first)
      list.push_back({Kind::kSendBackward, compute[i].micro_batch});
  }
  return list;
}

// One stage while ValidateSchedule runs the lists.
struct StageState {
  size_t next = 0;                  // instruction
  std::vector<int> posted_forward;  // micro-batches in the order their receives were posted
  std::vector<int> posted_backward;
  std::vector<int> sent_forward;  // in the order their sends were started
  std::vector<int> sent_backward;
};

int Position(const std::vector<int>& list, int micro_batch) {
  const auto it = std::find(list.begin(), list.end(), micro_batch);
  return it == list.end() ? -1 : static_cast<int>(it - list.begin());
}

// Channels are FIFO: the k-th send meets the k-th receive; a transfer has ended once both were posted.
bool Met(const std::vector<int>& mine, const std::vector<int>& theirs, int micro_batch) {
  const int position = Position(mine, micro_batch);
  return position >= 0 && position < static_cast<int>(theirs.size());
}

absl::Status CheckEachOnce(const InstructionList& list, int stages, int stage, int micro_batches) {
  const auto count = [&](Kind kind, int m) {
    return std::count(list.begin(), list.end(), Instruction{kind, m});
  };
  for (const Instruction& instruction : list) {
    if (instruction.micro_batch < 0 || instruction.micro_batch >= micro_batches) {
      return absl::InvalidArgumentError(fmt::format("stage {}: micro-batch {} is outside of 0..{}", stage,
                                                    instruction.micro_batch, micro_batches - 1));
    }
  }
  for (int m = 0; m < micro_batches; ++m) {
    const bool first = stage == 0, last = stage == stages - 1;
    const std::pair<Kind, int> expected[] = {{Kind::kForward, 1},
                                             {Kind::kBackward, 1},
                                             {Kind::kRecvForward, first ? 0 : 1},
                                             {Kind::kSendForward, last ? 0 : 1},
                                             {Kind::kRecvBackward, last ? 0 : 1},
                                             {Kind::kSendBackward, first ? 0 : 1}};
    for (const auto& [kind, times] : expected) {
      if (count(kind, m) != times) {
        return absl::InvalidArgumentError(fmt::format("stage {}: {} comes {} times, not {}", stage,
                                                      ToString({{kind, m}}), count(kind, m), times));
      }
    }
    const auto at = [&](Kind kind) { return std::find(list.begin(), list.end(), Instruction{kind, m}); };
    if (at(Kind::kBackward) < at(Kind::kForward)) {
      return absl::InvalidArgumentError(fmt::format("stage {}: B{} comes before F{}", stage, m, m));
    }
    if (!last && at(Kind::kSendForward) < at(Kind::kForward)) {
      return absl::InvalidArgumentError(fmt::format("stage {}: s{} comes before F{}", stage, m, m));
    }
    if (!first && at(Kind::kSendBackward) < at(Kind::kBackward)) {
      return absl::InvalidArgumentError(fmt::format("stage {}: S{} comes before B{}", stage, m, m));
    }
  }
  return absl::OkStatus();
}

// Sends and receives of a channel must name the same micro-batches in the same order.
absl::Status CheckChannel(const InstructionList& sender, Kind send, const InstructionList& receiver,
                          Kind receive, int from, int to) {
  std::vector<int> sent, received;
  for (const auto& i : sender)
    if (i.kind == send) sent.push_back(i.micro_batch);
  for (const auto& i : receiver)
    if (i.kind == receive) received.push_back(i.micro_batch);
  if (sent == received) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("stage {} sends to stage {} in an order in which it does not receive", from, to));
}

}  // namespace

InstructionList GpipeSchedule(int stages, int stage, int micro_batches) {
  InstructionList compute;
  for (int m = 0; m < micro_batches; ++m) compute.push_back({Kind::kForward, m});
  for (int m = 0; m < micro_batches; ++m) compute.push_back({Kind::kBackward, m});
  return WithTransfers(compute, stages, stage);
}

InstructionList OneFOneBSchedule(int stages, int stage, int micro_batches) {
  RINGSIDE_CHECK(stage >= 0 && stage < stages);
  InstructionList compute;
  const int warmup = std::min(micro_batches, stages - 1 - stage);
  for (int m = 0; m < warmup; ++m) compute.push_back({Kind::kForward, m});
  for (int m = warmup; m < micro_batches; ++m) {
    compute.push_back({Kind::kForward, m});
    compute.push_back({Kind::kBackward, m - warmup});
  }
  for (int m = micro_batches - warmup; m < micro_batches; ++m) compute.push_back({Kind::kBackward, m});
  return WithTransfers(compute, stages, stage);
}

absl::Status ValidateSchedule(const std::vector<InstructionList>& stages, int micro_batches) {
  const int p = static_cast<int>(stages.size());
  for (int s = 0; s < p; ++s) {
    if (absl::Status status = CheckEachOnce(stages[s], p, s, micro_batches); !status.ok()) return status;
  }
  for (int s = 0; s + 1 < p; ++s) {
    absl::Status status =
        CheckChannel(stages[s], Kind::kSendForward, stages[s + 1], Kind::kRecvForward, s, s + 1);
    status.Update(CheckChannel(stages[s + 1], Kind::kSendBackward, stages[s], Kind::kRecvBackward, s + 1, s));
    if (!status.ok()) return status;
  }

  std::vector<StageState> state(p);
  // May the stage's next instruction be executed now?
  const auto ready = [&](int s, const Instruction& instruction) {
    const StageState& me = state[s];
    const int m = instruction.micro_batch;
    switch (instruction.kind) {
      case Kind::kForward:
        return s == 0 || Met(me.posted_forward, state[s - 1].sent_forward, m);
      case Kind::kBackward:
        return (s == p - 1 || (Met(me.posted_backward, state[s + 1].sent_backward, m) &&
                               Met(me.sent_forward, state[s + 1].posted_forward, m))) &&
               (me.sent_backward.empty() ||
                Met(me.sent_backward, state[s - 1].posted_backward, me.sent_backward.back()));
      default:
        return true;
    }
  };
  bool moved = true;
  while (moved) {
    moved = false;
    for (int s = 0; s < p; ++s) {
      StageState& me = state[s];
      while (me.next < stages[s].size() && ready(s, stages[s][me.next])) {
        const Instruction& instruction = stages[s][me.next++];
        moved = true;
        switch (instruction.kind) {
          case Kind::kRecvForward:
            me.posted_forward.push_back(instruction.micro_batch);
            break;
          case Kind::kSendForward:
            me.sent_forward.push_back(instruction.micro_batch);
            break;
          case Kind::kRecvBackward:
            me.posted_backward.push_back(instruction.micro_batch);
            break;
          case Kind::kSendBackward:
            me.sent_backward.push_back(instruction.micro_batch);
            break;
          default:
            break;
        }
      }
    }
  }
  std::string stuck;
  for (int s = 0; s < p; ++s) {
    if (state[s].next == stages[s].size()) continue;
    stuck += fmt::format("{}stage {} at {} (instruction {})", stuck.empty() ? "" : ", ", s,
                         ToString({stages[s][state[s].next]}), state[s].next);
  }
  if (stuck.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError("the schedule deadlocks: " + stuck);
}

std::string ToString(const InstructionList& list) {
  std::string text;
  for (const Instruction& instruction : list) {
    if (!text.empty()) text += ' ';
    text += fmt::format("{}{}", "FBrsRS"[static_cast<int>(instruction.kind)], instruction.micro_batch);
  }
  return text;
}

}  // namespace ringside::plan
