#include "trace/trace_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "trace/testing.h"

namespace ringside::trace {
namespace {

using ::testing::HasSubstr;

std::string ErrorOf(const v1::Trace& trace) {
  const auto index = TraceIndex::Create(trace);
  EXPECT_EQ(index.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(index.status().message());
}

TEST(TraceIndex, MatchesTransfersByDirectionAndOrdinal) {
  v1::Trace trace;
  RankWriter a(&trace, 0), b(&trace, 1);
  a.Transfer("send", "forward", 1, 0, 0, 1);
  a.Transfer("recv", "backward", 1, 0, 0, 1);
  a.Transfer("send", "forward", 1, 0, 2, 3);
  b.Transfer("recv", "forward", 0, 0, 0, 1);
  b.Transfer("recv", "forward", 0, 0, 2, 3);
  b.Transfer("send", "backward", 0, 0, 0, 1);
  a.Mark(0, 0, 10);
  b.Mark(0, 0, 10);
  const auto index = TraceIndex::Create(trace);
  ASSERT_TRUE(index.ok()) << index.status();
  const auto partner = [&](int op) { return index->members(index->ops(0)[op].match); };
  ASSERT_EQ(partner(0).size(), 2u);
  EXPECT_EQ(partner(0)[1].op, 0);
  EXPECT_EQ(partner(1)[1].op, 2);
  EXPECT_EQ(partner(2)[1].op, 1);
  EXPECT_EQ(index->ops(0)[2].stream_predecessor, 0);
  EXPECT_EQ(index->ops(0)[1].stream_predecessor, -1);
}

TEST(TraceIndex, CollectivesOfDifferentGroupsDoNotMeet) {
  v1::Trace trace;
  for (int rank = 0; rank < 4; ++rank) {
    RankWriter writer(&trace, rank);
    const int first = rank / 2 * 2;
    writer.AllReduce("tp", {first, first + 1}, 0, rank, 10);
    writer.AllReduce("tp", {first, first + 1}, 0, 10 + rank, 20);
    writer.Mark(0, 0, 20);
  }
  const auto index = TraceIndex::Create(trace);
  ASSERT_TRUE(index.ok());
  EXPECT_EQ(index->members(index->ops(0)[0].match).size(), 2u);
  EXPECT_NE(index->ops(0)[0].match, index->ops(0)[1].match);
  EXPECT_NE(index->ops(0)[0].match, index->ops(2)[0].match);
  EXPECT_EQ(index->TransferBegin(0, 0, 0), 1);   // rank 1 is the later
  EXPECT_EQ(index->TransferBegin(2, 0, 1), 13);  // rank 3 is
}

TEST(TraceIndex, AStepCountsOnceEveryRankHasEndedIt) {
  v1::Trace trace = TwoReplicas();
  RankWriter(&trace, 0).Mark(1, 200, 300);
  const auto index = TraceIndex::Create(trace);
  ASSERT_TRUE(index.ok());
  EXPECT_EQ(index->steps(), std::vector<int>{0});
  EXPECT_TRUE(index->HasSpans(0));
  EXPECT_FALSE(index->HasSpans(1));
  EXPECT_NE(index->mark(0, 1), nullptr);
  EXPECT_EQ(index->mark(1, 1), nullptr);
  EXPECT_EQ(index->span(0, 1, 0), nullptr);
}

TEST(TraceIndex, FindsSpansWhereSomeAreMissing) {
  v1::Trace trace = TwoReplicas();
  trace.mutable_ranks(0)->mutable_spans()->DeleteSubrange(1, 1);
  const auto index = TraceIndex::Create(trace);
  ASSERT_TRUE(index.ok());
  EXPECT_EQ(index->span(0, 0, 1), nullptr);
  EXPECT_EQ(index->span(0, 0, 2)->end_ns(), 150);
  EXPECT_FALSE(index->HasSpans(0));
}

TEST(TraceIndex, RefusesWhatContradictsItself) {
  EXPECT_THAT(ErrorOf(v1::Trace()), HasSubstr("no programs"));
  v1::Trace trace = TwoReplicas();
  trace.mutable_ranks()->RemoveLast();
  EXPECT_THAT(ErrorOf(trace), HasSubstr("2 programs but 1 ranks"));

  const auto with = [](auto&& change) {
    v1::Trace changed = TwoReplicas();
    change(changed);
    return ErrorOf(changed);
  };
  EXPECT_THAT(with([](auto& t) { t.mutable_ranks(1)->set_rank(7); }),
              HasSubstr("position 1 of the trace holds rank 7"));
  EXPECT_THAT(with([](auto& t) { t.mutable_programs(0)->mutable_ops(2)->set_kind("gem"); }),
              HasSubstr("program of rank 0, op 2: unknown kind \"gem\""));
  EXPECT_THAT(with([](auto& t) { t.mutable_programs(0)->mutable_ops(2)->set_stream("x"); }),
              HasSubstr("unknown stream"));
  EXPECT_THAT(with([](auto& t) { t.mutable_programs(0)->mutable_ops(2)->set_phase("x"); }),
              HasSubstr("unknown phase"));
  EXPECT_THAT(with([](auto& t) { t.mutable_programs(0)->mutable_ops(2)->set_stream("dp"); }),
              HasSubstr("communication on the compute stream"));
  EXPECT_THAT(with([](auto& t) { t.mutable_programs(0)->mutable_ops(1)->set_group(5); }),
              HasSubstr("group 5 is not among the 1"));
  EXPECT_THAT(with([](auto& t) { t.mutable_programs(0)->mutable_ops(1)->add_deps(1); }),
              HasSubstr("depends on op 1, which is not before it"));
  EXPECT_THAT(with([](auto& t) { t.mutable_ranks(0)->mutable_spans(0)->set_op(4); }),
              HasSubstr("a span of op 4, but its program has 4 ops"));
  EXPECT_THAT(with([](auto& t) { t.mutable_ranks(0)->mutable_spans(1)->set_op(0); }),
              HasSubstr("op 0 is recorded twice"));
  EXPECT_THAT(with([](auto& t) { t.mutable_ranks(0)->mutable_spans(0)->set_end_ns(-5); }),
              HasSubstr("ended at -5"));
  EXPECT_THAT(with([](auto& t) { t.mutable_ranks(0)->mutable_steps(0)->set_end_ns(-5); }),
              HasSubstr("ends before it starts"));
}

}  // namespace
}  // namespace ringside::trace
