#include "trace/chrome.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "trace/testing.h"

namespace ringside::trace {
namespace {

using nlohmann::json;

std::vector<json> EventsOf(const json& file, const std::string& phase) {
  std::vector<json> events;
  for (const json& event : file["traceEvents"]) {
    if (event["ph"] == phase) events.push_back(event);
  }
  return events;
}

// Microseconds as written back to ns; exact for the three decimals of the file.
int64_t Ns(const json& micros) {
  return std::llround(micros.get<double>() * 1000);
}

void ExpectNoOverlapOnAnyLane(const json& file) {
  std::map<std::pair<int, int>, std::vector<std::pair<int64_t, int64_t>>> lanes;
  for (const json& event : EventsOf(file, "X")) {
    const int64_t begin = Ns(event["ts"]);
    lanes[{event["pid"], event["tid"]}].emplace_back(begin, begin + Ns(event["dur"]));
  }
  for (auto& [lane, spans] : lanes) {
    std::sort(spans.begin(), spans.end());
    for (size_t i = 1; i < spans.size(); ++i)
      EXPECT_LE(spans[i - 1].second, spans[i].first) << lane.first << "/" << lane.second;
  }
}

TEST(WriteChromeTrace, WritesEverySpanWithItsTimesAndArguments) {
  v1::Trace trace = TwoReplicas();
  trace.mutable_ranks(0)->set_host("node \"7\"\n");
  trace.mutable_programs(0)->mutable_ops(0)->set_flops(5000);
  trace.mutable_programs(0)->mutable_ops(0)->set_layer(3);
  trace.mutable_programs(0)->mutable_ops(0)->set_micro_batch(1);
  trace.mutable_ranks(0)->mutable_spans(1)->set_sent_bytes(4096);
  const json file = json::parse(WriteChromeTrace(trace));
  EXPECT_EQ(file["otherData"]["origin"], "measured");
  const std::vector<json> spans = EventsOf(file, "X");
  EXPECT_EQ(spans.size(), 8u + 2u);  // ops and step marks
  const auto find = [&](int pid, int op) {
    return *std::find_if(spans.begin(), spans.end(),
                         [&](const json& e) { return e["pid"] == pid && e["args"].value("op", -1) == op; });
  };
  const json gemm = find(0, 0);
  EXPECT_EQ(gemm["name"], "gemm");
  EXPECT_EQ(gemm["ts"], 0.0);
  EXPECT_EQ(gemm["dur"], 0.1);
  EXPECT_EQ(gemm["args"], (json{{"op", 0},
                                {"step", 0},
                                {"phase", "backward"},
                                {"layer", 3},
                                {"micro_batch", 1},
                                {"flops", 5000},
                                {"gflops_per_s", 50.0}}));
  const json reduce = find(0, 1);
  EXPECT_EQ(reduce["name"], "all_reduce dp");
  EXPECT_EQ(reduce["args"]["sent_bytes"], 4096);
  EXPECT_EQ(Ns(reduce["ts"]), 100);
  EXPECT_EQ(Ns(reduce["dur"]), 70);
  EXPECT_NE(reduce["tid"], gemm["tid"]);
  ExpectNoOverlapOnAnyLane(file);
}

TEST(WriteChromeTrace, NamesRanksAndTheLanesInUse) {
  v1::Trace trace = TwoReplicas();
  trace.mutable_ranks(1)->set_host("node-1");
  const json file = json::parse(WriteChromeTrace(trace));
  std::map<int, std::string> ranks;
  std::set<std::string> lanes;
  for (const json& event : EventsOf(file, "M")) {
    if (event["name"] == "process_name") ranks[event["pid"]] = event["args"]["name"];
    if (event["name"] == "thread_name" && event["pid"] == 0)
      lanes.insert(event["args"]["name"].get<std::string>());
  }
  EXPECT_EQ(ranks, (std::map<int, std::string>{{0, "rank 0"}, {1, "rank 1 on node-1"}}));
  EXPECT_EQ(lanes, (std::set<std::string>{"steps", "compute", "dp"}));
}

TEST(WriteChromeTrace, MovesOverlappingSpansToAnotherLane) {
  v1::Trace trace;
  RankWriter writer(&trace, 0);
  writer.Compute(0, 100);
  writer.Compute(50, 150);
  writer.Compute(100, 120);
  writer.Mark(0, 0, 150);
  writer.Mark(1, 140, 200);
  const json file = json::parse(WriteChromeTrace(trace));
  ExpectNoOverlapOnAnyLane(file);
  EXPECT_THAT(file.dump(), testing::HasSubstr("compute (2)"));
  EXPECT_EQ(EventsOf(file, "X").size(), 5u);
}

TEST(WriteChromeTrace, AnArrowLeadsFromEachSendIntoItsReceive) {
  const json file = json::parse(WriteChromeTrace(TwoStages()));
  const std::vector<json> from = EventsOf(file, "s"), to = EventsOf(file, "f");
  ASSERT_EQ(from.size(), 2u);
  ASSERT_EQ(to.size(), 2u);
  for (size_t i = 0; i < from.size(); ++i) {
    EXPECT_EQ(from[i]["id"], to[i]["id"]);
    EXPECT_LE(Ns(from[i]["ts"]), Ns(to[i]["ts"]));
    for (const json& end : {from[i], to[i]}) {  // inside of a span of its lane
      const auto spans = EventsOf(file, "X");
      EXPECT_TRUE(std::any_of(spans.begin(), spans.end(), [&](const json& span) {
        return span["pid"] == end["pid"] && span["tid"] == end["tid"] && Ns(span["ts"]) <= Ns(end["ts"]) &&
               Ns(end["ts"]) <= Ns(span["ts"]) + Ns(span["dur"]);
      }));
    }
  }
  EXPECT_EQ(from[0]["pid"], 0);
  EXPECT_EQ(to[0]["pid"], 1);
}

TEST(WriteChromeTrace, NoArrowRunsBackInTime) {
  v1::Trace trace = TwoStages();
  trace.mutable_ranks(1)->mutable_spans(0)->set_end_ns(
      90);  // received before it was sent: the clocks are off
  const json file = json::parse(WriteChromeTrace(trace));
  EXPECT_EQ(EventsOf(file, "s").size(), 1u);
  EXPECT_EQ(EventsOf(file, "f").size(), 1u);
}

TEST(WriteChromeTrace, CountsLiveMemoryByCategory) {
  v1::Trace trace = TwoReplicas();
  v1::Program& program = *trace.mutable_programs(0);
  program.add_buffers()->set_category(v1::CATEGORY_WEIGHTS);
  program.add_buffers()->set_category(v1::CATEGORY_ACTIVATIONS);
  const auto event = [&](int64_t t, int buffer, int64_t delta) {
    v1::MemoryEvent& memory = *trace.mutable_ranks(0)->add_memory();
    memory.set_t_ns(t);
    memory.set_buffer(buffer);
    memory.set_delta_bytes(delta);
  };
  event(-10, 0, 640);
  event(-10, 1, 64);
  event(100, 1, -64);
  event(150, 9, 1);  // of no buffer
  const std::vector<json> counters = EventsOf(json::parse(WriteChromeTrace(trace)), "C");
  ASSERT_EQ(counters.size(), 2u);
  EXPECT_EQ(Ns(counters[0]["ts"]), -10);
  EXPECT_EQ(counters[0]["args"]["weights"], 640);
  EXPECT_EQ(counters[0]["args"]["activations"], 64);
  EXPECT_EQ(counters[1]["args"]["activations"], 0);
  EXPECT_EQ(counters[1]["args"].size(), 6u);
}

TEST(WriteChromeTrace, AContradictionGivesAnEmptyFileWithTheReason) {
  v1::Trace trace = TwoReplicas();
  trace.mutable_programs(0)->mutable_ops(0)->set_kind("\xFFx");
  const json file = json::parse(WriteChromeTrace(trace));
  EXPECT_TRUE(file["traceEvents"].empty());
  EXPECT_THAT(file["otherData"]["error"].get<std::string>(), testing::HasSubstr("unknown kind"));
}

TEST(WriteChromeTrace, StopsAtTheSinksFirstError) {
  int pieces = 0;
  const absl::Status status = WriteChromeTrace(TwoStages(), [&](std::string_view) {
    return ++pieces == 5 ? absl::ResourceExhaustedError("full") : absl::OkStatus();
  });
  EXPECT_EQ(status.message(), "full");
  EXPECT_EQ(pieces, 5);
}

}  // namespace
}  // namespace ringside::trace
