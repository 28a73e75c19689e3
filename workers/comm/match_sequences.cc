#include "workers/comm/match_sequences.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "base/status_macros.h"
#include "workers/comm/channels.h"
#include "workers/transport/text.h"

namespace ringside::workers {
namespace {

using Key = std::tuple<std::string, std::string, std::vector<int32_t>>;  // axis, stream, ranks

std::string Describe(const plan::Program& program, const plan::Op& op) {
  const plan::DType dtype = program.buffers[op.operands[0].buffer].dtype;
  const std::string elems = fmt::format("of {} {}", op.dims[0], plan::Name(dtype));
  if (!plan::IsCollective(op.kind)) return "message " + elems;
  std::string text = fmt::format("{} {}", plan::Name(op.kind), elems);
  if (op.kind == plan::OpKind::kAllReduce) text += fmt::format(", {}", plan::Name(op.algorithm));
  if (op.Has(plan::kMax)) text += ", maximum";
  return text;
}

std::string OpAt(const v1::CommSequence& sequence, int index) {
  return index < sequence.ops_size() ? sequence.ops(index) : "no such op";
}

// Sequence numbers count from 1.
absl::Status Compare(const Key& key, int a, const v1::CommSequence& of_a, int b,
                     const v1::CommSequence& of_b) {
  const int ops = std::max(of_a.ops_size(), of_b.ops_size());
  for (int i = 0; i < ops; ++i) {
    if (i < of_a.ops_size() && i < of_b.ops_size() && of_a.ops(i) == of_b.ops(i)) continue;
    return absl::FailedPreconditionError(fmt::format(
        "ranks {} and {} would not communicate alike on {} (stream {}): at seq {} rank {} has {}, "
        "rank {} has {}",
        a, b, std::get<0>(key), std::get<1>(key), i + 1, a, OpAt(of_a, i), b, OpAt(of_b, i)));
  }
  return absl::OkStatus();
}

}  // namespace

v1::CommSequences SequencesOf(const plan::Program& program) {
  v1::CommSequences out;
  for (const Channel& channel : ChannelsOf(program)) {
    v1::CommSequence* sequence = out.add_sequences();
    sequence->set_axis(channel.axis);
    sequence->set_stream(std::string(plan::Name(channel.stream)));
    sequence->mutable_ranks()->Add(channel.ranks.begin(), channel.ranks.end());
    for (const int32_t op : channel.ops) sequence->add_ops(Describe(program, program.ops[op]));
  }
  return out;
}

absl::Status CompareSequences(const std::vector<v1::CommSequences>& by_rank) {
  std::map<Key, std::map<int, const v1::CommSequence*>> channels;
  for (size_t rank = 0; rank < by_rank.size(); ++rank) {
    for (const v1::CommSequence& sequence : by_rank[rank].sequences()) {
      channels[{sequence.axis(), sequence.stream(), {sequence.ranks().begin(), sequence.ranks().end()}}]
              [static_cast<int>(rank)] = &sequence;
    }
  }
  static const v1::CommSequence kNone;
  for (const auto& [key, members] : channels) {
    const auto sequence_of = [&members = members](int rank) {
      const auto it = members.find(rank);
      return it == members.end() ? &kNone : it->second;
    };
    const int first = std::get<2>(key).front();
    for (const int32_t rank : std::get<2>(key)) {
      RINGSIDE_RETURN_IF_ERROR(Compare(key, first, *sequence_of(first), rank, *sequence_of(rank)));
    }
  }
  return absl::OkStatus();
}

absl::Status MatchSequences(const plan::Program& program, Transport& transport,
                            const std::atomic<bool>& stop) {
  std::string difference;  // empty: none
  if (transport.rank() != 0) {
    RINGSIDE_RETURN_IF_ERROR(SendText(transport, SequencesOf(program).SerializeAsString(), 0, stop));
    RINGSIDE_ASSIGN_OR_RETURN(difference, ReceiveText(transport, 0, stop));
  } else {
    std::vector<v1::CommSequences> by_rank = {SequencesOf(program)};
    for (int peer = 1; peer < transport.size(); ++peer) {
      RINGSIDE_ASSIGN_OR_RETURN(const std::string text, ReceiveText(transport, peer, stop));
      if (!by_rank.emplace_back().ParseFromString(text)) {
        difference = fmt::format("rank 0 cannot read what rank {} would communicate", peer);
      }
    }
    if (difference.empty()) difference = std::string(CompareSequences(by_rank).message());
    for (int peer = 1; peer < transport.size(); ++peer) {
      RINGSIDE_RETURN_IF_ERROR(SendText(transport, difference, peer, stop));
    }
  }
  return difference.empty() ? absl::OkStatus() : absl::FailedPreconditionError(difference);
}

}  // namespace ringside::workers
