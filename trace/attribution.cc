#include "trace/attribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "trace/axis.h"

namespace ringside::trace {
namespace {

struct Interval {
  int64_t begin, end;
};

class StepSegmenter {
 public:
  StepSegmenter(const TraceIndex& index, int rank, int step)
      : index_(index), ops_(index.ops(rank)), rank_(rank), step_(step) {}

  std::vector<Segment> Run(const v1::StepMark& mark) {
    cursor_ = mark.start_ns();
    std::vector<int32_t> waited;  // communication that the next compute op, or a join before it, depends on
    for (const int32_t op : ComputeOpsByStart()) {
      const v1::OpSpan& span = *index_.span(rank_, step_, op);
      const bool joins = ops_[op].kind == plan::OpKind::kJoin;
      waited.insert(waited.end(), ops_[op].comm_deps.begin(), ops_[op].comm_deps.end());
      Wait(std::min(joins ? span.end_ns() : span.start_ns(), mark.end_ns()), waited);
      if (joins) continue;
      Append(std::min(span.end_ns(), mark.end_ns()), Cause::kCompute, op);
      waited.clear();
    }
    waited.clear();
    for (int32_t op = 0; op < static_cast<int32_t>(ops_.size()); ++op) {
      if (ops_[op].is_communication()) waited.push_back(op);
    }
    Wait(mark.end_ns(), waited);
    return std::move(segments_);
  }

 private:
  std::vector<int32_t> ComputeOpsByStart() const {
    std::vector<int32_t> compute;
    for (int32_t op = 0; op < static_cast<int32_t>(ops_.size()); ++op) {
      if (!ops_[op].is_communication() && index_.span(rank_, step_, op) != nullptr) compute.push_back(op);
    }
    std::stable_sort(compute.begin(), compute.end(), [&](int32_t a, int32_t b) {
      return index_.span(rank_, step_, a)->start_ns() < index_.span(rank_, step_, b)->start_ns();
    });
    return compute;
  }

  // Adds [cursor_, end).
  void Append(int64_t end, Cause cause, int32_t op) {
    if (end <= cursor_) return;
    segments_.push_back({cursor_, end, cause, op});
    cursor_ = end;
  }

  // The op of `ops` that ends last, if it ends after `after_ns`; -1: none does.
  int32_t LastToEnd(const std::vector<int32_t>& ops, int64_t after_ns) const {
    int32_t last = -1;
    for (const int32_t op : ops) {
      const v1::OpSpan* span = index_.span(rank_, step_, op);
      if (span == nullptr || span->end_ns() <= after_ns) continue;
      last = op;
      after_ns = span->end_ns();
    }
    return last;
  }

  // The compute stream does nothing in [cursor_, end): says why, backwards from the end, then appends
  // forwards.
  void Wait(int64_t end, const std::vector<int32_t>& waited) {
    const int64_t begin = cursor_;
    if (end <= begin) return;
    std::vector<Segment> backwards;
    const auto explain = [&](int64_t from, Cause cause, int32_t op) {
      from = std::max(from, begin);
      if (from >= end) return;
      backwards.push_back({from, end, cause, op});
      end = from;
    };
    for (int32_t op = LastToEnd(waited, begin); op >= 0 && end > begin; op = HeldBackBy(op, begin)) {
      const v1::OpSpan& span = *index_.span(rank_, step_, op);
      explain(span.end_ns(), Cause::kOther, -1);  // after the op had ended
      explain(index_.TransferBegin(rank_, step_, op), Cause::kExposed, op);
      explain(span.start_ns(), CauseOfAbsence(op), op);
    }
    explain(begin, Cause::kOther, -1);
    for (auto it = backwards.rbegin(); it != backwards.rend(); ++it) {
      Append(it->end_ns, it->cause, it->op);
    }
  }

  // What kept `op` from starting: the op before it on its stream or one of its deps, whichever ended last.
  int32_t HeldBackBy(int32_t op, int64_t after_ns) const {
    std::vector<int32_t> before = ops_[op].comm_deps;
    if (ops_[op].stream_predecessor >= 0) before.push_back(ops_[op].stream_predecessor);
    return LastToEnd(before, after_ns);
  }

  Cause CauseOfAbsence(int32_t op) const {
    const bool stage = FamilyOf(ops_[op].axis) == "pp";
    return stage ? Cause::kBubble : Cause::kSkew;
  }

  const TraceIndex& index_;
  const std::vector<OpInfo>& ops_;
  const int rank_;
  const int step_;
  int64_t cursor_ = 0;
  std::vector<Segment> segments_;
};

// Sorted and merged.
std::vector<Interval> Union(std::vector<Interval> intervals) {
  std::sort(intervals.begin(), intervals.end(),
            [](const Interval& a, const Interval& b) { return a.begin < b.begin; });
  std::vector<Interval> merged;
  for (const Interval& interval : intervals) {
    if (!merged.empty() && interval.begin <= merged.back().end) {
      merged.back().end = std::max(merged.back().end, interval.end);
    } else {
      merged.push_back(interval);
    }
  }
  return merged;
}

// When this rank had a transfer on the wire, inside of its step.
std::vector<Interval> WireTime(const TraceIndex& index, int rank, int step, const v1::StepMark& mark) {
  std::vector<Interval> wire;
  const auto& ops = index.ops(rank);
  for (int32_t op = 0; op < static_cast<int32_t>(ops.size()); ++op) {
    const v1::OpSpan* span = ops[op].is_communication() ? index.span(rank, step, op) : nullptr;
    if (span == nullptr) continue;
    const int64_t begin = std::max(index.TransferBegin(rank, step, op), mark.start_ns());
    const int64_t end = std::min(span->end_ns(), mark.end_ns());
    if (end > begin) wire.push_back({begin, end});
  }
  return Union(std::move(wire));
}

int64_t Sum(const std::map<std::string, int64_t>& parts) {
  int64_t sum = 0;
  for (const auto& [name, ns] : parts) sum += ns;
  return sum;
}

}  // namespace

std::string_view Name(Cause cause) {
  constexpr std::string_view kNames[] = {"compute", "exposed", "bubble", "skew", "other"};
  return kNames[static_cast<int>(cause)];
}

int64_t TimeSplit::exposed_total_ns() const {
  return Sum(exposed_ns);
}
int64_t TimeSplit::skew_total_ns() const {
  return Sum(skew_ns);
}
int64_t TimeSplit::total_ns() const {
  return compute_ns + exposed_total_ns() + bubble_ns + skew_total_ns() + other_ns;
}

absl::StatusOr<std::vector<Segment>> SegmentStep(const TraceIndex& index, int rank, int step) {
  const v1::StepMark* mark = rank >= 0 && rank < index.num_ranks() ? index.mark(rank, step) : nullptr;
  if (mark == nullptr)
    return absl::NotFoundError(fmt::format("the trace has no step {} of rank {}", step, rank));
  if (!index.HasSpans(step))
    return absl::NotFoundError(fmt::format("the ops of step {} were not all recorded", step));
  return StepSegmenter(index, rank, step).Run(*mark);
}

absl::StatusOr<TimeSplit> SplitStep(const TraceIndex& index, int rank, int step) {
  RINGSIDE_ASSIGN_OR_RETURN(const std::vector<Segment> segments, SegmentStep(index, rank, step));
  const std::vector<Interval> wire = WireTime(index, rank, step, *index.mark(rank, step));
  TimeSplit split;
  for (const Interval& interval : wire) split.wire_ns += interval.end - interval.begin;
  auto at = wire.begin();
  for (const Segment& segment : segments) {
    const int64_t ns = segment.end_ns - segment.begin_ns;
    switch (segment.cause) {
      case Cause::kCompute: {
        const OpInfo& op = index.ops(rank)[segment.op];
        split.compute_ns += ns;
        split.compute_by_phase[std::string(plan::Name(op.phase))] += ns;
        split.compute_by_kind[std::string(plan::Name(op.kind))] += ns;
        while (at != wire.end() && at->end <= segment.begin_ns) ++at;
        for (auto it = at; it != wire.end() && it->begin < segment.end_ns; ++it) {
          split.hidden_ns += std::min(it->end, segment.end_ns) - std::max(it->begin, segment.begin_ns);
        }
        break;
      }
      case Cause::kExposed:
        split.exposed_ns[index.ops(rank)[segment.op].axis] += ns;
        break;
      case Cause::kSkew:
        split.skew_ns[index.ops(rank)[segment.op].axis] += ns;
        break;
      case Cause::kBubble:
        split.bubble_ns += ns;
        break;
      case Cause::kOther:
        split.other_ns += ns;
        break;
    }
  }
  return split;
}

}  // namespace ringside::trace
