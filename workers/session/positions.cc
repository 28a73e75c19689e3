#include "workers/session/positions.h"

#include <algorithm>
#include <string>
#include <utility>

namespace ringside::workers {

Positions::Positions(const plan::Program& program) {
  for (Channel& channel : ChannelsOf(program)) {
    Sequence& sequence = sequences_.emplace_back();
    sequence.own_stream = program.ops[channel.ops.front()].stream;
    for (const int32_t index : channel.ops) {
      const plan::Op& op = program.ops[index];
      const plan::DType dtype = program.buffers[op.operands[0].buffer].dtype;
      sequence.ops.push_back({index, op.kind, op.dims[0] * plan::SizeOf(dtype)});
    }
    sequence.channel = std::move(channel);
  }
}

void Positions::AddTo(const RunControl& control, v1::Heartbeat* beat) const {
  for (const Sequence& sequence : sequences_) {
    const StreamPosition::Value at = control.streams[static_cast<size_t>(sequence.own_stream)].Get();
    if (at.op < 0) continue;
    // A stream runs its ops in program order, so it is past all those of lower index.
    const auto after = std::upper_bound(sequence.ops.begin(), sequence.ops.end(), at.op,
                                        [](int32_t op, const Op& of) { return op < of.index; });
    v1::CommPosition* position = beat->add_positions();
    position->set_axis(sequence.channel.axis);
    position->set_stream(std::string(plan::Name(sequence.channel.stream)));
    position->mutable_ranks()->Add(sequence.channel.ranks.begin(), sequence.channel.ranks.end());
    position->set_step(at.step);
    position->set_seq(static_cast<int32_t>(after - sequence.ops.begin()));
    if (after == sequence.ops.begin()) continue;
    const Op& last = *std::prev(after);
    position->set_kind(std::string(plan::Name(last.kind)));
    position->set_bytes(last.bytes);
    position->set_under_way(last.index == at.op && !at.ended);
  }
}

}  // namespace ringside::workers
