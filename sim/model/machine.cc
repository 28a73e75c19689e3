#include "sim/model/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/status_macros.h"

namespace ringside::sim {
namespace {

using plan::kNumStreams;

constexpr double kClockNs = 4e18;

enum EventKind : uint32_t { kCpu, kFlow, kArrival, kWake };

int Counterpart(int stream) {
  return static_cast<int>(plan::Counterpart(static_cast<plan::Stream>(stream)));
}

// Half of a round: what a stream sends, or what it receives.
enum class Half : uint8_t { kDone, kPosted, kUnderWay };

struct StreamState {
  int32_t issued = 0;  // ops of this step that were handed over
  int32_t ended = 0;   // ops of this step that have ended; the next one is at the head
  bool running = false;
  Half send = Half::kDone, recv = Half::kDone;
  uint8_t parts = 0;       // of the message that is received: cores, flow
  int32_t round = 0;       // entry of the op's rounds
  int32_t times_left = 0;  // that the entry is still to be gone through, with the one under way
  int64_t start_ns = 0;
};

struct RankState {
  int32_t pc = 0;
  int32_t step = 0;
  int32_t waits_for = 0;  // deps of ops[pc] below this are met
  bool computing = false;
  bool waiting = false;  // the walk waits for a communication
  bool waking = false;   // it has ended; the wake-up is on its way
  bool queued = false;   // in the worklist
  bool finished = false;
  int32_t busy_streams = 0;
  int64_t op_start_ns = 0;
  int64_t step_start_ns = 0;
};

class Machine {
 public:
  Machine(const std::vector<plan::Program>& programs, const std::vector<FlatProgram>& flat,
          const CostModel& costs, const MachineOptions& options)
      : programs_(programs),
        flat_(flat),
        topology_(options.topology),
        steps_(options.steps),
        overhead_ns_(costs.op_overhead_ns()),
        wakeup_ns_(std::llround(costs.wakeup_ns())),
        cpu_(options.topology.cores, costs.poll_weight(), kCpu, &queue_),
        net_(AllLinks(options.topology), static_cast<int>(programs.size()) * kNumStreams, kFlow, &queue_),
        ranks_(programs.size()),
        streams_(programs.size() * kNumStreams),
        issue_ns_(programs.size()) {
    timeline_.ranks.resize(programs.size());
    for (size_t r = 0; r < programs.size(); ++r) {
      timeline_.ranks[r].spans.reserve(flat[r].ops.size() * steps_);
      issue_ns_[r].resize(flat[r].ops.size());
    }
  }

  absl::StatusOr<Timeline> Run() {
    for (size_t r = 0; r < ranks_.size(); ++r) Enqueue(static_cast<int>(r));
    Drain();
    while (!queue_.empty() && error_.ok()) {
      const Event event = queue_.Pop();
      switch (event.kind) {
        case kCpu:
          done_.clear();
          cpu_.OnEvent(event, &done_);
          for (uint32_t task : done_) OnTaskDone(task);
          break;
        case kFlow:
          if (net_.OnEvent(event)) OnMessagePart(static_cast<int>(event.target));
          break;
        case kArrival:
          OnLatencyOver(static_cast<int>(event.target));
          break;
        case kWake:
          ranks_[event.target].waking = false;
          Enqueue(static_cast<int>(event.target));
          break;
      }
      Drain();
    }
    RINGSIDE_RETURN_IF_ERROR(error_);
    RINGSIDE_RETURN_IF_ERROR(CheckAllFinished());
    timeline_.events = queue_.popped();
    return std::move(timeline_);
  }

 private:
  // A task of the cores: a rank's compute op, or the message that one of its streams receives.
  static uint32_t ComputeTask(int rank) { return static_cast<uint32_t>(rank) * kNumStreams; }
  int NodeOf(int rank) const { return topology_.node_of_rank[rank]; }
  int HostOf(int rank) const { return topology_.host_of_node[topology_.node_of_rank[rank]]; }
  // What flows go through: the links of the nodes, then those of the ranks inside of them.
  static std::vector<NodeLink> AllLinks(const Topology& topology) {
    std::vector<NodeLink> all = topology.links;
    all.insert(all.end(), topology.ports.begin(), topology.ports.end());
    return all;
  }
  int LinkOf(int rank, bool inside) const {
    return inside ? static_cast<int>(topology_.links.size()) + rank : NodeOf(rank);
  }
  StreamState& StreamOf(int rank, int stream) { return streams_[rank * kNumStreams + stream]; }

  void Enqueue(int rank) {
    if (ranks_[rank].queued) return;
    ranks_[rank].queued = true;
    worklist_.push_back(rank);
  }

  void Drain() {
    for (size_t i = 0; i < worklist_.size(); ++i) {
      const int rank = worklist_[i];
      ranks_[rank].queued = false;
      Progress(rank);
    }
    worklist_.clear();
  }

  // Does everything that rank can do now without the clock moving.
  void Progress(int rank) {
    RankState& state = ranks_[rank];
    StartStreams(rank);
    while (!state.computing && !state.waking && !state.finished) {
      const FlatProgram& flat = flat_[rank];
      const bool at_end = state.pc == static_cast<int32_t>(flat.ops.size());
      if (!at_end && flat.ops[state.pc].is_communication) {
        const FlatOp& op = flat.ops[state.pc];
        issue_ns_[rank][state.pc] = queue_.now_ns();
        ++StreamOf(rank, op.stream).issued;
        ++state.busy_streams;
        ++state.pc;
        StartStreams(rank);
        continue;
      }
      const bool blocked = at_end ? state.busy_streams > 0 : !DepsMet(rank, flat.ops[state.pc]);
      if (blocked != state.waiting) {
        state.waiting = blocked;
        cpu_.AddPollers(HostOf(rank), blocked ? 1 : -1);
        if (!blocked && wakeup_ns_ > 0) {
          state.waking = true;
          queue_.Push(queue_.now_ns() + wakeup_ns_, kWake, static_cast<uint32_t>(rank));
          return;
        }
      }
      if (blocked) return;
      if (at_end) {
        EndStep(rank);
        continue;
      }
      const FlatOp& op = flat.ops[state.pc];
      state.op_start_ns = queue_.now_ns();
      const double work = op.work_ns > 0 ? op.work_ns + overhead_ns_ : 0;
      if (work <= 0) {
        EndCompute(rank);
        continue;
      }
      state.computing = true;
      cpu_.Start(HostOf(rank), ComputeTask(rank), work, op.work_class, op.contention);
    }
  }

  bool DepsMet(int rank, const FlatOp& op) {
    for (int32_t i = op.dep_begin; i < op.dep_end; ++i) {
      const FlatDep& dep = flat_[rank].deps[i];
      if (StreamOf(rank, dep.stream).ended < dep.ended) return false;
    }
    return true;
  }

  void EndStep(int rank) {
    RankState& state = ranks_[rank];
    timeline_.ranks[rank].steps.push_back({state.step_start_ns, queue_.now_ns()});
    timeline_.end_ns = queue_.now_ns();  // the clock itself goes on: outdated events are still to come
    for (int s = 0; s < kNumStreams; ++s) {
      StreamState& stream = StreamOf(rank, s);
      stream.issued = stream.ended = 0;
    }
    state.pc = 0;
    state.step_start_ns = queue_.now_ns();
    if (++state.step == steps_) state.finished = true;
  }

  void EndCompute(int rank) {
    RankState& state = ranks_[rank];
    // The walk's own overhead comes first and is no part of the op.
    const FlatOp& op = flat_[rank].ops[state.pc];
    const int64_t now = queue_.now_ns();
    int64_t start = state.op_start_ns;
    if (op.work_ns > 0) {
      const double share = op.work_ns / (op.work_ns + overhead_ns_);
      start = now - std::llround(static_cast<double>(now - start) * share);
    }
    timeline_.ranks[rank].spans.push_back({state.pc, state.step, start, start, now});
    state.computing = false;
    ++state.pc;
  }

  // Starts the op at the head of every idle stream whose deps are met.
  void StartStreams(int rank) {
    if (ranks_[rank].busy_streams == 0) return;
    for (int s = 0; s < kNumStreams; ++s) {
      StreamState& stream = StreamOf(rank, s);
      while (!stream.running && stream.ended < stream.issued) {
        const int32_t index = flat_[rank].stream_ops[s][stream.ended];
        const FlatOp& op = flat_[rank].ops[index];
        if (!DepsMet(rank, op)) break;
        stream.running = true;
        stream.start_ns = queue_.now_ns();
        stream.round = -1;
        stream.times_left = 0;
        NextRound(rank, s);
      }
    }
  }

  const FlatOp& HeadOf(int rank, int stream) const {
    return flat_[rank].ops[flat_[rank].stream_ops[stream][streams_[rank * kNumStreams + stream].ended]];
  }
  const FlatRound& RoundOf(int rank, int stream) const {
    return flat_[rank].rounds[HeadOf(rank, stream).round_begin + streams_[rank * kNumStreams + stream].round];
  }

  void PostRound(int rank, int s) {
    StreamState& stream = StreamOf(rank, s);
    const FlatRound& round = RoundOf(rank, s);
    stream.send = round.to >= 0 ? Half::kPosted : Half::kDone;
    stream.recv = round.from >= 0 ? Half::kPosted : Half::kDone;
    if (round.to >= 0) TryMatch(rank, s, round.to);
    if (round.from >= 0) TryMatch(round.from, Counterpart(s), rank);
  }

  // Begins the message from `sender`'s stream to `receiver`, if both ends are ready.
  void TryMatch(int sender, int s, int receiver) {
    const int t = Counterpart(s);
    StreamState& out = StreamOf(sender, s);
    StreamState& in = StreamOf(receiver, t);
    if (!out.running || out.send != Half::kPosted || !in.running || in.recv != Half::kPosted) return;
    const FlatRound& sent = RoundOf(sender, s);
    const FlatRound& received = RoundOf(receiver, t);
    if (sent.to != receiver || received.from != sender) return;
    if (sent.send_bytes != received.recv_bytes) {
      error_ = absl::InvalidArgumentError(fmt::format(
          "rank {} op {} sends {} bytes to rank {}, whose op {} receives {} bytes: the programs do not "
          "belong together",
          sender, OpIndex(sender, s), sent.send_bytes, receiver, OpIndex(receiver, t), received.recv_bytes));
      return;
    }
    out.send = in.recv = Half::kUnderWay;
    const bool same_node = NodeOf(sender) == NodeOf(receiver);
    const FlatOp& op = HeadOf(receiver, t);
    const double latency = same_node ? op.same_node.latency_ns + topology_.intra_node_latency_ns
                                     : op.other_node.latency_ns + topology_.inter_node_latency_ns;
    queue_.Push(queue_.now_ns() + std::llround(latency), kArrival,
                static_cast<uint32_t>(receiver * kNumStreams + t));
  }

  int32_t OpIndex(int rank, int s) { return flat_[rank].stream_ops[s][StreamOf(rank, s).ended]; }

  // The latency of the message to stream `target` is over: its bytes move.
  void OnLatencyOver(int target) {
    const int receiver = target / kNumStreams, t = target % kNumStreams;
    const FlatRound& round = RoundOf(receiver, t);
    const FlatOp& op = HeadOf(receiver, t);
    const bool same_node = NodeOf(round.from) == NodeOf(receiver);
    const int from = LinkOf(round.from, same_node), to = LinkOf(receiver, same_node);
    const MessageCost& cost = same_node ? op.same_node : op.other_node;
    const double bytes = static_cast<double>(round.recv_bytes);
    const double work = bytes * (cost.cpu_ns_per_byte + (round.reduce ? cost.reduce_ns_per_byte : 0));
    StreamState& stream = StreamOf(receiver, t);
    stream.parts = 1;
    if (work > 0) {
      ++stream.parts;
      // A law of messages is measured with all members at work: their contention is in it.
      cpu_.Start(HostOf(receiver), static_cast<uint32_t>(target), work, WorkClass::kTransfer, 1);
    }
    if (net_.Limits(from, to)) {
      ++stream.parts;
      net_.Start(static_cast<uint32_t>(target), from, to, bytes);
    }
    OnMessagePart(target);
  }

  void OnTaskDone(uint32_t task) {
    const int rank = static_cast<int>(task / kNumStreams);
    if (task != ComputeTask(rank)) {
      OnMessagePart(static_cast<int>(task));
      return;
    }
    EndCompute(rank);
    Enqueue(rank);
  }

  void OnMessagePart(int target) {
    const int receiver = target / kNumStreams, t = target % kNumStreams;
    StreamState& in = StreamOf(receiver, t);
    if (--in.parts > 0) return;
    const int sender = RoundOf(receiver, t).from;
    const int s = Counterpart(t);
    StreamState& out = StreamOf(sender, s);
    out.send = in.recv = Half::kDone;
    if (in.send == Half::kDone) NextRound(receiver, t);
    if (out.recv == Half::kDone) NextRound(sender, s);
  }

  // Goes on to the next round in which there is something to exchange, or ends the op.
  void NextRound(int rank, int s) {
    StreamState& stream = StreamOf(rank, s);
    if (stream.times_left > 1) {
      --stream.times_left;
      PostRound(rank, s);
      return;
    }
    const int32_t num_rounds = HeadOf(rank, s).num_rounds;
    while (++stream.round < num_rounds) {
      const FlatRound& round = RoundOf(rank, s);
      if (round.to < 0 && round.from < 0) continue;  // a buffer shorter than the ring leaves chunks empty
      stream.times_left = round.times;
      PostRound(rank, s);
      return;
    }
    EndCommunication(rank, s);
    Enqueue(rank);
  }

  void EndCommunication(int rank, int s) {
    StreamState& stream = StreamOf(rank, s);
    const int32_t index = OpIndex(rank, s);
    timeline_.ranks[rank].spans.push_back(
        {index, ranks_[rank].step, issue_ns_[rank][index], stream.start_ns, queue_.now_ns()});
    stream.running = false;
    ++stream.ended;
    --ranks_[rank].busy_streams;
  }

  absl::Status CheckAllFinished() {
    std::string stuck;
    int count = 0;
    for (size_t r = 0; r < ranks_.size(); ++r) {
      if (ranks_[r].finished) continue;
      if (++count > 4) continue;
      const int rank = static_cast<int>(r);
      const RankState& state = ranks_[r];
      stuck += fmt::format("{}rank {} step {}:", count > 1 ? "; " : "", r, state.step);
      if (state.pc < static_cast<int32_t>(flat_[r].ops.size())) {
        stuck += fmt::format(" the walk waits before op {} ({})", state.pc,
                             plan::Describe(programs_[r].ops[state.pc]));
      }
      for (int s = 0; s < kNumStreams; ++s) {
        if (StreamOf(rank, s).ended == StreamOf(rank, s).issued) continue;
        const int32_t op = OpIndex(rank, s);
        stuck +=
            fmt::format(" [op {} ({}) {}]", op, plan::Describe(programs_[r].ops[op]),
                        StreamOf(rank, s).running ? fmt::format("hangs in round {}", StreamOf(rank, s).round)
                                                  : std::string("was never started"));
      }
    }
    if (count == 0) return absl::OkStatus();
    if (count > 4) stuck += fmt::format("; and {} more ranks", count - 4);
    return absl::FailedPreconditionError(fmt::format("deadlock at {} ns, {} of {} ranks are stuck: {}",
                                                     queue_.now_ns(), count, ranks_.size(), stuck));
  }

  const std::vector<plan::Program>& programs_;
  const std::vector<FlatProgram>& flat_;
  const Topology& topology_;
  const int steps_;
  const double overhead_ns_;
  const int64_t wakeup_ns_;
  EventQueue queue_;
  CpuPool cpu_;
  FlowNet net_;
  std::vector<RankState> ranks_;
  std::vector<StreamState> streams_;            // [rank][stream]
  std::vector<std::vector<int64_t>> issue_ns_;  // [rank][op], of the current step
  std::vector<int> worklist_;
  std::vector<uint32_t> done_;
  absl::Status error_;
  Timeline timeline_;
};

// All that the clock may have to hold, as if nothing overlapped.
double SerialNs(const std::vector<FlatProgram>& flat, const Topology& topology) {
  double slowest_ns_per_byte = 0;  // of all links
  for (const auto* links : {&topology.links, &topology.ports}) {
    for (const NodeLink& link : *links) {
      for (const double rate : {link.egress_bytes_per_ns, link.ingress_bytes_per_ns}) {
        if (rate > 0) slowest_ns_per_byte = std::max(slowest_ns_per_byte, 1 / rate);
      }
    }
  }
  const double topology_latency_ns = std::max(topology.intra_node_latency_ns, topology.inter_node_latency_ns);
  double total_ns = 0;
  for (const FlatProgram& program : flat) {
    for (const FlatOp& op : program.ops) {
      total_ns += op.work_ns * op.contention;
      const double latency_ns =
          std::max(op.same_node.latency_ns, op.other_node.latency_ns) + topology_latency_ns;
      const double ns_per_byte =
          std::max(op.same_node.cpu_ns_per_byte, op.other_node.cpu_ns_per_byte) + slowest_ns_per_byte;
      for (int32_t i = 0; op.is_communication && i < op.num_rounds; ++i) {
        const FlatRound& round = program.rounds[op.round_begin + i];
        total_ns += round.times * (latency_ns + ns_per_byte * static_cast<double>(round.recv_bytes));
      }
    }
  }
  return total_ns;
}

}  // namespace

absl::StatusOr<Timeline> Execute(const std::vector<plan::Program>& programs,
                                 const std::vector<FlatProgram>& flat, const CostModel& costs,
                                 const MachineOptions& options) {
  RINGSIDE_CHECK(flat.size() == programs.size() && options.topology.node_of_rank.size() == programs.size());
  if (options.steps < 1) return absl::InvalidArgumentError("nothing to simulate: no steps");
  bool empty = true;
  for (const FlatProgram& program : flat) empty = empty && program.ops.empty();
  if (empty) return absl::InvalidArgumentError("nothing to simulate: no program has an op");
  if (!(SerialNs(flat, options.topology) * options.steps < kClockNs)) {
    return absl::InvalidArgumentError(fmt::format(
        "{} steps would take longer than the clock holds (about a century); are the profile's figures "
        "right?",
        options.steps));
  }
  return Machine(programs, flat, costs, options).Run();
}

}  // namespace ringside::sim
