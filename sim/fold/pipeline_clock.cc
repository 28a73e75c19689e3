#include "sim/fold/pipeline_clock.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace ringside::sim {
namespace {

using Kind = plan::InstructionKind;

// One direction between two neighbouring stages. Transfers are FIFO: they are met in the order in which both
// ends post them.
class Channel {
 public:
  explicit Channel(int transfers) : posted_(transfers, kNone), end_(transfers, kNone) {}

  // One of the two ends posts `transfer` at `now_ns`; when both have, it goes over.
  void Post(int transfer, double now_ns, double transfer_ns) {
    if (posted_[transfer] == kNone) {
      posted_[transfer] = now_ns;
      return;
    }
    free_ns_ = end_[transfer] = std::max({posted_[transfer], now_ns, free_ns_}) + transfer_ns;
  }
  // kNone: not both ends have posted it.
  double End(int transfer) const { return end_[transfer]; }

  static constexpr double kNone = -1;

 private:
  std::vector<double> posted_, end_;
  double free_ns_ = 0;
};

class Runner {
 public:
  explicit Runner(const PipelineClock& clock)
      : clock_(clock),
        stages_(clock.shape.stages),
        steps_(clock.shape.stages * clock.shape.chunks),
        next_(stages_, 0),
        last_sent_(stages_, -1) {
    const int transfers = (clock.shape.micro_batches + clock.shape.evals) * steps_;
    forward_.assign(stages_, Channel(transfers));
    backward_.assign(stages_, Channel(transfers));
    times_.stage_end_ns = clock.begin_ns;
    times_.in_instructions_ns.assign(stages_, 0);
    times_.stream_ends.assign(stages_, StreamEnds{});
  }

  PipelineTimes Run() {
    for (bool moved = true; moved;) {
      moved = false;
      for (int s = 0; s < stages_; ++s) moved |= Advance(s);
    }
    for (int s = 0; s < stages_; ++s) RINGSIDE_CHECK(next_[s] == clock_.lists[s].size());
    return std::move(times_);
  }

 private:
  int Next(int stage) const { return (stage + 1) % stages_; }
  int Previous(int stage) const { return (stage + stages_ - 1) % stages_; }
  int Transfer(int earlier_step, int m) const { return m * steps_ + earlier_step; }

  bool Advance(int s) {
    bool moved = false;
    for (; next_[s] < clock_.lists[s].size() && Execute(s, clock_.lists[s][next_[s]]); ++next_[s]) {
      moved = true;
      ++times_.instructions;
    }
    return moved;
  }

  // A channel belongs to the stage that sends on it.
  bool Execute(int s, const plan::Instruction& i) {
    const int step = i.chunk * stages_ + s, m = i.micro_batch;
    double& now = times_.stage_end_ns[s];
    switch (i.kind) {
      case Kind::kRecvForward:
        forward_[Previous(s)].Post(Transfer(step - 1, m), now, clock_.transfer_ns(Previous(s), s));
        return true;
      case Kind::kSendForward:
        forward_[s].Post(Transfer(step, m), now, clock_.transfer_ns(s, Next(s)));
        return true;
      case Kind::kRecvBackward:
        backward_[Next(s)].Post(Transfer(step, m), now, clock_.transfer_ns(Next(s), s));
        return true;
      case Kind::kSendBackward:
        last_sent_[s] = Transfer(step - 1, m);
        backward_[s].Post(last_sent_[s], now, clock_.transfer_ns(s, Previous(s)));
        return true;
      case Kind::kForward:
        return Compute(
            s, i,
            {step == 0 ? kNothing : forward_[Previous(s)].End(Transfer(step - 1, m)), kNothing, kNothing});
      case Kind::kBackward:
      case Kind::kBackwardInput: {
        const bool ends = step == steps_ - 1;
        return Compute(s, i,
                       {ends ? kNothing : backward_[Next(s)].End(Transfer(step, m)),
                        ends ? kNothing : forward_[s].End(Transfer(step, m)),
                        last_sent_[s] < 0 ? kNothing : backward_[s].End(last_sent_[s])});
      }
      case Kind::kBackwardWeight:
        return Compute(s, i, {kNothing, kNothing, kNothing});
    }
    return false;
  }

  // False: not all that it may wait for has been posted at both ends.
  bool Compute(int s, const plan::Instruction& i, const Arrivals& arrivals) {
    for (const double arrival : arrivals) {
      if (arrival == Channel::kNone) return false;
    }
    double& now = times_.stage_end_ns[s];
    const double start = now;
    now = clock_.execute(s, i, start, arrivals, &times_.stream_ends[s]);
    times_.in_instructions_ns[s] += now - start;
    return true;
  }

  static constexpr double kNothing = -INFINITY;

  const PipelineClock& clock_;
  const int stages_, steps_;
  std::vector<size_t> next_;
  std::vector<Channel> forward_, backward_;
  std::vector<int> last_sent_;  // backward
  PipelineTimes times_;
};

}  // namespace

PipelineTimes RunPipeline(const PipelineClock& clock) {
  return Runner(clock).Run();
}

}  // namespace ringside::sim
