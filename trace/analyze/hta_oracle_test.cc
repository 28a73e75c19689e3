// Real traces, against what HolisticTraceAnalysis says of them. Skipped where they are not at hand.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "trace/analyze/report.h"

namespace ringside::trace {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const fs::path kTraces = fs::path(RINGSIDE_SOURCE_DIR) / "../shared/traces";

Json Expected(const fs::path& path) {
  return Json::parse(std::ifstream(path));
}

std::vector<GpuTimeline> ReadAll(const std::vector<fs::path>& paths) {
  std::vector<GpuTimeline> timelines;
  const KernelClasses classes = KernelClasses::Default();
  for (const fs::path& path : paths) {
    auto timeline = ReadGpuTimeline(path.string(), classes, static_cast<int>(timelines.size()));
    EXPECT_TRUE(timeline.ok()) << timeline.status();
    if (timeline.ok()) timelines.push_back(*std::move(timeline));
  }
  return timelines;
}

// HTA's names of kinds that run at once, by the bits of Breakdown::by_kinds_ns.
const std::map<std::string, int>& Kinds() {
  static const std::map<std::string, int> kinds = {
      {"COMPUTATION", 1},
      {"COMMUNICATION", 2},
      {"COMPUTATION overlapping COMMUNICATION", 3},
      {"MEMORY", 4},
      {"COMPUTATION overlapping MEMORY", 5},
      {"COMMUNICATION overlapping MEMORY", 6},
      {"COMPUTATION overlapping COMMUNICATION overlapping MEMORY", 7}};
  return kinds;
}

// For the launch of work whose launch is not recorded, HTA takes the file's first event, whichever that is:
// where there is such work, only the sum is compared.
void CompareIdle(const GpuTimeline& timeline, const StreamIdle& stream, const Json& expected) {
  std::map<std::string, int64_t> want = {{"host_wait", 0}, {"kernel_wait", 0}, {"other", 0}};
  for (const Json& e : expected) {
    if (e["rank"] != timeline.rank || e["stream"] != stream.stream) continue;
    want[e["idle_category"]] = std::llround(e["idle_time"].get<double>() * 1000);
  }
  const std::map<std::string, int64_t> got = {
      {"host_wait", stream.host_wait_ns}, {"kernel_wait", stream.kernel_wait_ns}, {"other", stream.other_ns}};
  EXPECT_EQ(got.at("host_wait") + got.at("kernel_wait") + got.at("other"),
            want["host_wait"] + want["kernel_wait"] + want["other"])
      << stream.stream;
  const bool all_launched = std::all_of(timeline.ops.begin(), timeline.ops.end(), [&](const GpuOp& op) {
    return op.stream != stream.stream || op.launch_ns != kNotLaunched;
  });
  if (all_launched) EXPECT_EQ(got, want) << stream.stream;
}

void Compare(const TraceReport& report, const Json& expected) {
  std::map<int, const RankReport*> ranks;
  for (const RankReport& r : report.ranks) ranks[r.timeline->rank] = &r;
  for (const Json& e : expected["temporal"]) {
    SCOPED_TRACE(e["rank"].get<int>());
    ASSERT_TRUE(ranks.contains(e["rank"]));
    const Breakdown& b = ranks[e["rank"]]->breakdown;
    EXPECT_EQ(b.idle_ns, e["idle_time(us)"].get<double>() * 1000);
    EXPECT_EQ(b.compute_ns, e["compute_time(us)"].get<double>() * 1000);
    EXPECT_EQ(b.non_compute_ns, e["non_compute_time(us)"].get<double>() * 1000);
    EXPECT_EQ(b.kernel_time_ns, e["kernel_time(us)"].get<double>() * 1000);
  }
  for (const Json& e : expected["overlap"]) {
    if (!e["comp_comm_overlap_pctg"].is_number()) continue;
    EXPECT_NEAR(ranks[e["rank"]]->breakdown.overlap_percent(), e["comp_comm_overlap_pctg"].get<double>(),
                0.0051);
  }
  for (const auto& [rank, r] : ranks) {
    for (const StreamIdle& s : r->idle) CompareIdle(*r->timeline, s, expected["idle"]);
  }
  for (const Json& e : expected["kernel_type"]) {
    int64_t sum_ns = 0;
    for (const auto& [rank, r] : ranks) sum_ns += r->breakdown.by_kinds_ns[Kinds().at(e["kernel_type"])];
    EXPECT_EQ(sum_ns, e["sum"].get<int64_t>() * 1000) << e["kernel_type"];
  }
}

TEST(HtaOracle, SingleRanks) {
  if (!fs::exists(kTraces / "hta_testdata")) GTEST_SKIP() << "no traces at " << kTraces;
  int compared = 0;
  for (const auto& entry : fs::directory_iterator(kTraces / "hta_testdata")) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("hta_expected.")) continue;
    SCOPED_TRACE(name);
    const std::string stem = name.substr(13, name.size() - 13 - 5);
    const std::vector<GpuTimeline> timelines = ReadAll({entry.path().parent_path() / (stem + ".json.gz")});
    ASSERT_EQ(timelines.size(), 1);
    EXPECT_EQ(timelines[0].file.repairs.total(), 0);
    Compare(Report(timelines, 0), Expected(entry.path()));
    ++compared;
  }
  EXPECT_GT(compared, 0);
}

TEST(HtaOracle, EightRanks) {
  const fs::path folder = kTraces / "param_dlrm_8rank";
  if (!fs::exists(folder)) GTEST_SKIP() << "no traces at " << folder;
  const fs::path scratch = fs::path(::testing::TempDir()) / "ringside_dlrm_8rank";
  fs::create_directories(scratch);
  const std::string unpack =
      "tar xzf '" + (folder / "dlrm_kineto.tar.gz").string() + "' -C '" + scratch.string() + "'";
  ASSERT_EQ(std::system(unpack.c_str()), 0);
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(scratch)) {
    if (entry.path().extension() == ".json") paths.push_back(entry.path());
  }
  const std::vector<GpuTimeline> timelines = ReadAll(paths);
  fs::remove_all(scratch);
  ASSERT_EQ(timelines.size(), 8);
  const Json expected = Expected(folder / "hta_expected.json");
  const TraceReport report = Report(timelines, 0);
  Compare(report, expected);
  ASSERT_TRUE(report.cross_rank.has_value());
  const CrossRank& c = *report.cross_rank;
  EXPECT_EQ(Json(c.late_starters), expected["potential_stragglers"]);
  // Worked out by hand from the same files, see their notes.
  EXPECT_EQ(c.matched, 8);
  EXPECT_EQ(c.elapsed_ns, 19685000);
  EXPECT_NEAR(c.efficiency.load_balance, 0.889, 0.001);
  EXPECT_NEAR(c.efficiency.orchestration, 0.625, 0.001);
  EXPECT_NEAR(c.efficiency.communication, 0.101, 0.001);
  EXPECT_NEAR(c.efficiency.parallel(), 0.0563, 0.0001);
}

// Files with metadata that is absent or of another kind: read, with a warning, never refused.
TEST(HtaOracle, StrangeFiles) {
  if (!fs::exists(kTraces / "hta_testdata")) GTEST_SKIP() << "no traces at " << kTraces;
  for (const char* name : {"rank_non_gpu", "distributed_info_not_found", "cpu_only_gloo_rank34of300"}) {
    const std::vector<GpuTimeline> timelines =
        ReadAll({kTraces / "hta_testdata" / (std::string(name) + ".json.gz")});
    ASSERT_EQ(timelines.size(), 1) << name;
    EXPECT_GT(timelines[0].file.events, 20);
    EXPECT_THAT(Report(timelines, 0).warnings, ::testing::Contains(::testing::HasSubstr("no GPU work")))
        << name;
  }
}

}  // namespace
}  // namespace ringside::trace
