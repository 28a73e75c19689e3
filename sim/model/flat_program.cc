#include "sim/model/flat_program.h"

#include <map>
#include <tuple>

namespace ringside::sim {

int64_t FlatProgram::SentBytes(int32_t op) const {
  int64_t bytes = 0;
  for (int32_t i = 0; i < ops[op].num_rounds; ++i) {
    const FlatRound& round = rounds[ops[op].round_begin + i];
    bytes += round.send_bytes * round.times;
  }
  return bytes;
}

int64_t FlatProgram::ReceivedBytes(int32_t op) const {
  int64_t bytes = 0;
  for (int32_t i = 0; i < ops[op].num_rounds; ++i) {
    const FlatRound& round = rounds[ops[op].round_begin + i];
    bytes += round.recv_bytes * round.times;
  }
  return bytes;
}

FlatProgram Flatten(const plan::Program& program, const CostModel& costs) {
  FlatProgram flat;
  flat.ops.resize(program.ops.size());
  std::vector<int32_t> position(program.ops.size(), 0);  // of a communication op in its stream
  // Equal communication (the same layer's, every micro-batch) shares its rounds.
  using Key = std::tuple<int, int, int32_t, int32_t, int64_t, int64_t>;
  std::map<Key, std::pair<int32_t, int32_t>> rounds_of;
  double slowdown = 1, late_ns = 0;  // the mean of a jittery link's delays stands for them
  for (const v1::Fault& fault : program.faults) {
    if (fault.has_straggler()) slowdown = fault.straggler().factor();
    if (fault.has_jitter_link()) late_ns = 1e3 * fault.jitter_link().mean_us();
  }

  for (size_t i = 0; i < program.ops.size(); ++i) {
    const plan::Op& op = program.ops[i];
    FlatOp& out = flat.ops[i];
    out.is_communication = plan::IsCommunication(op.kind);
    out.stream = static_cast<uint8_t>(op.stream);
    out.dep_begin = static_cast<int32_t>(flat.deps.size());
    for (int32_t dep : op.deps) {
      const FlatOp& before = flat.ops[dep];
      if (!before.is_communication) continue;
      if (out.is_communication && before.stream == out.stream) continue;
      flat.deps.push_back({before.stream, position[dep] + 1});
    }
    out.dep_end = static_cast<int32_t>(flat.deps.size());
    if (!out.is_communication) {
      const ComputeCost cost = costs.Compute(op, program.real);
      out.work_ns = cost.work_ns * slowdown;
      out.work_class = cost.work_class;
      out.contention = cost.contention;
      continue;
    }
    auto& stream = flat.stream_ops[out.stream];
    position[i] = static_cast<int32_t>(stream.size());
    stream.push_back(static_cast<int32_t>(i));
    const int group_size = op.group >= 0 ? static_cast<int>(program.groups[op.group].ranks.size()) : 2;
    // Both ends of a message have one law, and it has the name of the sending one.
    const plan::OpKind kind = op.kind == plan::OpKind::kRecv ? plan::OpKind::kSend : op.kind;
    out.same_node = costs.Message(kind, group_size, true);
    out.other_node = costs.Message(kind, group_size, false);
    out.same_node.latency_ns += late_ns;
    out.other_node.latency_ns += late_ns;
    const int64_t elem_bytes =
        plan::SizeOf(op.operands.empty() ? program.real : program.buffers[op.operands[0].buffer].dtype);
    const auto [at, is_new] =
        rounds_of.try_emplace(Key{static_cast<int>(op.kind), static_cast<int>(op.algorithm), op.group,
                                  op.peer, op.dims[0], elem_bytes});
    if (is_new) {
      at->second.first = static_cast<int32_t>(flat.rounds.size());
      for (const plan::Round& round : plan::RoundsOf(op, program.groups, program.rank)) {
        const FlatRound next{round.send_count > 0 ? round.send_to : -1,
                             round.recv_count > 0 ? round.recv_from : -1,
                             round.reduce,
                             1,
                             round.send_count * elem_bytes,
                             round.recv_count * elem_bytes};
        const bool same_op = static_cast<int32_t>(flat.rounds.size()) > at->second.first;
        if (same_op && flat.rounds.back().IsLike(next)) {
          ++flat.rounds.back().times;
        } else {
          flat.rounds.push_back(next);
        }
      }
      at->second.second = static_cast<int32_t>(flat.rounds.size()) - at->second.first;
    }
    std::tie(out.round_begin, out.num_rounds) = at->second;
  }
  return flat;
}

}  // namespace ringside::sim
