#include "trace/attribution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "trace/testing.h"

namespace ringside::trace {
namespace {

using Parts = std::map<std::string, int64_t>;

TimeSplit Split(const v1::Trace& trace, int rank, int step = 0) {
  const auto index = TraceIndex::Create(trace);
  EXPECT_TRUE(index.ok()) << index.status();
  const auto split = SplitStep(*index, rank, step);
  EXPECT_TRUE(split.ok()) << split.status();
  const auto segments = *SegmentStep(*index, rank, step);
  int64_t at = index->mark(rank, step)->start_ns();
  for (const Segment& segment : segments) {
    EXPECT_EQ(segment.begin_ns, at);
    EXPECT_GT(segment.end_ns, segment.begin_ns);
    at = segment.end_ns;
  }
  EXPECT_EQ(at, index->mark(rank, step)->end_ns());
  return *split;
}

TEST(Attribution, DataParallelWithALateReplica) {
  const v1::Trace trace = TwoReplicas();
  const TimeSplit r0 = Split(trace, 0);
  EXPECT_EQ(r0.compute_ns, 180);
  EXPECT_EQ(r0.exposed_ns, (Parts{{"dp", 20}}));  // 150..170; 120..150 is hidden
  EXPECT_EQ(r0.skew_ns, Parts{});                 // it computed while rank 1 was late
  EXPECT_EQ(r0.other_ns, 0);
  EXPECT_EQ(r0.compute_by_phase, (Parts{{"backward", 150}, {"optimizer", 30}}));
  EXPECT_EQ(r0.compute_by_kind, (Parts{{"gemm", 150}, {"adamw", 30}}));
  EXPECT_EQ(r0.wire_ns, 50);
  EXPECT_EQ(r0.hidden_ns, 30);
  EXPECT_EQ(r0.total_ns(), 200);

  const TimeSplit r1 = Split(trace, 1);
  EXPECT_EQ(r1.compute_ns, 140);
  EXPECT_EQ(r1.exposed_ns, (Parts{{"dp", 50}}));
  EXPECT_EQ(r1.other_ns, 10);  // wake-up 170..175, and 195..200 after the last op
  EXPECT_EQ(r1.hidden_ns, 0);
  EXPECT_EQ(r1.total_ns(), 200);
}

TEST(Attribution, WaitingForALateMemberIsSkew) {
  v1::Trace trace;
  RankWriter r0(&trace, 0), r1(&trace, 1);
  r0.Compute(0, 10);
  r0.AllReduce("tp", {0, 1}, 10, 10, 60, {0});
  r0.Compute(60, 70, {1});
  r0.Mark(0, 0, 70);
  r1.Compute(0, 40);
  r1.AllReduce("tp", {0, 1}, 40, 40, 60, {0});
  r1.Compute(60, 70, {1});
  r1.Mark(0, 0, 70);
  const TimeSplit early = Split(trace, 0);
  EXPECT_EQ(early.skew_ns, (Parts{{"tp", 30}}));
  EXPECT_EQ(early.exposed_ns, (Parts{{"tp", 20}}));
  EXPECT_EQ(early.compute_ns, 20);
  const TimeSplit late = Split(trace, 1);
  EXPECT_EQ(late.skew_ns, Parts{});
  EXPECT_EQ(late.exposed_ns, (Parts{{"tp", 20}}));
}

TEST(Attribution, PipelineBubbleEndsWhenThePeerBeginsToSend) {
  const v1::Trace trace = TwoStages();
  const TimeSplit first = Split(trace, 0);
  EXPECT_EQ(first.compute_ns, 200);
  EXPECT_EQ(first.bubble_ns, 170);                   // 100..270
  EXPECT_EQ(first.exposed_ns, (Parts{{"pp", 30}}));  // 270..300
  EXPECT_EQ(first.other_ns, 0);
  const TimeSplit last = Split(trace, 1);
  EXPECT_EQ(last.compute_ns, 140);
  EXPECT_EQ(last.bubble_ns, 100);
  EXPECT_EQ(last.exposed_ns, (Parts{{"pp", 60}}));  // its receive, and its send at the end of the step
  EXPECT_EQ(last.total_ns(), 300);
}

TEST(Attribution, TheEmbeddingAllReduceWaitsForAStageSoThatIsBubble) {
  v1::Trace trace;
  RankWriter r0(&trace, 0), r1(&trace, 1);
  r0.AllReduce("embedding", {0, 1}, 0, 0, 50);
  r0.Mark(0, 0, 50);
  r1.Compute(0, 30);
  r1.AllReduce("embedding", {0, 1}, 30, 30, 50);
  r1.Mark(0, 0, 50);
  EXPECT_EQ(Split(trace, 0).bubble_ns, 30);
  EXPECT_EQ(Split(trace, 0).exposed_ns, (Parts{{"embedding", 20}}));
}

// The second bucket is queued behind the first, which waits for a late member and then for the wire.
TEST(Attribution, AQueuedOpPassesTheBlameToWhatHeldItBack) {
  v1::Trace trace;
  RankWriter r0(&trace, 0), r1(&trace, 1);
  for (RankWriter* r : {&r0, &r1}) {
    const int64_t late = r == &r1 ? 40 : 0;
    r->Compute(0, 10 + late);
    r->AllReduce("dp", {0, 1}, 10 + late, 10 + late, 80, {0});
    r->AllReduce("dp", {0, 1}, 10 + late, 82, 100, {0});
    r->Compute(100, 110, {1, 2});
    r->Mark(0, 0, 110);
  }
  const TimeSplit r = Split(trace, 0);
  EXPECT_EQ(r.skew_ns, (Parts{{"dp", 40}}));          // 10..50
  EXPECT_EQ(r.exposed_ns, (Parts{{"dp", 30 + 18}}));  // 50..80 and 82..100
  EXPECT_EQ(r.other_ns, 2);                           // between the two
}

TEST(Attribution, ADepOnAnotherStreamHoldsBackToo) {
  v1::Trace trace;
  RankWriter r0(&trace, 0), r1(&trace, 1);
  r0.AllReduce("tp", {0, 1}, 0, 0, 30);
  r0.Transfer("send", "forward", 1, 0, 35, 50, {0});
  r0.Compute(50, 60, {1});
  r0.Mark(0, 0, 60);
  r1.AllReduce("tp", {0, 1}, 0, 0, 30);
  r1.Transfer("recv", "forward", 0, 0, 0, 50);
  r1.Mark(0, 0, 50);
  const TimeSplit r = Split(trace, 0);
  EXPECT_EQ(r.exposed_ns, (Parts{{"tp", 30}, {"pp", 15}}));
  EXPECT_EQ(r.other_ns, 5);
}

TEST(Attribution, ABufferedSendWaitsForNobody) {
  v1::Trace trace;
  RankWriter r0(&trace, 0), r1(&trace, 1);
  r0.Transfer("send", "forward", 1, 0, 0, 10);
  r0.Compute(10, 20, {0});
  r0.Mark(0, 0, 20);
  r1.Compute(0, 50);
  r1.Transfer("recv", "forward", 0, 50, 50, 52);
  r1.Mark(0, 0, 52);
  EXPECT_EQ(Split(trace, 0).exposed_ns, (Parts{{"pp", 10}}));
  EXPECT_EQ(Split(trace, 0).bubble_ns, 0);
  EXPECT_EQ(Split(trace, 1).exposed_ns, (Parts{{"pp", 2}}));
}

TEST(Attribution, ARendezvousSendWaitsForItsReceive) {
  v1::Trace trace;
  RankWriter r0(&trace, 0), r1(&trace, 1);
  r0.Transfer("send", "forward", 1, 0, 0, 60);
  r0.Compute(60, 70, {0});
  r0.Mark(0, 0, 70);
  r1.Compute(0, 50);
  r1.Transfer("recv", "forward", 0, 50, 50, 60);
  r1.Mark(0, 0, 60);
  EXPECT_EQ(Split(trace, 0).bubble_ns, 50);
  EXPECT_EQ(Split(trace, 0).exposed_ns, (Parts{{"pp", 10}}));
}

// A clock that is off by more than the transfer took must not break the sum.
TEST(Attribution, SumsHoldWhenClocksDisagree) {
  for (const int64_t shift : {-1000, -45, -5, 5, 45, 1000}) {
    v1::Trace trace = TwoStages();
    for (v1::OpSpan& span : *trace.mutable_ranks(1)->mutable_spans()) {
      span.set_issue_ns(span.issue_ns() + shift);
      span.set_start_ns(span.start_ns() + shift);
      span.set_end_ns(span.end_ns() + shift);
    }
    trace.mutable_ranks(1)->mutable_steps(0)->set_start_ns(shift);
    trace.mutable_ranks(1)->mutable_steps(0)->set_end_ns(300 + shift);
    EXPECT_EQ(Split(trace, 0).total_ns(), 400);
    EXPECT_EQ(Split(trace, 1).total_ns(), 300);
    EXPECT_EQ(Split(trace, 0).compute_ns, 200);
  }
}

TEST(Attribution, SaysWhatIsMissing) {
  v1::Trace trace = TwoReplicas();
  trace.mutable_ranks(0)->mutable_spans()->RemoveLast();
  const auto index = TraceIndex::Create(trace);
  ASSERT_TRUE(index.ok());
  EXPECT_EQ(SplitStep(*index, 0, 0).status().message(), "the ops of step 0 were not all recorded");
  EXPECT_EQ(SplitStep(*index, 0, 1).status().message(), "the trace has no step 1 of rank 0");
  EXPECT_EQ(SplitStep(*index, 9, 0).status().code(), absl::StatusCode::kNotFound);
}

// Times drawn at random, without any physics: segments tile the step whatever the spans say (Split checks
// it).
TEST(Attribution, TilesTheStepForAnySpans) {
  std::mt19937_64 random(7);
  const auto draw = [&](int64_t n) { return std::uniform_int_distribution<int64_t>(0, n)(random); };
  for (int round = 0; round < 300; ++round) {
    v1::Trace trace;
    RankWriter r0(&trace, 0), r1(&trace, 1);
    for (int rank = 0; rank < 2; ++rank) {
      RankWriter& r = rank == 0 ? r0 : r1;
      for (int op = 0; op < 20; ++op) {
        const int64_t issue = draw(1000), start = issue + draw(300), end = start + draw(300);
        const int dep = op == 0 ? 0 : static_cast<int>(draw(op - 1));
        const int pick = static_cast<int>(draw(4));
        const std::initializer_list<int> deps = {dep};
        const std::initializer_list<int> none = {};
        if (pick == 0) r.AllReduce("dp", {0, 1}, issue, start, end, op == 0 ? none : deps);
        if (pick == 1) r.Transfer("send", rank == 0 ? "forward" : "backward", 1 - rank, issue, start, end);
        if (pick == 2) r.Transfer("recv", rank == 0 ? "backward" : "forward", 1 - rank, issue, start, end);
        if (pick == 3) r.Compute(start, end, op == 0 ? none : deps);
        if (pick == 4) r.Compute(start, end, op == 0 ? none : deps, "join");
      }
      const int64_t start = draw(300);
      r.Mark(0, start, start + draw(1500));
    }
    for (int rank = 0; rank < 2; ++rank) {
      const TimeSplit split = Split(trace, rank);
      EXPECT_EQ(split.total_ns(),
                trace.ranks(rank).steps(0).end_ns() - trace.ranks(rank).steps(0).start_ns());
      EXPECT_LE(split.hidden_ns, split.wire_ns);
      EXPECT_LE(split.hidden_ns, split.compute_ns);
    }
  }
}

}  // namespace
}  // namespace ringside::trace
