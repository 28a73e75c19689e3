#include "sim/replay/measured_costs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "plan/collective.h"

namespace ringside::sim {
namespace {

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<int64_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Both ends of a message have one law (Flatten): that of the sending op.
plan::OpKind LawOf(plan::OpKind kind) {
  return kind == plan::OpKind::kRecv ? plan::OpKind::kSend : kind;
}

plan::Stream PeersStream(plan::Stream stream) {
  switch (stream) {
    case plan::Stream::kSendForward:
      return plan::Stream::kRecvForward;
    case plan::Stream::kSendBackward:
      return plan::Stream::kRecvBackward;
    default:
      return stream;
  }
}

// Nanoseconds by (messages one after the other, bytes of all of them); by kind of op and whether both ends
// share a node.
using Samples =
    std::array<std::array<std::map<std::pair<double, double>, std::vector<double>>, 2>, plan::kNumOpKinds>;

// messages * latency + bytes * rate, neither negative, by weighted least squares: the error of each size
// counts relative to its time.
MessageCost FitLine(const std::map<std::pair<double, double>, std::vector<double>>& ns_by_size) {
  double mm = 0, mb = 0, bb = 0, my = 0, by = 0;
  for (const auto& [size, all_ns] : ns_by_size) {
    const auto [messages, bytes] = size;
    const double ns = std::max(1.0, Median(all_ns)), weight = 1 / (ns * ns);
    mm += weight * messages * messages, mb += weight * messages * bytes, bb += weight * bytes * bytes;
    my += weight * messages * ns, by += weight * bytes * ns;
  }
  const double determinant = mm * bb - mb * mb;
  if (determinant > 1e-9 * mm * bb) {
    const double latency = (my * bb - by * mb) / determinant, rate = (by * mm - my * mb) / determinant;
    if (latency >= 0 && rate >= 0) return {latency, rate, 0};
    if (rate < 0) return {my / mm, 0, 0};
  }
  return {0, by / bb, 0};  // one size, or as if there were no latency
}

absl::Status Mismatch(int rank, int op) {
  return absl::InvalidArgumentError(
      fmt::format("rank {} of the trace has a span of op {}, which is not in its program or ends before it "
                  "begins",
                  rank, op));
}

class Reader {
 public:
  Reader(const v1::Trace& trace, const std::vector<plan::Program>& programs)
      : trace_(trace), programs_(programs) {}

  absl::Status ReadSpans(MeasuredCosts* costs) {
    std::vector<double> gaps, wakeups;
    for (int r = 0; r < trace_.ranks_size(); ++r) {
      const plan::Program& program = programs_[r];
      const int warmup = program.run.warmup();
      std::vector<std::vector<double>> seen(program.ops.size());
      // Ends of the ops of a step, by op: what an op waited for.
      std::vector<int64_t> ended(program.ops.size(), 0);
      std::vector<v1::OpSpan> spans(trace_.ranks(r).spans().begin(), trace_.ranks(r).spans().end());
      for (const v1::OpSpan& span : spans) {
        if (span.op() < 0 || span.op() >= static_cast<int>(program.ops.size()) ||
            span.end_ns() < span.start_ns())
          return Mismatch(r, span.op());
      }
      std::stable_sort(spans.begin(), spans.end(),
                       [](const auto& a, const auto& b) { return a.end_ns() < b.end_ns(); });
      int64_t walk_ns = -1;  // when the walk was free again
      int step = -1;
      for (const v1::OpSpan& span : spans) {
        const plan::Op& op = program.ops[span.op()];
        ended[span.op()] = span.end_ns();
        if (plan::IsCommunication(op.kind)) continue;
        if (span.step() != step) walk_ns = -1;
        step = span.step();
        int64_t met_ns = 0;
        for (const int32_t dep : op.deps) {
          if (plan::IsCommunication(program.ops[dep].kind)) met_ns = std::max(met_ns, ended[dep]);
        }
        if (step >= warmup) {
          seen[span.op()].push_back(static_cast<double>(span.end_ns() - span.start_ns()));
          if (walk_ns >= 0 && met_ns <= walk_ns) {
            gaps.push_back(static_cast<double>(std::max<int64_t>(0, span.start_ns() - walk_ns)));
          } else if (met_ns > walk_ns && walk_ns >= 0) {
            wakeups.push_back(static_cast<double>(std::max<int64_t>(0, span.start_ns() - met_ns)));
          }
        }
        walk_ns = span.end_ns();
      }
      auto& of_rank = costs->compute_ns.emplace_back(program.ops.size(), 0.0);
      bool any = false;
      for (size_t i = 0; i < seen.size(); ++i) {
        of_rank[i] = Median(seen[i]);
        any = any || !seen[i].empty();
      }
      if (!any)
        return absl::InvalidArgumentError(
            fmt::format("rank {} has no op in a step after the {} of the warm-up", r, warmup));
    }
    costs->op_overhead_ns = Median(std::move(gaps));
    costs->wakeup_ns = Median(std::move(wakeups));
    return absl::OkStatus();
  }

  absl::Status ReadHops(MeasuredCosts* costs) {
    // Messages of a pair and a stream match in order.
    using Way = std::tuple<int, int, int, int>;  // step, from, to, stream
    std::map<Way, std::vector<const v1::HopSpan*>> sent, received;
    for (int r = 0; r < trace_.ranks_size(); ++r) {
      for (const v1::HopSpan& hop : trace_.ranks(r).hops()) {
        if (hop.op() < 0 || hop.op() >= static_cast<int>(programs_[r].ops.size()))
          return Mismatch(r, hop.op());
        const plan::Stream stream = programs_[r].ops[hop.op()].stream;
        if (hop.sent_bytes() > 0)
          sent[{hop.step(), r, hop.send_to(), static_cast<int>(PeersStream(stream))}].push_back(&hop);
        if (hop.received_bytes() > 0)
          received[{hop.step(), hop.recv_from(), r, static_cast<int>(stream)}].push_back(&hop);
      }
    }
    std::vector<Samples> samples(programs_.size());  // by receiver
    for (const auto& [way, arrivals] : received) {
      const auto departures = sent.find(way);
      if (departures == sent.end() || departures->second.size() != arrivals.size()) continue;  // cut off
      const auto& [step, from, to, stream] = way;
      const bool same_node = programs_[from].node == programs_[to].node;
      for (size_t i = 0; i < arrivals.size(); ++i) {
        const v1::HopSpan& out = *departures->second[i];
        const v1::HopSpan& in = *arrivals[i];
        const auto kind = static_cast<size_t>(LawOf(programs_[to].ops[in.op()].kind));
        samples[to][kind][same_node][{1, static_cast<double>(in.received_bytes())}].push_back(
            static_cast<double>(std::max<int64_t>(0, in.end_ns() - std::max(in.start_ns(), out.start_ns()))));
        ++costs->messages_seen;
      }
    }
    if (costs->messages_seen == 0) SampleWholeOps(&samples);
    for (const Samples& of_rank : samples) {
      MeasuredCosts::MessageCosts& messages = costs->messages.emplace_back();
      for (size_t kind = 0; kind < messages.size(); ++kind) {
        for (const bool same_node : {false, true}) {
          if (!of_rank[kind][same_node].empty())
            messages[kind][same_node] = FitLine(of_rank[kind][same_node]);
        }
      }
    }
    return absl::OkStatus();
  }

 private:
  // Where no hops were kept: an op's time from when all of its members had begun, as its rounds one after the
  // other.
  void SampleWholeOps(std::vector<Samples>* samples) const {
    struct Member {
      int rank = 0;
      const v1::OpSpan* span = nullptr;
    };
    // The k-th op of a step on the stream of a group, or of a pair.
    using Occurrence = std::tuple<int, std::vector<int32_t>, int, int>;
    std::map<Occurrence, std::vector<Member>> occurrences;
    for (int r = 0; r < trace_.ranks_size(); ++r) {
      const plan::Program& program = programs_[r];
      std::map<std::tuple<int, std::vector<int32_t>, int>, int> counted;
      std::vector<const v1::OpSpan*> spans;
      for (const v1::OpSpan& span : trace_.ranks(r).spans()) {
        if (plan::IsCommunication(program.ops[span.op()].kind)) spans.push_back(&span);
      }
      std::stable_sort(spans.begin(), spans.end(), [](const auto* x, const auto* y) {
        return std::pair(x->step(), x->op()) < std::pair(y->step(), y->op());
      });
      for (const v1::OpSpan* span : spans) {
        const plan::Op& op = program.ops[span->op()];
        std::vector<int32_t> members;
        if (op.group >= 0) {
          members = program.groups[op.group].ranks;
        } else if (op.kind == plan::OpKind::kSend) {
          members = {r, op.peer};
        } else {
          members = {op.peer, r};
        }
        const int stream = static_cast<int>(PeersStream(op.stream));
        const int k = counted[{span->step(), members, stream}]++;
        occurrences[{span->step(), std::move(members), stream, k}].push_back({r, span});
      }
    }
    for (const auto& [occurrence, members] : occurrences) {
      if (members.size() != std::get<1>(occurrence).size()) continue;
      int64_t begun_ns = 0;
      bool same_node = true;
      for (const Member& member : members) {
        begun_ns = std::max(begun_ns, member.span->start_ns());
        same_node = same_node && programs_[member.rank].node == programs_[members[0].rank].node;
      }
      for (const Member& member : members) {
        if (member.span->received_bytes() == 0) continue;
        const plan::Program& program = programs_[member.rank];
        const plan::Op& op = program.ops[member.span->op()];
        const std::pair size(
            static_cast<double>(std::max<size_t>(1, RoundsOf(op, program.groups, program.rank).size())),
            static_cast<double>(member.span->received_bytes()));
        (*samples)[member.rank][static_cast<size_t>(LawOf(op.kind))][same_node][size].push_back(
            static_cast<double>(std::max<int64_t>(0, member.span->end_ns() - begun_ns)));
      }
    }
  }

  const v1::Trace& trace_;
  const std::vector<plan::Program>& programs_;
};

}  // namespace

absl::StatusOr<MeasuredCosts> MeasureCosts(const v1::Trace& trace,
                                           const std::vector<plan::Program>& programs) {
  if (programs.empty() || trace.ranks_size() != static_cast<int>(programs.size()))
    return absl::InvalidArgumentError(
        fmt::format("the trace has {} ranks and {} programs", trace.ranks_size(), programs.size()));
  MeasuredCosts costs;
  Reader reader(trace, programs);
  if (const absl::Status read = reader.ReadSpans(&costs); !read.ok()) return read;
  if (const absl::Status read = reader.ReadHops(&costs); !read.ok()) return read;
  return costs;
}

}  // namespace ringside::sim
