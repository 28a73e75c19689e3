#include "plan/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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

// One end of a channel: the transfers that were posted there, in order.
class Posted {
 public:
  explicit Posted(int micro_batches) : position_(micro_batches, -1) {}
  void Add(int micro_batch) { position_[last_ = micro_batch] = count_++; }
  bool empty() const { return count_ == 0; }
  int last() const { return last_; }  // micro-batch

  // Channels are FIFO: the k-th send meets the k-th receive; a transfer has ended once both were posted.
  bool Met(const Posted& other, int micro_batch) const {
    const int position = position_[micro_batch];
    return position >= 0 && position < other.count_;
  }

 private:
  std::vector<int> position_;  // by micro-batch; -1: not yet
  int count_ = 0;
  int last_ = -1;
};

// One stage while ValidateSchedule runs the lists.
struct StageState {
  explicit StageState(int micro_batches)
      : received_forward(micro_batches),
        received_backward(micro_batches),
        sent_forward(micro_batches),
        sent_backward(micro_batches) {}
  size_t next = 0;  // instruction
  Posted received_forward, received_backward, sent_forward, sent_backward;
};

absl::Status CheckEachOnce(const InstructionList& list, int stages, int stage, int micro_batches) {
  constexpr int kKinds = 6;
  std::vector<std::array<int, kKinds>> times(micro_batches), place(micro_batches);
  for (size_t i = 0; i < list.size(); ++i) {
    const Instruction& instruction = list[i];
    if (instruction.micro_batch < 0 || instruction.micro_batch >= micro_batches) {
      return absl::InvalidArgumentError(fmt::format("stage {}: micro-batch {} is outside of 0..{}", stage,
                                                    instruction.micro_batch, micro_batches - 1));
    }
    ++times[instruction.micro_batch][static_cast<int>(instruction.kind)];
    place[instruction.micro_batch][static_cast<int>(instruction.kind)] = static_cast<int>(i);
  }
  for (int m = 0; m < micro_batches; ++m) {
    const bool first = stage == 0, last = stage == stages - 1;
    const std::pair<Kind, int> expected[] = {{Kind::kForward, 1},
                                             {Kind::kBackward, 1},
                                             {Kind::kRecvForward, first ? 0 : 1},
                                             {Kind::kSendForward, last ? 0 : 1},
                                             {Kind::kRecvBackward, last ? 0 : 1},
                                             {Kind::kSendBackward, first ? 0 : 1}};
    for (const auto& [kind, wanted] : expected) {
      const int found = times[m][static_cast<int>(kind)];
      if (found != wanted) {
        return absl::InvalidArgumentError(
            fmt::format("stage {}: {} comes {} times, not {}", stage, ToString({{kind, m}}), found, wanted));
      }
    }
    const auto at = [&](Kind kind) { return place[m][static_cast<int>(kind)]; };
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

  std::vector<StageState> state(p, StageState(micro_batches));
  // May the stage's next instruction be executed now?
  const auto ready = [&](int s, const Instruction& instruction) {
    const StageState& me = state[s];
    const int m = instruction.micro_batch;
    switch (instruction.kind) {
      case Kind::kForward:
        return s == 0 || me.received_forward.Met(state[s - 1].sent_forward, m);
      case Kind::kBackward:
        return (s == p - 1 || (me.received_backward.Met(state[s + 1].sent_backward, m) &&
                               me.sent_forward.Met(state[s + 1].received_forward, m))) &&
               (me.sent_backward.empty() ||
                me.sent_backward.Met(state[s - 1].received_backward, me.sent_backward.last()));
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
            me.received_forward.Add(instruction.micro_batch);
            break;
          case Kind::kSendForward:
            me.sent_forward.Add(instruction.micro_batch);
            break;
          case Kind::kRecvBackward:
            me.received_backward.Add(instruction.micro_batch);
            break;
          case Kind::kSendBackward:
            me.sent_backward.Add(instruction.micro_batch);
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
