// Executing programs: against closed forms, with costs that are chosen so that the answer is known.
#include "sim/model/machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "plan/compile.h"
#include "plan/schedule.h"

namespace ringside::sim {
namespace {

using plan::OpKind;
using plan::Stream;
using ::testing::HasSubstr;

// A compute op costs its first scalar in nanoseconds; messages as given.
class GivenCosts : public CostModel {
 public:
  explicit GivenCosts(MessageCost message, double wakeup_ns = 0) : message_(message), wakeup_ns_(wakeup_ns) {}
  ComputeCost Compute(const plan::Op& op, plan::DType real) const override {
    return {op.scalars.empty() ? 0 : op.scalars[0], WorkClass::kCompute};
  }
  MessageCost Message(OpKind kind, int group_size, bool same_node) const override { return message_; }
  double wakeup_ns() const override { return wakeup_ns_; }

 private:
  MessageCost message_;
  double wakeup_ns_;
};

plan::Op ComputeOp(double ns, std::initializer_list<int32_t> deps = {}) {
  plan::Op op;
  op.kind = OpKind::kFill;
  op.scalars = {ns};
  op.deps = deps;
  return op;
}

plan::Op CommunicationOp(OpKind kind, Stream stream, int64_t elems, int peer,
                         std::initializer_list<int32_t> deps = {}) {
  plan::Op op;
  op.kind = kind;
  op.stream = stream;
  op.dims = {elems};
  op.peer = peer;
  op.group = kind == OpKind::kAllReduce ? 0 : -1;
  op.deps = deps;
  return op;
}

std::vector<plan::Program> EmptyPrograms(int ranks, bool one_node) {
  std::vector<plan::Program> programs(ranks);
  plan::Group all{"dp", {}};
  for (int r = 0; r < ranks; ++r) all.ranks.push_back(r);
  for (int r = 0; r < ranks; ++r) {
    programs[r].rank = r;
    programs[r].world_size = ranks;
    programs[r].node = one_node ? 0 : r;
    programs[r].groups = {all};
  }
  return programs;
}

absl::StatusOr<Timeline> RunMachine(const std::vector<plan::Program>& programs, const CostModel& costs,
                                    const v1::ClusterSpec& cluster = {},
                                    const std::vector<v1::Fault>& faults = {}, int steps = 1,
                                    int cores = 64) {
  MachineOptions options;
  options.steps = steps;
  auto topology = MakeTopology(programs, cluster, faults, cores, false);
  if (!topology.ok()) return topology.status();
  options.topology = *topology;
  std::vector<FlatProgram> flat;
  for (const auto& program : programs) flat.push_back(Flatten(program, costs));
  return Execute(programs, flat, costs, options);
}

v1::ClusterSpec ClusterOf(int nodes, double gbps) {
  v1::ClusterSpec cluster;
  cluster.set_nodes(nodes);
  cluster.mutable_links()->mutable_inter_node()->set_gbps(gbps);
  return cluster;
}

std::vector<plan::Program> RingPrograms(int ranks, int64_t elems, bool one_node) {
  auto programs = EmptyPrograms(ranks, one_node);
  for (auto& program : programs) program.ops = {CommunicationOp(OpKind::kAllReduce, Stream::kDp, elems, -1)};
  return programs;
}

TEST(MachineTest, RingAllReduceCostsWhatTheTextbookSays) {
  // 2 (p - 1) (alpha + n / p beta), Patarasuk & Yuan 2009.
  for (const int p : {2, 3, 4, 8}) {
    for (const int64_t elems : {p * 1000, p * 30000}) {
      MessageCost cost;
      cost.latency_ns = 5000;
      cost.cpu_ns_per_byte = 0.25;
      const auto timeline = RunMachine(RingPrograms(p, elems, true), GivenCosts(cost));
      ASSERT_TRUE(timeline.ok()) << timeline.status();
      EXPECT_EQ(timeline->end_ns, 2 * (p - 1) * (5000 + elems / p)) << p << " ranks, " << elems;
    }
  }
}

TEST(MachineTest, TheSlowestLinkSetsTheSpeedOfTheRing) {
  const int p = 4;
  const int64_t elems = p * 100000;
  const GivenCosts costs((MessageCost()));
  v1::Fault slow;
  slow.mutable_slow_link()->set_node(2);
  slow.mutable_slow_link()->set_gbps(1);
  const auto fast = RunMachine(RingPrograms(p, elems, false), costs, ClusterOf(p, 8));
  const auto with_slow = RunMachine(RingPrograms(p, elems, false), costs, ClusterOf(p, 8), {slow});
  const auto all_slow = RunMachine(RingPrograms(p, elems, false), costs, ClusterOf(p, 1));
  ASSERT_TRUE(fast.ok() && with_slow.ok() && all_slow.ok()) << with_slow.status();
  EXPECT_EQ(fast->end_ns, 2 * (p - 1) * 4 * 100000);  // 8 Gbit/s: 1 ns a byte
  EXPECT_EQ(all_slow->end_ns, 8 * fast->end_ns);
  EXPECT_GT(with_slow->end_ns, 0.95 * static_cast<double>(all_slow->end_ns));
  EXPECT_LE(with_slow->end_ns, all_slow->end_ns);
}

TEST(MachineTest, ALinkInsideTheNodeIsEveryRanksOwn) {
  v1::ClusterSpec cluster = ClusterOf(2, 8);
  cluster.mutable_links()->mutable_intra_node()->set_gbps(4);
  const GivenCosts costs((MessageCost()));
  // On one node 2 ns a byte, for every rank at once; between nodes the link inside is not used.
  const auto inside = RunMachine(RingPrograms(4, 4000, true), costs, cluster);
  const auto between = RunMachine(RingPrograms(4, 4000, false), costs, cluster);
  ASSERT_TRUE(inside.ok() && between.ok()) << inside.status() << between.status();
  EXPECT_EQ(inside->end_ns, 2 * 3 * 2 * 4000);
  EXPECT_EQ(between->end_ns, 2 * 3 * 4000);
  cluster.mutable_links()->mutable_intra_node()->set_gbps(-1);
  EXPECT_FALSE(RunMachine(RingPrograms(4, 4000, true), costs, cluster).ok());
}

TEST(MachineTest, AFasterLinkNeverSlowsTheRingDown) {
  const GivenCosts costs({1000, 0.1, 0.05});
  int64_t before = INT64_MAX;
  for (const double gbps : {0.1, 0.3, 1.0, 2.5, 10.0, 40.0, 400.0}) {
    const auto timeline = RunMachine(RingPrograms(6, 777777, false), costs, ClusterOf(6, gbps));
    ASSERT_TRUE(timeline.ok()) << timeline.status();
    EXPECT_LE(timeline->end_ns, before) << gbps;
    before = timeline->end_ns;
  }
}

TEST(MachineTest, CommunicationOverlapsWithComputeAndWaitsForItsDeps) {
  auto programs = EmptyPrograms(2, true);
  for (auto& program : programs) {
    program.ops = {ComputeOp(1000), CommunicationOp(OpKind::kAllReduce, Stream::kDp, 200, -1, {0}),
                   ComputeOp(5000), ComputeOp(100, {1})};
  }
  MessageCost cost;
  cost.latency_ns = 1500;  // two rounds: 3000, hidden behind the 5000
  auto timeline = RunMachine(programs, GivenCosts(cost));
  ASSERT_TRUE(timeline.ok()) << timeline.status();
  EXPECT_EQ(timeline->end_ns, 6100);
  cost.latency_ns = 4000;  // 8000: 3000 of it exposed, and then the wake-up
  timeline = RunMachine(programs, GivenCosts(cost, 50));
  ASSERT_TRUE(timeline.ok()) << timeline.status();
  EXPECT_EQ(timeline->end_ns, 1000 + 8000 + 50 + 100);
}

TEST(MachineTest, AMessageHasTheLawOfSend) {
  class SendCosts : public GivenCosts {
   public:
    using GivenCosts::GivenCosts;
    MessageCost Message(OpKind kind, int, bool) const override {
      return {kind == OpKind::kSend ? 700.0 : 10'000.0};
    }
  };
  auto programs = EmptyPrograms(2, true);
  programs[0].ops = {CommunicationOp(OpKind::kSend, Stream::kSendForward, 1, 1)};
  programs[1].ops = {CommunicationOp(OpKind::kRecv, Stream::kRecvForward, 1, 0)};
  const auto timeline = RunMachine(programs, SendCosts((MessageCost())));
  ASSERT_TRUE(timeline.ok()) << timeline.status();
  EXPECT_EQ(timeline->end_ns, 700);
}

TEST(MachineTest, StreamsAreFifoAndIndependent) {
  auto programs = EmptyPrograms(2, true);
  for (auto& program : programs) {
    program.ops = {CommunicationOp(OpKind::kAllReduce, Stream::kDp, 2, -1),
                   CommunicationOp(OpKind::kAllReduce, Stream::kDp, 2, -1),
                   CommunicationOp(OpKind::kAllReduce, Stream::kTp, 2, -1)};
  }
  const auto timeline = RunMachine(programs, GivenCosts({100, 0, 0}));
  ASSERT_TRUE(timeline.ok()) << timeline.status();
  std::vector<int64_t> ends(3);
  for (const Span& span : timeline->ranks[0].spans) ends[span.op] = span.end_ns;
  EXPECT_THAT(ends, ::testing::ElementsAre(200, 400, 200));
}

TEST(MachineTest, CopyingSharesTheCoresWithComputing) {
  // Two ranks on two cores, each computing 10 us while it copies 10 us of messages: 20 us.
  auto programs = EmptyPrograms(2, true);
  for (auto& program : programs) {
    program.ops = {CommunicationOp(OpKind::kAllReduce, Stream::kDp, 2500, -1), ComputeOp(10000)};
  }
  const auto timeline = RunMachine(programs, GivenCosts({0, 1, 0}), {}, {}, 1, 2);
  ASSERT_TRUE(timeline.ok()) << timeline.status();
  EXPECT_NEAR(static_cast<double>(timeline->end_ns), 20000, 4);
}

// The programs of a pipeline whose stages cost the same, straight from the schedule's instruction lists.
std::vector<plan::Program> PipelinePrograms(int stages, int micro_batches, bool gpipe, double forward_ns,
                                            double backward_ns) {
  auto programs = EmptyPrograms(stages, true);
  for (int s = 0; s < stages; ++s) {
    auto& ops = programs[s].ops;
    const auto list = gpipe ? plan::GpipeSchedule({stages, micro_batches}, s)
                            : plan::OneFOneBSchedule({stages, micro_batches}, s);
    std::vector<int32_t> received_forward(micro_batches, -1), received_backward(micro_batches, -1);
    for (const plan::Instruction& instruction : list) {
      const int m = instruction.micro_batch;
      const auto last = static_cast<int32_t>(ops.size()) - 1;
      switch (instruction.kind) {
        case plan::InstructionKind::kForward:
          ops.push_back(ComputeOp(forward_ns));
          break;
        case plan::InstructionKind::kBackward:
          ops.push_back(ComputeOp(backward_ns));
          break;
        case plan::InstructionKind::kRecvForward:
          received_forward[m] = last + 1;
          ops.push_back(CommunicationOp(OpKind::kRecv, Stream::kRecvForward, 1, s - 1));
          break;
        case plan::InstructionKind::kRecvBackward:
          received_backward[m] = last + 1;
          ops.push_back(CommunicationOp(OpKind::kRecv, Stream::kRecvBackward, 1, s + 1));
          break;
        case plan::InstructionKind::kSendForward:
          ops.push_back(CommunicationOp(OpKind::kSend, Stream::kSendForward, 1, s + 1, {last}));
          break;
        case plan::InstructionKind::kSendBackward:
          ops.push_back(CommunicationOp(OpKind::kSend, Stream::kSendBackward, 1, s - 1, {last}));
          break;
        default:  // neither schedule splits its backwards
          break;
      }
      const int32_t needs = instruction.kind == plan::InstructionKind::kForward    ? received_forward[m]
                            : instruction.kind == plan::InstructionKind::kBackward ? received_backward[m]
                                                                                   : -1;
      if (needs >= 0) ops.back().deps = {needs};
    }
  }
  return programs;
}

TEST(MachineTest, PipelineBubblesAreTheClosedForm) {
  // With equal stages and free communication GPipe and 1F1B take (m + p - 1) (F + B); the share of the bubble
  // is (p - 1) / (m + p - 1) (Narayanan et al. 2021, 2.2).
  const GivenCosts free((MessageCost()));
  for (const bool gpipe : {true, false}) {
    for (const int p : {2, 3, 4, 8}) {
      for (const int m : {1, 2, 4, 9}) {
        const auto timeline = RunMachine(PipelinePrograms(p, m, gpipe, 1000, 2000), free);
        ASSERT_TRUE(timeline.ok()) << timeline.status();
        EXPECT_EQ(timeline->end_ns, (m + p - 1) * 3000)
            << (gpipe ? "gpipe " : "1f1b ") << p << " stages, " << m;
      }
    }
  }
}

TEST(MachineTest, StepsFollowWithoutABarrier) {
  // Rank 1 has nothing to wait for in its first step and is ahead of rank 0 by the time rank 0 has ended it.
  auto programs = EmptyPrograms(2, true);
  programs[0].ops = {ComputeOp(1000), CommunicationOp(OpKind::kSend, Stream::kSendForward, 1, 1, {0})};
  programs[1].ops = {CommunicationOp(OpKind::kRecv, Stream::kRecvForward, 1, 0), ComputeOp(300, {0})};
  const auto timeline = RunMachine(programs, GivenCosts((MessageCost())), {}, {}, 3);
  ASSERT_TRUE(timeline.ok()) << timeline.status();
  EXPECT_EQ(timeline->ranks[0].steps[2].start_ns, 2000);
  EXPECT_EQ(timeline->ranks[1].steps[2].start_ns, 2300);
  EXPECT_EQ(timeline->end_ns, 3300);
}

TEST(MachineTest, TheEndIsThatOfTheLastOp) {
  // Two messages share rank 0's way out. When the shorter one has left, the longer one gets all of it and
  // ends before the time that was foreseen for it while it had a half.
  auto programs = EmptyPrograms(3, false);
  programs[0].ops = {CommunicationOp(OpKind::kSend, Stream::kSendForward, 250, 1),
                     CommunicationOp(OpKind::kSend, Stream::kSendBackward, 125, 2)};
  programs[1].ops = {CommunicationOp(OpKind::kRecv, Stream::kRecvForward, 250, 0)};
  programs[2].ops = {CommunicationOp(OpKind::kRecv, Stream::kRecvBackward, 125, 0)};
  const auto timeline = RunMachine(programs, GivenCosts((MessageCost())), ClusterOf(3, 8));
  ASSERT_TRUE(timeline.ok()) << timeline.status();
  EXPECT_EQ(timeline->ranks[0].steps[0].end_ns, 1500);
  EXPECT_EQ(timeline->end_ns, 1500);
}

TEST(MachineTest, ADeadlockNamesRanksAndOps) {
  auto programs = EmptyPrograms(2, true);
  for (int r = 0; r < 2; ++r) {  // both receive first
    programs[r].ops = {CommunicationOp(OpKind::kRecv, Stream::kRecvForward, 4, 1 - r), ComputeOp(10, {0}),
                       CommunicationOp(OpKind::kSend, Stream::kSendForward, 4, 1 - r, {1})};
  }
  const auto timeline = RunMachine(programs, GivenCosts((MessageCost())));
  EXPECT_EQ(timeline.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(timeline.status().message()), HasSubstr("2 of 2 ranks are stuck"));
  EXPECT_THAT(std::string(timeline.status().message()), HasSubstr("rank 1 step 0"));
  EXPECT_THAT(std::string(timeline.status().message()), HasSubstr("recv on recv_forward"));
}

TEST(MachineTest, EndsThatDifferInSizeAreRefused) {
  auto programs = EmptyPrograms(2, true);
  programs[0].ops = {CommunicationOp(OpKind::kSend, Stream::kSendForward, 4, 1)};
  programs[1].ops = {CommunicationOp(OpKind::kRecv, Stream::kRecvForward, 5, 0)};
  const auto timeline = RunMachine(programs, GivenCosts((MessageCost())));
  EXPECT_EQ(timeline.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(timeline.status().message()),
              HasSubstr("16 bytes to rank 1, whose op 0 receives 20 bytes"));
}

TEST(MachineTest, ASimulationOfNothingIsAnError) {
  EXPECT_FALSE(RunMachine(EmptyPrograms(2, true), GivenCosts((MessageCost()))).ok());
  EXPECT_FALSE(RunMachine(RingPrograms(2, 4, true), GivenCosts((MessageCost())), {}, {}, 0).ok());
}

TEST(MachineTest, ABufferShorterThanTheRingStillEnds) {
  const auto timeline = RunMachine(RingPrograms(8, 3, true), GivenCosts({100, 0, 0}));
  ASSERT_TRUE(timeline.ok()) << timeline.status();
  EXPECT_GT(timeline->end_ns, 0);
}

}  // namespace
}  // namespace ringside::sim
