#include "plan/mesh.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "plan/testing.h"

namespace ringside::plan {
namespace {

using ::testing::ElementsAre;

Resolved Of(const Layout& layout, const char* preset = "moe-nano") {
  auto resolved = Resolve(ScenarioOf(layout, preset));
  EXPECT_TRUE(resolved.ok()) << resolved.status();
  return *std::move(resolved);
}

TEST(Mesh, RanksAndCoordinatesAreOneToOne) {
  const Resolved r = Of({.dp = 3, .tp = 2, .pp = 2, .cp = 2});
  for (int rank = 0; rank < r.world_size(); ++rank) EXPECT_EQ(RankAt(r, CoordinatesOf(r, rank)), rank);
  EXPECT_THAT(TpRanks(r, {1, 2, 1, 0}), ElementsAre(22, 23));
  EXPECT_THAT(CpRanks(r, {1, 2, 1, 0}), ElementsAre(20, 22));
}

TEST(Mesh, DomainsHoldEveryRankOnceAndAgree) {
  Layout layout{.dp = 4, .tp = 2, .cp = 2};
  layout.ep = 2, layout.sequence_parallel = true, layout.zero = 1, layout.zero_group = 4;
  const Resolved r = Of(layout);
  for (const Domain domain : {Domain::kDense, Domain::kPartial, Domain::kExpert}) {
    std::set<std::vector<int32_t>> shards;
    for (int rank = 0; rank < r.world_size(); ++rank) {
      const Replicas replicas = ReplicasOf(r, CoordinatesOf(r, rank), domain);
      EXPECT_EQ(replicas.shard[replicas.index], rank);
      EXPECT_THAT(replicas.replicate, ::testing::Contains(rank));
      shards.insert(replicas.shard);
    }
    size_t ranks = 0;
    for (const auto& shard : shards) ranks += shard.size();
    EXPECT_EQ(ranks, static_cast<size_t>(r.world_size()));  // they part the world
  }
  // dp x cp = 8 replicas in two groups of 4; with tp peers groups of 8; an expert has 2 x 2 replicas, one
  // group.
  EXPECT_EQ(ReplicasOf(r, {}, Domain::kDense).shard.size(), 4u);
  EXPECT_EQ(ReplicasOf(r, {}, Domain::kDense).replicate.size(), 2u);
  EXPECT_EQ(ReplicasOf(r, {}, Domain::kPartial).shard.size(), 8u);
  EXPECT_EQ(ReplicasOf(r, {}, Domain::kExpert).shard.size(), 4u);
  EXPECT_THAT(EpRanks(r, {0, 3, 1, 0}), ElementsAre(10, 14));
}

TEST(Mesh, PlacementSaysWhichRanksShareANode) {
  v1::Scenario scenario = ScenarioOf({.dp = 2, .tp = 2});
  scenario.mutable_cluster()->set_nodes(2);
  const auto nodes = [&scenario] {
    const Resolved r = *Resolve(scenario);
    return std::vector<int>{NodeOf(r, 0), NodeOf(r, 1), NodeOf(r, 2), NodeOf(r, 3)};
  };
  EXPECT_THAT(nodes(), ElementsAre(0, 0, 1, 1));  // tensor-parallel peers together
  scenario.mutable_cluster()->set_placement(v1::PLACEMENT_TP_ACROSS);
  EXPECT_THAT(nodes(), ElementsAre(0, 1, 0, 1));
}

}  // namespace
}  // namespace ringside::plan
