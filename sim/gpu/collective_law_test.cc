#include "sim/gpu/collective_law.h"

#include <gtest/gtest.h>

#include "sim/catalogue/catalogue.h"

namespace ringside::sim::gpu {
namespace {

// 10 us and 1 us a hop, 100 GB/s inside; 10 GB/s between nodes of 4.
struct World {
  World() {
    for (v1::CollectiveLaw* law : Laws(&up)) law->set_base_us(10), law->set_hop_us(1), law->set_gbps(100);
    for (v1::CollectiveLaw* law : Laws(&out)) law->set_base_us(20), law->set_hop_us(5), law->set_gbps(10);
    fabric = {&up, &out, 4};
  }
  static std::vector<v1::CollectiveLaw*> Laws(v1::Interconnect* link) {
    return {link->mutable_all_reduce(), link->mutable_all_gather(), link->mutable_reduce_scatter(),
            link->mutable_all_to_all()};
  }
  v1::Interconnect up, out;
  Fabric fabric;
};

constexpr double kBig = 4e10;  // bytes, latency does not count

TEST(CollectiveLawTest, RingsMoveTheTextbookShareOfTheBuffer) {
  World world;
  const Group four = {4, 4};
  EXPECT_NEAR(CollectiveSeconds(world.fabric, Collective::kAllReduce, four, kBig), 2 * 0.75 * kBig / 100e9,
              1e-3);
  EXPECT_NEAR(CollectiveSeconds(world.fabric, Collective::kAllGather, four, kBig), 0.75 * kBig / 100e9, 1e-3);
  EXPECT_NEAR(CollectiveSeconds(world.fabric, Collective::kReduceScatter, four, kBig), 0.75 * kBig / 100e9,
              1e-3);
}

TEST(CollectiveLawTest, AShareOfWhatARankHoldsAlreadyMayTravelToo) {
  World world;
  for (v1::CollectiveLaw* law : World::Laws(&world.up)) law->set_whole_share(1);
  EXPECT_NEAR(CollectiveSeconds(world.fabric, Collective::kAllGather, {4, 4}, kBig), kBig / 100e9, 1e-3);
  EXPECT_NEAR(CollectiveSeconds(world.fabric, Collective::kAllReduce, {4, 4}, kBig), 2 * kBig / 100e9, 1e-3);
}

TEST(CollectiveLawTest, LargerPartsLeaveTheProtocolsOfLowLatency) {
  World world;
  for (v1::CollectiveLaw* law : World::Laws(&world.up))
    law->set_simple_mib(1), law->set_simple_us(100), law->set_simple_hop_us(10);
  const auto seconds = [&](double mib) {
    return CollectiveSeconds(world.fabric, Collective::kAllGather, {4, 4}, mib * (1 << 20));
  };
  EXPECT_LT(seconds(3.9), 50e-6);
  EXPECT_NEAR(seconds(4.1), 130e-6 + 0.75 * 4.1 * (1 << 20) / 100e9, 1e-9);
}

TEST(CollectiveLawTest, SmallMessagesCostLatency) {
  World world;
  EXPECT_NEAR(CollectiveSeconds(world.fabric, Collective::kAllReduce, {4, 4}, 8), 13e-6, 1e-8);
}

TEST(CollectiveLawTest, OfSeveralNodesTheNetworkOfEachDeviceCarriesItsShare) {
  World world;
  // 4 nodes of 4: a quarter of the buffer by every port.
  EXPECT_NEAR(CollectiveSeconds(world.fabric, Collective::kAllReduce, {16, 4}, kBig),
              2 * 0.75 * (kBig / 4) / 10e9, 0.05);
  // One device a node: the whole buffer by one port.
  EXPECT_NEAR(CollectiveSeconds(world.fabric, Collective::kAllReduce, {4, 1}, kBig), 2 * 0.75 * kBig / 10e9,
              0.05);
}

TEST(CollectiveLawTest, GroupsFollowThePlacement) {
  World world;
  EXPECT_EQ(GroupOf(world.fabric, 8, 1).per_domain, 4);   // neighbours: four in a node
  EXPECT_EQ(GroupOf(world.fabric, 8, 2).per_domain, 2);   // every other
  EXPECT_EQ(GroupOf(world.fabric, 8, 16).per_domain, 1);  // one a node
  EXPECT_EQ(GroupOf(world.fabric, 2, 1).per_domain, 2);   // never more than there are
}

TEST(CollectiveLawTest, AGroupOfOneCostsNothing) {
  World world;
  EXPECT_EQ(CollectiveSeconds(world.fabric, Collective::kAllReduce, {1, 1}, kBig), 0);
}

TEST(CollectiveLawTest, AFasterLinkIsNeverSlowerAndMoreBytesNeverFaster) {
  for (const v1::Interconnect& link : BuiltInCatalogue().links()) {
    const Fabric fabric = {&link, &link, 8};
    v1::Interconnect faster = link;
    for (v1::CollectiveLaw* law : World::Laws(&faster)) law->set_gbps(2 * law->gbps());
    const Fabric fast = {&faster, &faster, 8};
    for (const Collective operation : {Collective::kAllReduce, Collective::kAllGather,
                                       Collective::kReduceScatter, Collective::kAllToAll}) {
      for (const double ranks : {2., 8., 64.}) {
        double last = 0;
        for (double bytes = 1024; bytes < 1e10; bytes *= 4) {
          const Group group = GroupOf(fabric, ranks, 1);
          const double now = CollectiveSeconds(fabric, operation, group, bytes);
          EXPECT_GE(now, last) << link.name();
          EXPECT_LE(CollectiveSeconds(fast, operation, group, bytes), now) << link.name();
          last = now;
        }
      }
    }
  }
}

}  // namespace
}  // namespace ringside::sim::gpu
