#include "coordinator/launch/virtual_network.h"

#include <unistd.h>

#include "coordinator/launch/command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::coordinator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class VirtualNetworkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const absl::Status possible = ProbeVirtualNodes(); !possible.ok()) GTEST_SKIP() << possible.message();
  }
  const std::string prefix_ = "rs-t" + std::to_string(::getpid()) + "-";
};

TEST_F(VirtualNetworkTest, NodesHaveLimitedLinksAndGoWithTheObject) {
  {
    const auto network = VirtualNetwork::Create(prefix_, {{.gbps = 1}, {.gbps = 0.1}, {}});
    ASSERT_TRUE(network.ok()) << network.status();
    EXPECT_THAT(*RunCommand({"tc", "-n", network->NodeName(0), "qdisc", "show", "dev", "eth0"}),
                HasSubstr("rate 1Gbit"));
    EXPECT_THAT(*RunCommand({"tc", "-n", network->NodeName(1), "qdisc", "show", "dev", "eth0"}),
                HasSubstr("rate 100Mbit"));
    EXPECT_THAT(*RunCommand({"tc", "-n", prefix_ + "sw", "qdisc", "show", "dev", "p1"}),
                HasSubstr("rate 100Mbit"));
    EXPECT_THAT(*RunCommand({"tc", "-n", network->NodeName(2), "qdisc", "show", "dev", "eth0"}),
                Not(HasSubstr("tbf")));
    const std::string evidence = network->Evidence();
    EXPECT_THAT(evidence, HasSubstr("node 0 (1 Gbit/s): sent "));
    EXPECT_THAT(evidence, HasSubstr("node 2 (no limit): sent "));
  }
  EXPECT_THAT(*RunCommand({"ip", "netns", "list"}), Not(HasSubstr(prefix_)));
}

TEST_F(VirtualNetworkTest, LeftoversOfTheSameNameAreNoObstacle) {
  ASSERT_TRUE(RunCommand({"ip", "netns", "add", prefix_ + "n0"}).ok());
  EXPECT_TRUE(VirtualNetwork::Create(prefix_, {{}, {}}).ok());
  EXPECT_THAT(*RunCommand({"ip", "netns", "list"}), Not(HasSubstr(prefix_)));
}

TEST_F(VirtualNetworkTest, AFailureNamesTheCommandAndLeavesNothing) {
  const auto network = VirtualNetwork::Create(prefix_, {{.gbps = 1}, {.gbps = -0.0}, {.gbps = 1e30}});
  ASSERT_FALSE(network.ok());
  EXPECT_THAT(std::string(network.status().message()), HasSubstr("`tc -n "));
  EXPECT_THAT(*RunCommand({"ip", "netns", "list"}), Not(HasSubstr(prefix_)));
}

}  // namespace
}  // namespace ringside::coordinator
