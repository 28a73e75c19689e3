#include "cli/nccl_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "sim/catalogue/catalogue.h"
#include "sim/gpu/collective_law.h"

namespace ringside::cli {
namespace {

using ::testing::HasSubstr;

v1::Interconnect Link(double base_us, double hop_us, double ramp_us, double gbps) {
  v1::Interconnect link;
  link.mutable_all_reduce()->set_base_us(base_us);
  link.mutable_all_reduce()->set_hop_us(hop_us);
  link.mutable_all_reduce()->set_ramp_us(ramp_us);
  link.mutable_all_reduce()->set_gbps(gbps);
  return link;
}

// A cluster with nodes of 8.
struct Cluster {
  v1::Interconnect inside = Link(11, 2.2, 18, 250), between = Link(1, 37, 200, 22);
  sim::gpu::Fabric fabric() const { return {&inside, &between, 8}; }
};

// What all_reduce_perf would print there.
std::string WriteLog(const std::string& name, int ranks) {
  const Cluster cluster;
  const sim::gpu::Fabric fabric = cluster.fabric();
  const std::string path = (std::filesystem::path(testing::TempDir()) / name).string();
  std::ofstream file(path);
  file << "# Collective test starting: all_reduce_perf\nNCCL version 2.20.5+cuda12.4\n";
  for (int rank = 0; rank < ranks; ++rank)
    file << fmt::format("#  Rank {} Pid 1 on n{} device {} [0x00] A100\n", rank, rank / 8, rank % 8);
  file << "# size count type redop root time algbw busbw #wrong time algbw busbw #wrong\n";
  for (double bytes = 1024; bytes < 9e9; bytes *= 2) {
    const sim::gpu::Group group = {static_cast<double>(ranks), 8};
    const double s = sim::gpu::CollectiveSeconds(fabric, sim::gpu::Collective::kAllReduce, group, bytes);
    const double algbw = bytes / s / 1e9, busbw = algbw * 2 * (ranks - 1) / ranks;
    file << fmt::format("{:.0f} {:.0f} float sum -1 {:.5g} {:.2f} {:.2f} 0 {:.5g} {:.2f} {:.2f} 0\n", bytes,
                        bytes / 4, s * 1e6, algbw, busbw, s * 1e6, algbw, busbw);
  }
  return path;
}

TEST(NcclImportTest, LogsOfOneAndOfSeveralNodesGiveTwoLinksThatPredictThem) {
  CalibrateOptions options;
  options.nccl_logs = {WriteLog("a8.log", 8), WriteLog("a16.log", 16), WriteLog("a64.log", 64)};
  options.link_name = "mine";
  options.out = (std::filesystem::path(testing::TempDir()) / "links.yaml").string();
  options.json = (std::filesystem::path(testing::TempDir()) / "links.json").string();
  ASSERT_EQ(Calibrate(options), kExitOk);
  std::stringstream written;
  written << std::ifstream(options.out).rdbuf();
  const auto catalogue = sim::ParseCatalogue(written.str(), options.out);
  ASSERT_TRUE(catalogue.ok()) << catalogue.status();
  const sim::gpu::Fabric mine = {sim::FindLink(*catalogue, "mine-node"),
                                 sim::FindLink(*catalogue, "mine-net"), 8};
  ASSERT_TRUE(mine.scale_up != nullptr && mine.scale_out != nullptr);
  const Cluster cluster;
  const sim::gpu::Fabric theirs = cluster.fabric();
  for (const double ranks : {8., 16., 32., 64.}) {
    for (const double bytes : {1e5, 1e7, 1e9}) {
      const sim::gpu::Group group = {ranks, 8};
      EXPECT_NEAR(sim::gpu::CollectiveSeconds(mine, sim::gpu::Collective::kAllReduce, group, bytes) /
                      sim::gpu::CollectiveSeconds(theirs, sim::gpu::Collective::kAllReduce, group, bytes),
                  1, 0.05)
          << ranks << " " << bytes;
    }
  }
  const nlohmann::json json = nlohmann::json::parse(std::ifstream(options.json));
  EXPECT_LT(json["links"][0]["fitted"]["all_reduce"]["residual"].get<double>(), 0.02);
  EXPECT_THAT(json["notes"][0].get<std::string>(), HasSubstr("1 lines of"));  // said, not silently skipped
}

TEST(NcclImportTest, BadInputIsExitTwoAndNamesFileAndLine) {
  CalibrateOptions options;
  options.nccl_logs = {"nowhere.log"};
  EXPECT_EQ(Calibrate(options), kExitBadInput);
  options.nccl_logs = {WriteLog("b16.log", 16)};
  EXPECT_THAT(std::string(ImportNcclLogs(options).status().message()), HasSubstr("--scale-up"));
  options.scale_up = "string";
  EXPECT_THAT(std::string(ImportNcclLogs(options).status().message()),
              HasSubstr("--scale-up string: is no link"));
  options.scale_up = "nvlink3";
  EXPECT_TRUE(ImportNcclLogs(options).ok());
  std::ofstream(options.nccl_logs[0], std::ios::app) << "1048576 262144 float sum\n";
  EXPECT_THAT(std::string(ImportNcclLogs(options).status().message()), HasSubstr("b16.log:44: a torn row"));
  EXPECT_EQ(Calibrate(options), kExitBadInput);
}

}  // namespace
}  // namespace ringside::cli
