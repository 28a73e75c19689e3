// Who keeps whom waiting, from what the ranks' last heartbeats say of their communication: "rank 2 is at seq
// 41 all_gather 4.0 MiB on dp, the other 3 ranks at seq 42 all_reduce 16.0 MiB (step 3)".
//
// A rank is behind on a group (or as one end of messages) if another member has an op of a later sequence
// number under way there. A rank that is behind on one group may itself be waiting on another; so those who
// wait nowhere are named first, and chains of waiting lead to them. Pure, and the same for the same
// heartbeats in any order.
#pragma once

#include <string>
#include <vector>

#include "ringside/v1/worker.pb.h"

namespace ringside::coordinator {

// `last_beats` by rank; a rank that never sent one has an empty one. Empty: nobody is behind anybody.
std::string DescribeStall(const std::vector<v1::Heartbeat>& last_beats);

}  // namespace ringside::coordinator
