#include "sim/search/pipeline_paths.h"

#include <algorithm>

namespace ringside::sim {
namespace {

// F and B of one micro-batch; `b` without what may be put off.
struct Lap {
  double f = 0, b = 0;
};

class Paths {
 public:
  explicit Paths(const PipelineShapeTimes& t)
      : t_(t), p_(t.stages), m_(t.micro_batches), split_(t.schedule == v1::SCHEDULE_ZERO_BUBBLE) {}

  PipelineEnds Ends() {
    if (p_ == 1) {
      const StageClock& s = t_.first;
      const double busy = m_ * s.forward + Backwards(s, m_, true) + Weights(s, m_, true);
      return {busy, busy, busy};
    }
    switch (t_.schedule) {
      case v1::SCHEDULE_GPIPE:
        Gpipe();
        break;
      case v1::SCHEDULE_INTERLEAVED:
        Interleaved();
        break;
      default:
        for (const int s : {0, 1, p_ - 2, p_ - 1}) ThroughStage(s);
        RoundTrips();
    }
    for (const int s : {0, 1, p_ - 1}) Busy(s);
    return ends_;
  }

 private:
  const StageClock& At(int s) const { return s == 0 ? t_.first : s == p_ - 1 ? t_.last : t_.middle; }

  // Backward passes (input gradients where they are split) of `count` micro-batches, the first among them?
  double Backwards(const StageClock& s, int count, bool first) const {
    if (count <= 0) return 0;
    const double each = split_ ? s.input : s.backward;
    const double once = split_ ? s.input_first : s.backward_first;
    return count * each + (first ? once - each : 0);
  }
  double Weights(const StageClock& s, int count, bool first) const {
    if (!split_ || count <= 0) return 0;
    return count * s.weight + (first ? s.weight_first - s.weight : 0);
  }
  double F(int s) const { return At(s).forward; }
  double B(int s, bool first = false) const { return Backwards(At(s), 1, first); }
  // From the arrival of what a pass waits for to its end. The ends of the pipeline wait for nothing.
  double ForwardAfter(int s) const {
    const StageClock& at = At(s);
    return s > 0 ? at.forward - at.first.forward + at.first.forward_after : at.forward;
  }
  double BackwardAfter(int s, bool first = false) const {
    if (s == p_ - 1) return B(s, first);
    const ChunkTimes& at = At(s).last;  // with one chunk, the same as `first`
    return first ? at.backward_after_first : at.backward_after;
  }

  // Sum over the stages [from, to) of forward / backward passes of one micro-batch and the transfers behind
  // them.
  template <typename Of>
  double Sum(int from, int to, Of of) const {
    double sum = 0;
    if (from <= 0 && to > 0) sum += of(0);
    const int middle = std::min(to, p_ - 1) - std::max(from, 1);
    if (middle > 0) sum += middle * of(1);
    if (to > p_ - 1 && from <= p_ - 1) sum += of(p_ - 1);
    return sum;
  }
  double Down(int from, int to) const {
    return Sum(from, to, [&](int s) { return ForwardAfter(s) + t_.transfer_ns; });
  }
  double Up(int from, int to, bool first = false) const {
    return Sum(from, to, [&](int s) { return BackwardAfter(s, first) + t_.transfer_ns; });
  }

  // The last backward of stage s has ended at `end`: it goes up to the first stage.
  void Drain(int s, double end) {
    const double at_first = end + Up(0, s);
    // Split: the weights' gradient of the last micro-batch is still to come on every stage.
    const double after = Weights(t_.first, 1, m_ == 1);
    ends_.first_ns = std::max(ends_.first_ns, at_first + after);
    if (s >= 1 && p_ > 2)
      ends_.middle_ns = std::max(ends_.middle_ns, end + Up(1, s) + Weights(t_.middle, 1, m_ == 1));
    if (s == p_ - 1) ends_.last_ns = std::max(ends_.last_ns, end + Weights(t_.last, 1, m_ == 1));
  }

  // Weight gradients that stage s has behind it when its last input gradient begins.
  int WeightsBefore(int s) const {
    const int w = p_ - 1 - s;
    return std::max(0, m_ - 1 - w - s) + std::min(w, m_ - 1);
  }

  void ThroughStage(int s) {
    if (s < 0) return;
    const int w = std::min(p_ - 1 - s, m_);
    const StageClock& at = At(s);
    const double there =
        Down(0, p_) - t_.transfer_ns;  // the first micro-batch has come to the end of the last
    const double back = Up(s + 1, p_, true) - (B(s, true) - BackwardAfter(s, true));
    if (m_ <= w) {  // all forwards before the first backward
      Drain(s, there + back + Backwards(at, m_, true));
      return;
    }
    const int both = m_ - 1 - w;  // backwards, and forwards but for the first, in the steady part
    const double steady =
        Backwards(at, both, true) + both * at.forward + Weights(at, std::max(0, both - s), false);
    if (both > 0) {
      Drain(s, there + back + steady + Down(s + 1, p_) + Up(s + 1, p_) + BackwardAfter(s));
    }
    // Not waiting for the last to come back: busy with what is left.
    const double left = Backwards(at, m_, true) + (m_ - 1 - w) * at.forward +
                        Weights(at, std::min(WeightsBefore(s), m_ - 1), true);
    Drain(s, there + back + left);
  }

  void RoundTrips() {
    const double held = Weights(t_.first, 1, false);
    const double trip = Down(0, p_) + Up(0, p_) - 2 * t_.transfer_ns;
    const int trips = (m_ - 1) / p_, rest = (m_ - 1) % p_;
    const double first = trip - (Up(0, p_) - Up(0, p_, true));
    // Where a trip begins on the first stage the backward of the one before has just ended there.
    const double before = first + held + std::max(0, trips - 1) * (trip + held);
    const double last_lap = rest * (t_.last.forward + Backwards(t_.last, 1, false));
    const double end = (trips > 0 ? before : 0) + (trips > 0 ? trip : first) + last_lap;
    Drain(0, end);
  }

  void Gpipe() {
    const StageClock* slow_f = &t_.first;
    const StageClock* slow_b = &t_.first;
    for (const StageClock* s : {&t_.last, p_ > 2 ? &t_.middle : &t_.last}) {
      if (s->forward > slow_f->forward) slow_f = s;
      if (s->backward > slow_b->backward) slow_b = s;
    }
    const double f = Down(0, p_) - t_.transfer_ns + (m_ - 1) * std::max(slow_f->forward, t_.transfer_ns);
    const double b = Up(0, p_, true) - t_.transfer_ns + (m_ - 1) * std::max(slow_b->backward, t_.transfer_ns);
    Drain(0, f + b);
    const double last = f + Backwards(t_.last, m_, true);
    ends_.last_ns = std::max(ends_.last_ns, last);
    if (p_ > 2) ends_.middle_ns = std::max(ends_.middle_ns, f + b - B(0) - t_.transfer_ns);
  }

  void Interleaved() {
    const int v = t_.chunks;
    const double p = p_, chunks = v;
    const StageClock& last = t_.last;
    // The first micro-batch round the stages, once a chunk: waiting for it, or for the other p - 1 before.
    const auto lead = [](const ChunkTimes& chunk) { return chunk.forward - chunk.forward_after; };
    const auto round = [&](ChunkTimes StageClock::*chunk, bool begins, bool ends) {
      const double at_first = (t_.first.*chunk).forward - (begins ? 0 : lead(t_.first.*chunk));
      const double hops = (p - 1) * t_.transfer_ns + (ends ? 0 : t_.wrap_ns);
      return at_first + (p_ > 2 ? (p - 2) * (t_.middle.*chunk).forward_after : 0) +
             (last.*chunk).forward_after + hops;
    };
    const auto busy = [&](ChunkTimes StageClock::*chunk) { return p * (t_.first.*chunk).forward; };
    double way = std::max(round(&StageClock::first, true, false), busy(&StageClock::first));
    if (v > 2) {
      way += (chunks - 2) * std::max(round(&StageClock::middle, false, false), busy(&StageClock::middle));
    }
    way += round(&StageClock::last, false, true);
    // Forward passes that the last stage still has then.
    double forwards = m_ == p_ ? (p - 1) * last.last.forward : 0;
    if (m_ > p_) {
      const double least =
          std::min({last.first.forward, last.last.forward, v > 2 ? last.middle.forward : last.last.forward});
      const double mean =
          (last.forward * m_ - (chunks - 1) * p * least - least) / (m_ * chunks - (chunks - 1) * p - 1);
      const double left = m_ * chunks - (chunks - 1) * p - 1;
      forwards = std::min(left * mean,
                          m_ * last.forward - (chunks - 1) * p * last.first.forward - last.last.forward);
    }
    DrainChunk(p_ - 1, way + forwards + Backwards(last, m_, true));
    // The last p micro-batches round the stages.
    const auto back = [&](ChunkTimes StageClock::*chunk) {
      const double hops = (p - 1) * t_.transfer_ns + t_.wrap_ns;
      const double round = (last.*chunk).backward_after +
                           (p_ > 2 ? (p - 2) * (t_.middle.*chunk).backward_after : 0) +
                           (t_.first.*chunk).backward_after + hops;
      return std::max(round, p * (last.*chunk).backward);
    };
    double rounds = back(&StageClock::last) + (v > 2 ? (chunks - 2) * back(&StageClock::middle) : 0);
    rounds += last.first.backward * p;
    const double before = m_ > p_ ? Backwards(last, m_ - p_, true) : Backwards(last, 1, true) - last.backward;
    DrainChunk(p_ - 1, way + forwards + before + rounds);
  }

  // As Drain, of the first chunks.
  void DrainChunk(int s, double end) {
    const auto up = [&](int to_stage) {
      return Sum(to_stage, s, [&](int k) { return At(k).first.backward_after + t_.transfer_ns; });
    };
    ends_.first_ns = std::max(ends_.first_ns, end + up(0));
    if (s >= 1 && p_ > 2) ends_.middle_ns = std::max(ends_.middle_ns, end + up(1));
    if (s == p_ - 1) ends_.last_ns = std::max(ends_.last_ns, end);
  }

  // A stage that is never idle once it has begun.
  void Busy(int s) {
    if (t_.chunks > 1) {
      const double begins =
          Sum(0, s,
              [&](int k) {
                return (k > 0 ? At(k).first.forward_after : At(k).first.forward) + t_.transfer_ns;
              }) -
          (s > 0 ? At(s).first.forward - At(s).first.forward_after : 0);
      DrainChunk(s, begins + m_ * At(s).forward + Backwards(At(s), m_, true));
      return;
    }
    const double begins = Down(0, s) - (F(s) - ForwardAfter(s)),
                 work = m_ * F(s) + Backwards(At(s), m_, true);
    if (!split_) return Drain(s, begins + work);
    Drain(s, begins + work + Weights(At(s), std::min(WeightsBefore(s), m_ - 1), true));
    double& end = s == 0 ? ends_.first_ns : s == p_ - 1 ? ends_.last_ns : ends_.middle_ns;
    end = std::max(end, begins + work + Weights(At(s), m_, true));
  }

  const PipelineShapeTimes& t_;
  const int p_, m_;
  const bool split_;
  PipelineEnds ends_;
};

}  // namespace

PipelineEnds LongestPaths(const PipelineShapeTimes& times) {
  return Paths(times).Ends();
}

}  // namespace ringside::sim
