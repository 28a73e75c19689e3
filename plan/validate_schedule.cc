#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/status_macros.h"
#include "plan/schedule.h"

namespace ringside::plan {
namespace {

using Kind = InstructionKind;

// The way of a micro-batch through the model, step by step; transfers are numbered by the earlier of their
// two steps.
class Way {
 public:
  explicit Way(const PipelineShape& shape) : shape_(shape), steps_(shape.stages * shape.chunks) {}
  int StepOf(int stage, int chunk) const { return chunk * shape_.stages + stage; }
  bool first(int step) const { return step == 0; }
  bool last(int step) const { return step == steps_ - 1; }
  int Transfer(int earlier_step, int m) const { return m * steps_ + earlier_step; }
  int transfers() const { return (shape_.micro_batches + shape_.evals) * steps_; }
  int Next(int stage) const { return (stage + 1) % shape_.stages; }
  int Previous(int stage) const { return (stage + shape_.stages - 1) % shape_.stages; }

 private:
  const PipelineShape& shape_;
  const int steps_;
};

// One end of a channel: the transfers that were posted there, in order.
class Posted {
 public:
  explicit Posted(int transfers) : position_(transfers, -1) {}
  void Add(int transfer) {
    position_[last_ = transfer] = count_++;
    order_.push_back(transfer);
  }
  bool empty() const { return count_ == 0; }
  int last() const { return last_; }
  const std::vector<int>& order() const { return order_; }

  // Channels are FIFO: the k-th send meets the k-th receive; a transfer has ended once both were posted.
  bool Met(const Posted& other, int transfer) const {
    const int position = position_[transfer];
    return position >= 0 && position < other.count_;
  }

 private:
  std::vector<int> position_;  // by transfer; -1: not yet
  std::vector<int> order_;
  int count_ = 0;
  int last_ = -1;
};

// One stage while the lists run.
struct StageState {
  explicit StageState(int transfers)
      : received_forward(transfers),
        received_backward(transfers),
        sent_forward(transfers),
        sent_backward(transfers) {}
  size_t next = 0;  // instruction
  Posted received_forward, received_backward, sent_forward, sent_backward;
};

absl::Status CheckEachOnce(const InstructionList& list, const PipelineShape& shape, int stage) {
  const Way way(shape);
  const int all = shape.micro_batches + shape.evals;
  using PerKind = std::array<int, kNumInstructionKinds>;
  std::vector<PerKind> times(all * shape.chunks), place(all * shape.chunks);
  for (size_t i = 0; i < list.size(); ++i) {
    const auto& [kind, m, chunk] = list[i];
    if (m < 0 || m >= all || chunk < 0 || chunk >= shape.chunks) {
      return absl::InvalidArgumentError(fmt::format("stage {}: {}: there are {} micro-batches and {} chunks",
                                                    stage, ToString({list[i]}), all, shape.chunks));
    }
    ++times[m * shape.chunks + chunk][static_cast<int>(kind)];
    place[m * shape.chunks + chunk][static_cast<int>(kind)] = static_cast<int>(i);
  }
  for (int m = 0; m < all; ++m) {
    for (int chunk = 0; chunk < shape.chunks; ++chunk) {
      const PerKind& count = times[m * shape.chunks + chunk];
      const auto found = [&](Kind kind) { return count[static_cast<int>(kind)]; };
      const auto at = [&](Kind kind) { return place[m * shape.chunks + chunk][static_cast<int>(kind)]; };
      const int step = way.StepOf(stage, chunk);
      const int trains = m < shape.micro_batches ? 1 : 0;
      const bool split = found(Kind::kBackwardInput) + found(Kind::kBackwardWeight) > 0;
      const int receives = way.first(step) ? 0 : 1, sends = way.last(step) ? 0 : 1;
      const std::pair<Kind, int> expected[] = {{Kind::kForward, 1},
                                               {Kind::kBackward, split ? 0 : trains},
                                               {Kind::kBackwardInput, split ? trains : 0},
                                               {Kind::kBackwardWeight, split ? trains : 0},
                                               {Kind::kRecvForward, receives},
                                               {Kind::kSendForward, sends},
                                               {Kind::kRecvBackward, sends * trains},
                                               {Kind::kSendBackward, receives * trains}};
      for (const auto& [kind, wanted] : expected) {
        if (found(kind) == wanted) continue;
        return absl::InvalidArgumentError(fmt::format("stage {}: {} comes {} times, not {}", stage,
                                                      ToString({{kind, m, chunk}}), found(kind), wanted));
      }
      const Kind back = split ? Kind::kBackwardInput : Kind::kBackward;
      const auto in_order = [&](Kind earlier, Kind later) -> absl::Status {
        if (found(earlier) == 0 || found(later) == 0 || at(earlier) < at(later)) return absl::OkStatus();
        return absl::InvalidArgumentError(fmt::format("stage {}: {} comes before {}", stage,
                                                      ToString({{later, m, chunk}}),
                                                      ToString({{earlier, m, chunk}})));
      };
      RINGSIDE_RETURN_IF_ERROR(in_order(Kind::kForward, back));
      RINGSIDE_RETURN_IF_ERROR(in_order(back, Kind::kBackwardWeight));
      RINGSIDE_RETURN_IF_ERROR(in_order(Kind::kForward, Kind::kSendForward));
      RINGSIDE_RETURN_IF_ERROR(in_order(back, Kind::kSendBackward));
    }
  }
  return absl::OkStatus();
}

class Run {
 public:
  Run(const std::vector<InstructionList>& stages, const PipelineShape& shape)
      : stages_(stages), way_(shape), state_(stages.size(), StageState(way_.transfers())) {}

  absl::Status ToTheEnd() {
    for (bool moved = true; moved;) {
      moved = false;
      for (int s = 0; s < static_cast<int>(stages_.size()); ++s) moved |= Advance(s);
    }
    std::string stuck;
    for (size_t s = 0; s < stages_.size(); ++s) {
      if (state_[s].next == stages_[s].size()) continue;
      stuck += fmt::format("{}stage {} at {} (instruction {})", stuck.empty() ? "" : ", ", s,
                           ToString({stages_[s][state_[s].next]}), state_[s].next);
    }
    if (!stuck.empty()) return absl::InvalidArgumentError("the schedule deadlocks: " + stuck);
    for (int s = 0; s < static_cast<int>(stages_.size()); ++s) {
      RINGSIDE_RETURN_IF_ERROR(
          CheckOrder(s, way_.Next(s), state_[s].sent_forward, state_[way_.Next(s)].received_forward));
      RINGSIDE_RETURN_IF_ERROR(CheckOrder(s, way_.Previous(s), state_[s].sent_backward,
                                          state_[way_.Previous(s)].received_backward));
    }
    return absl::OkStatus();
  }

 private:
  // Sends and receives of a channel must name the same micro-batches in the same order.
  static absl::Status CheckOrder(int from, int to, const Posted& sent, const Posted& received) {
    if (sent.order() == received.order()) return absl::OkStatus();
    return absl::InvalidArgumentError(
        fmt::format("stage {} sends to stage {} in an order in which it does not receive", from, to));
  }

  // May the stage's next instruction be executed now?
  bool Ready(int s, const Instruction& instruction) const {
    const StageState &me = state_[s], &next = state_[way_.Next(s)], &previous = state_[way_.Previous(s)];
    const int step = way_.StepOf(s, instruction.chunk), m = instruction.micro_batch;
    switch (instruction.kind) {
      case Kind::kForward:
        return way_.first(step) || me.received_forward.Met(previous.sent_forward, way_.Transfer(step - 1, m));
      case Kind::kBackward:
      case Kind::kBackwardInput: {
        const int transfer = way_.Transfer(step, m);
        const bool arrived = way_.last(step) || (me.received_backward.Met(next.sent_backward, transfer) &&
                                                 me.sent_forward.Met(next.received_forward, transfer));
        return arrived && (me.sent_backward.empty() ||
                           me.sent_backward.Met(previous.received_backward, me.sent_backward.last()));
      }
      default:
        return true;
    }
  }

  bool Advance(int s) {
    StageState& me = state_[s];
    bool moved = false;
    for (; me.next < stages_[s].size() && Ready(s, stages_[s][me.next]); ++me.next, moved = true) {
      const auto& [kind, m, chunk] = stages_[s][me.next];
      const int step = way_.StepOf(s, chunk);
      if (kind == Kind::kRecvForward) me.received_forward.Add(way_.Transfer(step - 1, m));
      if (kind == Kind::kSendForward) me.sent_forward.Add(way_.Transfer(step, m));
      if (kind == Kind::kRecvBackward) me.received_backward.Add(way_.Transfer(step, m));
      if (kind == Kind::kSendBackward) me.sent_backward.Add(way_.Transfer(step - 1, m));
    }
    return moved;
  }

  const std::vector<InstructionList>& stages_;
  const Way way_;
  std::vector<StageState> state_;
};

}  // namespace

absl::Status ValidateSchedule(const std::vector<InstructionList>& stages, const PipelineShape& shape) {
  if (static_cast<int>(stages.size()) != shape.stages) {
    return absl::InvalidArgumentError(fmt::format("{} lists for {} stages", stages.size(), shape.stages));
  }
  for (int s = 0; s < shape.stages; ++s) RINGSIDE_RETURN_IF_ERROR(CheckEachOnce(stages[s], shape, s));
  return Run(stages, shape).ToTheEnd();
}

}  // namespace ringside::plan
