// The kernel: order of events, processor sharing, fair flows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "sim/engine/cpu_pool.h"
#include "sim/engine/flow_net.h"

namespace ringside::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST(EventQueueTest, OrdersByTimeThenByScheduling) {
  EventQueue queue;
  uint32_t lcg = 1;
  for (uint32_t i = 0; i < 1000; ++i) {
    lcg = lcg * 1664525 + 1013904223;
    queue.Push(lcg >> 27, 0, i);  // 32 distinct times
  }
  Event last{-1, 0, 0, 0, 0};
  for (int i = 0; i < 1000; ++i) {
    const Event event = queue.Pop();
    ASSERT_GE(event.time_ns, last.time_ns);
    if (event.time_ns == last.time_ns) {
      ASSERT_GT(event.target, last.target);
    }
    last = event;
  }
  EXPECT_TRUE(queue.empty());
}

// Runs tasks {start, work, class} on one host; end times by task.
struct TaskSpec {
  int64_t start_ns;
  double work_ns;
  WorkClass work_class = WorkClass::kCompute;
  double contention = 1;
};

std::map<uint32_t, int64_t> RunTasks(int cores, const std::vector<TaskSpec>& tasks, int pollers = 0) {
  EventQueue queue;
  CpuPool pool({cores}, 0.5, 0, &queue);
  if (pollers > 0) pool.AddPollers(0, pollers);
  for (uint32_t i = 0; i < tasks.size(); ++i) queue.Push(tasks[i].start_ns, 1, i);
  std::map<uint32_t, int64_t> ends;
  std::vector<uint32_t> done;
  while (!queue.empty()) {
    const Event event = queue.Pop();
    if (event.kind == 1) {
      const TaskSpec& task = tasks[event.target];
      pool.Start(0, event.target, task.work_ns, task.work_class, task.contention);
      continue;
    }
    done.clear();
    pool.OnEvent(event, &done);
    for (uint32_t id : done) ends[id] = event.time_ns;
  }
  return ends;
}

TEST(CpuPoolTest, TasksUpToTheNumberOfCoresDoNotDisturbEachOther) {
  EXPECT_THAT(RunTasks(2, {{0, 1000}, {0, 700}}), ElementsAre(Pair(0, 1000), Pair(1, 700)));
}

TEST(CpuPoolTest, MoreTasksThanCoresShareThemExactly) {
  EXPECT_THAT(RunTasks(1, {{0, 1000}, {0, 1000}}), ElementsAre(Pair(0, 2000), Pair(1, 2000)));
  EXPECT_THAT(RunTasks(2, {{0, 1000}, {0, 1000}, {0, 1000}}),
              ElementsAre(Pair(0, 1500), Pair(1, 1500), Pair(2, 1500)));
  // One core: [0, 400) alone, then two at half speed until 1 has its 300 (600 later), then alone again.
  EXPECT_THAT(RunTasks(1, {{0, 1000}, {400, 300}}), ElementsAre(Pair(0, 1300), Pair(1, 1000)));
}

TEST(CpuPoolTest, WorkIsConserved) {
  // Nine tasks of 1 .. 9 us from different moments on: two busy cores end together at the total over two.
  std::vector<TaskSpec> tasks;
  for (int i = 1; i <= 9; ++i) tasks.push_back({0, 1000.0 * i});
  const auto ends = RunTasks(2, tasks);
  // With everything present at 0 the last task runs alone only after the others are done.
  EXPECT_EQ(ends.at(8), 23000);  // (45 + 1) / 2: the last one alone on one core for its last microsecond
}

TEST(CpuPoolTest, ContentionFollowsItsLaw) {
  const TaskSpec memory{0, 1000, WorkClass::kMemory, 1.5}, compute{0, 1000, WorkClass::kCompute, 1.2};
  EXPECT_THAT(RunTasks(2, {memory}), ElementsAre(Pair(0, 1000)));
  EXPECT_THAT(RunTasks(2, {memory, memory}), ElementsAre(Pair(0, 1500), Pair(1, 1500)));
  // A compute task takes no memory bandwidth, but is slowed down by its neighbour until that one ends.
  EXPECT_THAT(RunTasks(2, {memory, compute}), ElementsAre(Pair(0, 1000), Pair(1, 1167)));
  // Four on two cores: half a core each, and always one neighbour.
  EXPECT_THAT(RunTasks(2, {compute, compute, compute, compute}),
              ElementsAre(Pair(0, 2400), Pair(1, 2400), Pair(2, 2400), Pair(3, 2400)));
}

TEST(CpuPoolTest, PollingWaitersTakeTheirShare) {  // half a task's each
  EXPECT_THAT(RunTasks(1, {{0, 1000}}, 2), ElementsAre(Pair(0, 2000)));
  EXPECT_THAT(RunTasks(2, {{0, 1000}}, 2), ElementsAre(Pair(0, 1000)));
  EXPECT_THAT(RunTasks(1, {{0, 1000, WorkClass::kTransfer}}, 2), ElementsAre(Pair(0, 1000)));
}

struct FlowSpec {
  int64_t start_ns;
  int from, to;
  double bytes;
};

std::map<uint32_t, int64_t> RunFlows(const std::vector<NodeLink>& links, const std::vector<FlowSpec>& flows) {
  EventQueue queue;
  FlowNet net(links, static_cast<int>(flows.size()), 0, &queue);
  for (uint32_t i = 0; i < flows.size(); ++i) queue.Push(flows[i].start_ns, 1, i);
  std::map<uint32_t, int64_t> ends;
  while (!queue.empty()) {
    const Event event = queue.Pop();
    if (event.kind == 1) {
      const FlowSpec& flow = flows[event.target];
      net.Start(event.target, flow.from, flow.to, flow.bytes);
    } else if (net.OnEvent(event)) {
      ends[event.target] = event.time_ns;
    }
  }
  return ends;
}

TEST(FlowNetTest, TheNarrowerEndSetsTheRate) {
  EXPECT_THAT(RunFlows({{2, 2}, {0.5, 0.5}}, {{0, 0, 1, 1000}}), ElementsAre(Pair(0, 2000)));
  EXPECT_THAT(RunFlows({{2, 2}, {0.5, 0.5}}, {{0, 1, 0, 1000}}), ElementsAre(Pair(0, 2000)));
}

TEST(FlowNetTest, FlowsShareAWayAndTakeItBackWhenOneEnds) {
  const std::vector<NodeLink> links(3, NodeLink{1, 1});
  EXPECT_THAT(RunFlows(links, {{0, 0, 1, 1000}, {0, 0, 2, 500}}), ElementsAre(Pair(0, 1500), Pair(1, 1000)));
  // Both directions are independent.
  EXPECT_THAT(RunFlows(links, {{0, 0, 1, 1000}, {0, 1, 0, 1000}}), ElementsAre(Pair(0, 1000), Pair(1, 1000)));
}

TEST(FlowNetTest, SharesAreMaxMinFair) {
  // Flows a: 0->2, b: 0->1, c: 3->2 with node 2's way in at 1/4: a and c get 1/8 each, b gets the 7/8 that a
  // leaves.
  const std::vector<NodeLink> links = {{1, 1}, {1, 1}, {1, 0.25}, {1, 1}};
  EXPECT_THAT(RunFlows(links, {{0, 0, 2, 125}, {0, 0, 1, 875}, {0, 3, 2, 125}}),
              UnorderedElementsAre(Pair(0, 1000), Pair(1, 1000), Pair(2, 1000)));
}

TEST(FlowNetTest, ABucketLetsABurstPassAfterAPause) {
  const std::vector<NodeLink> links(3, NodeLink{1, 1, 400, 400});
  // Full at first: 400 of 1000 bytes pass at once. Empty when the next begins at 600; 100 ns of pause fill
  // 100.
  EXPECT_THAT(RunFlows(links, {{0, 0, 1, 1000}}), ElementsAre(Pair(0, 600)));
  EXPECT_THAT(RunFlows(links, {{0, 0, 1, 1000}, {600, 0, 1, 200}}), ElementsAre(Pair(0, 600), Pair(1, 800)));
  EXPECT_THAT(RunFlows(links, {{0, 0, 1, 1000}, {700, 0, 1, 200}}), ElementsAre(Pair(0, 600), Pair(1, 800)));
  // What fits into the bucket takes no time; a long pause fills it to the brim and no further.
  EXPECT_THAT(RunFlows(links, {{0, 0, 1, 300}, {9000, 0, 1, 500}}), ElementsAre(Pair(0, 0), Pair(1, 9100)));
  // Both ends must have tokens: node 1's way in has none left for the second flow.
  EXPECT_THAT(RunFlows(links, {{0, 0, 1, 400}, {0, 2, 1, 400}}), ElementsAre(Pair(0, 0), Pair(1, 400)));
}

TEST(FlowNetTest, ABucketFillsWhileTheRateIsNotUsed) {
  // Node 1 takes in half of what node 0 may send: node 0's bucket fills with the other half.
  const std::vector<NodeLink> links = {{1, 1, 400, 400}, {0.5, 0.5}, {1, 1, 400, 400}};
  EXPECT_THAT(RunFlows(links, {{0, 0, 1, 0.5}, {0, 0, 2, 400}, {200, 0, 1, 100}, {400, 0, 2, 299}}),
              ElementsAre(Pair(0, 1), Pair(1, 0), Pair(2, 400), Pair(3, 400)));
}

TEST(FlowNetTest, AnUnlimitedWayTiesNothingTogether) {
  const std::vector<NodeLink> links = {{1, 1}, {0, 0}, {0.5, 0.5}};
  EXPECT_THAT(RunFlows(links, {{0, 0, 1, 1000}, {0, 2, 1, 1000}}), ElementsAre(Pair(0, 1000), Pair(1, 2000)));
}

}  // namespace
}  // namespace ringside::sim
