#include "plan/mesh.h"

#include <algorithm>
#include <numeric>

#include "base/check.h"

namespace ringside::plan {

Coordinates CoordinatesOf(const Resolved& r, int rank) {
  RINGSIDE_CHECK(rank >= 0 && rank < r.world_size());
  return {rank / (r.tp * r.cp * r.dp), rank / (r.tp * r.cp) % r.dp, rank / r.tp % r.cp, rank % r.tp};
}

int RankAt(const Resolved& r, const Coordinates& at) {
  return ((at.pp * r.dp + at.dp) * r.cp + at.cp) * r.tp + at.tp;
}

int NodeOf(const Resolved& r, int rank) {
  int place = rank;
  if (r.scenario.cluster().placement() == v1::PLACEMENT_TP_ACROSS) {
    const Coordinates at = CoordinatesOf(r, rank);
    place = ((at.tp * r.pp + at.pp) * r.dp + at.dp) * r.cp + at.cp;
  }
  return place / r.scenario.cluster().devices_per_node();
}

std::vector<int32_t> TpRanks(const Resolved& r, const Coordinates& at) {
  std::vector<int32_t> ranks;
  for (int tp = 0; tp < r.tp; ++tp) ranks.push_back(RankAt(r, {at.pp, at.dp, at.cp, tp}));
  return ranks;
}

std::vector<int32_t> CpRanks(const Resolved& r, const Coordinates& at) {
  std::vector<int32_t> ranks;
  for (int cp = 0; cp < r.cp; ++cp) ranks.push_back(RankAt(r, {at.pp, at.dp, cp, at.tp}));
  return ranks;
}

std::vector<int32_t> EpRanks(const Resolved& r, const Coordinates& at) {
  std::vector<int32_t> ranks;
  const int first = at.dp / r.ep * r.ep;
  for (int dp = first; dp < first + r.ep; ++dp) ranks.push_back(RankAt(r, {at.pp, dp, at.cp, at.tp}));
  return ranks;
}

std::vector<int32_t> WorldRanks(const Resolved& r) {
  std::vector<int32_t> ranks(r.world_size());
  std::iota(ranks.begin(), ranks.end(), 0);
  return ranks;
}

std::string_view AxisOf(Domain domain) {
  constexpr std::string_view kNames[kNumDomains] = {"dp", "dp_tp", "dp_ep"};
  return kNames[static_cast<int>(domain)];
}

Replicas ReplicasOf(const Resolved& r, const Coordinates& at, Domain domain) {
  std::vector<int32_t> all;
  const int step = domain == Domain::kExpert ? r.ep : 1;
  for (int dp = at.dp % step; dp < r.dp; dp += step) {
    for (int cp = 0; cp < r.cp; ++cp) {
      for (int tp = 0; tp < r.tp; ++tp) {
        if (domain != Domain::kPartial && tp != at.tp) continue;
        all.push_back(RankAt(r, {at.pp, dp, cp, tp}));
      }
    }
  }
  const int size = static_cast<int>(all.size());
  int sharded = 1;
  if (ZeroStage(r) > 0) {
    const int wanted = domain == Domain::kPartial ? r.zero_group * r.tp : r.zero_group;
    sharded = std::gcd(size, wanted);
  }
  const auto self = std::find(all.begin(), all.end(), RankAt(r, at)) - all.begin();
  Replicas out;
  out.index = static_cast<int>(self % sharded);
  const auto first = self / sharded * sharded;
  out.shard.assign(all.begin() + first, all.begin() + first + sharded);
  for (int i = out.index; i < size; i += sharded) out.replicate.push_back(all[i]);
  return out;
}

int ZeroStage(const Resolved& r) {
  return r.zero_group > 1 ? r.scenario.plan().zero() : 0;
}

}  // namespace ringside::plan
