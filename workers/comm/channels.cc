#include "workers/comm/channels.h"

#include <map>
#include <tuple>
#include <utility>

namespace ringside::workers {

std::vector<Channel> ChannelsOf(const plan::Program& program) {
  using Key = std::tuple<std::string, plan::Stream, std::vector<int32_t>>;
  std::map<Key, std::vector<int32_t>> ops;
  for (size_t i = 0; i < program.ops.size(); ++i) {
    const plan::Op& op = program.ops[i];
    if (!plan::IsCommunication(op.kind)) continue;
    Key key;
    if (plan::IsCollective(op.kind)) {
      const plan::Group& group = program.groups[op.group];
      if (group.ranks.size() < 2) continue;
      key = {group.axis, op.stream, group.ranks};
    } else if (op.kind == plan::OpKind::kSend) {
      key = {"pp", op.stream, {program.rank, op.peer}};
    } else {
      key = {"pp", plan::Counterpart(op.stream), {op.peer, program.rank}};
    }
    ops[std::move(key)].push_back(static_cast<int32_t>(i));
  }
  std::vector<Channel> channels;
  for (auto& [key, list] : ops) {
    channels.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), std::move(list)});
  }
  return channels;
}

}  // namespace ringside::workers
