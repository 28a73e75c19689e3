// The mesh of ranks: where a rank stands on the axes, and whom it shares them with. Every group lists its
// ranks in the order of their coordinates, so that all members have the same list.
//
// rank = ((pp * dp_size + dp) * cp_size + cp) * tp_size + tp. Expert parallelism has no axis of its own: the
// replicas dp of one block of `ep` neighbours hold the experts of a layer between them.
#pragma once

#include <vector>

#include "plan/compile.h"

namespace ringside::plan {

struct Coordinates {
  int pp = 0, dp = 0, cp = 0, tp = 0;
};
Coordinates CoordinatesOf(const Resolved& resolved, int rank);
int RankAt(const Resolved& resolved, const Coordinates& at);
// The node that a rank runs on (cluster.placement).
int NodeOf(const Resolved& resolved, int rank);

std::vector<int32_t> TpRanks(const Resolved& resolved, const Coordinates& at);
std::vector<int32_t> CpRanks(const Resolved& resolved, const Coordinates& at);
std::vector<int32_t> EpRanks(const Resolved& resolved, const Coordinates& at);
std::vector<int32_t> WorldRanks(const Resolved& resolved);

// Which ranks hold the same part of a tensor and each have only a part of the sum that is its gradient.
enum class Domain {
  kDense,    // the replicas of a model-parallel rank: dp x cp
  kPartial,  // with sequence parallelism also its tp peers: what they do to their own tokens only
  kExpert,   // an expert: the replicas that have it, dp / ep x cp
};
inline constexpr int kNumDomains = 3;
std::string_view AxisOf(Domain domain);  // "dp", "dp_tp", "dp_ep": how their groups are called in traces

// The replicas of a domain, as a grid: what ZeRO shards is split over `shard`, and has further copies over
// `replicate`. The whole domain is one or the other where nothing is sharded.
struct Replicas {
  std::vector<int32_t> shard;      // holds the rank
  std::vector<int32_t> replicate;  // those with the same place in their shard group; holds the rank
  int index = 0;                   // of the rank in `shard`
};
Replicas ReplicasOf(const Resolved& resolved, const Coordinates& at, Domain domain);

// The ZeRO stage that takes effect: 0 where there is nothing to shard over.
int ZeroStage(const Resolved& resolved);

}  // namespace ringside::plan
