#include "tests/oracles/max_plus.h"

#include <algorithm>
#include <cmath>

namespace ringside::oracles {
namespace {

// Times are whole nanoseconds, rounded up; what is a rounding of sums does not count.
int64_t WholeNs(double ns) {
  return static_cast<int64_t>(std::ceil(std::max(0.0, ns - 1e-6)));
}

}  // namespace

MaxPlus::MaxPlus(const std::vector<plan::Program>& programs, const sim::CostModel& costs,
                 double intra_node_latency_ns, double inter_node_latency_ns)
    : programs_(programs),
      costs_(costs),
      intra_node_latency_ns_(intra_node_latency_ns),
      inter_node_latency_ns_(inter_node_latency_ns),
      ranks_(programs.size()) {
  for (size_t r = 0; r < programs.size(); ++r) {
    const auto& ops = programs[r].ops;
    ranks_[r].issue_ns.assign(ops.size(), -1);
    ranks_[r].end_ns.assign(ops.size(), -1);
    for (size_t i = 0; i < ops.size(); ++i) {
      if (!plan::IsCommunication(ops[i].kind)) continue;
      ranks_[r].streams[static_cast<int>(ops[i].stream)].ops.push_back(static_cast<int32_t>(i));
    }
  }
}

bool MaxPlus::Run() {
  for (bool advanced = true; advanced;) {
    advanced = false;
    for (int r = 0; r < static_cast<int>(ranks_.size()); ++r) {
      while (AdvanceWalk(r)) advanced = true;
      for (int s = 0; s < plan::kNumStreams; ++s) {
        while (AdvanceStream(r, s)) advanced = true;
      }
    }
  }
  for (const RankState& rank : ranks_) {
    if (std::find(rank.end_ns.begin(), rank.end_ns.end(), -1) != rank.end_ns.end()) return false;
  }
  return true;
}

int64_t MaxPlus::DepsNs(int rank, const plan::Op& op) const {
  int64_t latest = 0;
  for (const int32_t dep : op.deps) {
    const int64_t end = ranks_[rank].end_ns[dep];
    if (end < 0) return -1;
    latest = std::max(latest, end);
  }
  return latest;
}

bool MaxPlus::AdvanceWalk(int r) {
  RankState& rank = ranks_[r];
  const plan::Program& program = programs_[r];
  if (rank.pc == static_cast<int32_t>(program.ops.size())) return false;
  const plan::Op& op = program.ops[rank.pc];
  if (plan::IsCommunication(op.kind)) {
    rank.issue_ns[rank.pc++] = rank.now_ns;
    return true;
  }
  const int64_t deps = DepsNs(r, op);
  if (deps < 0) return false;
  const double work = costs_.Compute(op, program.real).work_ns;
  rank.now_ns = std::max(rank.now_ns, deps) + (work > 0 ? WholeNs(work + costs_.op_overhead_ns()) : 0);
  rank.end_ns[rank.pc++] = rank.now_ns;
  return true;
}

bool MaxPlus::AdvanceStream(int r, int s) {
  RankState& rank = ranks_[r];
  StreamState& stream = rank.streams[s];
  if (!stream.under_way) {
    if (stream.next == stream.ops.size()) return false;
    const int32_t index = stream.ops[stream.next];
    const plan::Op& op = programs_[r].ops[index];
    const int64_t deps = DepsNs(r, op);
    if (rank.issue_ns[index] < 0 || deps < 0) return false;
    stream.since_ns = std::max({stream.since_ns, rank.issue_ns[index], deps});
    stream.rounds = plan::RoundsOf(op, programs_[r].groups, r);
    std::reverse(stream.rounds.begin(), stream.rounds.end());
    stream.under_way = true;
    return true;
  }
  if (!stream.posted) {
    if (stream.rounds.empty()) {
      rank.end_ns[stream.ops[stream.next++]] = stream.since_ns;
      stream.under_way = false;
      return true;
    }
    const plan::Round& round = stream.rounds.back();
    stream.posted = true;
    stream.sent_ns = round.send_count > 0 ? -1 : stream.since_ns;
    stream.received_ns = round.recv_count > 0 ? -1 : stream.since_ns;
    if (round.send_count > 0) TryMessage(r, s);
    if (round.recv_count > 0) {
      TryMessage(round.recv_from, static_cast<int>(plan::Counterpart(static_cast<plan::Stream>(s))));
    }
    return true;
  }
  if (stream.sent_ns < 0 || stream.received_ns < 0) return false;
  stream.since_ns = std::max(stream.sent_ns, stream.received_ns);
  stream.rounds.pop_back();
  stream.posted = false;
  return true;
}

void MaxPlus::TryMessage(int from, int s) {
  StreamState& out = ranks_[from].streams[s];
  if (!out.posted || out.rounds.back().send_count == 0 || out.sent_ns >= 0) return;
  const int to = out.rounds.back().send_to;
  const int t = static_cast<int>(plan::Counterpart(static_cast<plan::Stream>(s)));
  StreamState& in = ranks_[to].streams[t];
  if (!in.posted || in.rounds.back().recv_count == 0 || in.received_ns >= 0) return;
  if (in.rounds.back().recv_from != from) return;
  out.sent_ns = in.received_ns = std::max(out.since_ns, in.since_ns) + MessageNs(from, to, t);
}

int64_t MaxPlus::MessageNs(int from, int to, int t) const {
  const StreamState& in = ranks_[to].streams[t];
  const plan::Program& program = programs_[to];
  const plan::Op& op = program.ops[in.ops[in.next]];
  const bool inside = programs_[from].node == program.node;
  const int members = op.group >= 0 ? static_cast<int>(program.groups[op.group].ranks.size()) : 2;
  const sim::MessageCost cost =
      costs_.Message(op.kind == plan::OpKind::kRecv ? plan::OpKind::kSend : op.kind, members, inside);
  const plan::Round& round = in.rounds.back();
  const int64_t bytes = round.recv_count * plan::SizeOf(program.buffers[op.operands[0].buffer].dtype);
  const double per_byte = cost.cpu_ns_per_byte + (round.reduce ? cost.reduce_ns_per_byte : 0);
  return std::llround(cost.latency_ns + (inside ? intra_node_latency_ns_ : inter_node_latency_ns_)) +
         WholeNs(static_cast<double>(bytes) * per_byte);
}

}  // namespace ringside::oracles
