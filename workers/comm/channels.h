// The orders in which communication ops must match between ranks.
//
// Ops of one group on one stream begin in program order on every member, so the k-th of one member is the
// k-th of all: its sequence number, counted from 1 in every step. Messages from one rank to another are a
// channel too, named by the sender's stream and the pair {sender, receiver}.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plan/program.h"

namespace ringside::workers {

struct Channel {
  std::string axis;  // of the group; "pp" for messages
  plan::Stream stream = plan::Stream::kCompute;
  std::vector<int32_t> ranks;  // global; at least two
  std::vector<int32_t> ops;    // of the program, ascending: the sequence
};

// Ordered by axis, stream and ranks. Groups of one have no channel.
std::vector<Channel> ChannelsOf(const plan::Program& program);

}  // namespace ringside::workers
