#include <filesystem>
#include <fstream>
#include <string>

#include "cli/command.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace ringside::cli {
namespace {

class TraceAnalyzeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ + "/trace_rank1.json") << Trace(40);
    std::ofstream(folder_ + "/trace_rank0.json") << Trace(60);
    std::ofstream(folder_ + "/notes.txt") << "not a trace";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // Compute for 50 us, then a collective that ends at 100.
  static std::string Trace(int begin) {
    const std::string at = std::to_string(begin);
    const std::string length = std::to_string(100 - begin);
    return R"([{"ph": "X", "cat": "kernel", "name": "gemm", "ts": 0, "dur": 50, "args": {"stream": 7}},
               {"ph": "X", "cat": "kernel", "name": "my_exchange", "ts": )" +
           at + R"(, "dur": )" + length + R"(, "args": {"stream": 8}}])";
  }
  nlohmann::json Json() const { return nlohmann::json::parse(std::ifstream(folder_ + "/out.json")); }

  const std::string folder_ = ::testing::TempDir() + "/trace_analyze_" +
                              ::testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(TraceAnalyzeTest, ReadsAFolderRankByRank) {
  TraceAnalyzeOptions options;
  options.paths = {folder_};
  options.json = folder_ + "/out.json";
  options.classes = folder_ + "/classes.txt";
  std::ofstream(options.classes) << "communication exchange\n";
  ASSERT_EQ(TraceAnalyze(options), kExitOk);
  const nlohmann::json json = Json();
  ASSERT_EQ(json["ranks"].size(), 2);
  EXPECT_EQ(json["ranks"][1]["rank"], 1);
  EXPECT_EQ(json["ranks"][1]["kernel_time_us"], 100);
  EXPECT_EQ(json["ranks"][1]["overlap_us"], 10);
  EXPECT_EQ(json["ranks"][1]["exposed_communication_us"], 50);
  EXPECT_EQ(json["ranks"][0]["idle_us"], 10);
  EXPECT_EQ(json["cross_rank"]["ranks"][1]["wait_us"], 20);
}

TEST_F(TraceAnalyzeTest, RefusesWhatItCannotRead) {
  TraceAnalyzeOptions options;
  for (const std::string& path : {folder_ + "/missing.json", folder_ + "/notes.txt"}) {
    options.paths = {path};
    EXPECT_EQ(TraceAnalyze(options), kExitBadInput) << path;
  }
  options.paths = {folder_};
  options.classes = folder_ + "/notes.txt";
  EXPECT_EQ(TraceAnalyze(options), kExitBadInput);
}

}  // namespace
}  // namespace ringside::cli
