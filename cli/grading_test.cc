// Where the traces that a scorecard points at are kept.
#include "cli/grading.h"

#include <filesystem>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "plan/compile.h"
#include "sim/profile.h"
#include "sim/simulate.h"
#include "trace/store.h"

namespace ringside::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::StartsWith;

class KeepTracesTest : public ::testing::Test {
 protected:
  KeepTracesTest() : directory_(::testing::TempDir() + "/ringside-keep-traces") {
    fs::remove_all(directory_);
  }
  ~KeepTracesTest() override { fs::remove_all(directory_); }

  static v1::Trace TraceOf(double bucket_mib) {
    v1::Scenario scenario;
    scenario.mutable_model()->set_preset("gpt2-nano");
    scenario.mutable_run()->set_steps(2);
    scenario.mutable_plan()->set_bucket_mib(bucket_mib);
    scenario.set_name("one/dp1-tp1-pp1 mb1x1 bucket 0.1");
    sim::SimulateRequest request;
    request.scenario = plan::Resolve(scenario)->scenario;
    request.programs = *plan::Compile(scenario);
    request.profile = sim::UncalibratedLocalCpu(2);
    return *sim::Simulate(request);
  }

  std::string directory_;
};

TEST_F(KeepTracesTest, PlansOfOneNameAreKeptApart) {
  const auto keep = RunnerOptions("", directory_, KeepTraces::kLatest).keep_trace;
  const std::string a = *keep(TraceOf(0.1000001)), b = *keep(TraceOf(0.1000002));
  EXPECT_NE(a, b);
  EXPECT_THAT(a, StartsWith(directory_ + "/one-dp1-tp1-pp1-mb1x1-bucket-0.1-"));
  EXPECT_EQ(*keep(TraceOf(0.1000001)), a);  // run again by the same user
  EXPECT_EQ(trace::LoadTrace(b)->scenario().plan().bucket_mib(), 0.1000002);
}

TEST_F(KeepTracesTest, AServerNeverReplacesATrace) {
  const auto keep = RunnerOptions("", directory_).keep_trace;
  std::set<std::string> places;
  for (int i = 0; i < 3; ++i) places.insert(*keep(TraceOf(1)));
  EXPECT_EQ(places.size(), 3u);
  for (const std::string& place : places) EXPECT_TRUE(trace::LoadTrace(place).ok()) << place;
}

TEST_F(KeepTracesTest, APlaceThatCannotBeMadeIsAnError) {
  const auto keep = RunnerOptions("", "/proc/ringside").keep_trace;
  EXPECT_EQ(keep(TraceOf(1)).status().code(), absl::StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace ringside::cli
