#include "workers/session/positions.h"

#include <gtest/gtest.h>

namespace ringside::workers {
namespace {

// Rank 1 of 2: a gather on dp, a receive from rank 0, two all-reduces on dp; a group of its own.
plan::Program Sample() {
  plan::Program program;
  program.rank = 1;
  program.world_size = 2;
  program.groups = {{"dp", {0, 1}}, {"tp", {1}}};
  program.buffers.resize(1);
  program.buffers[0].elems = 100;
  program.buffers[0].dtype = plan::DType::kBf16;
  const auto add = [&](plan::OpKind kind, plan::Stream stream, int group, int64_t elems) {
    plan::Op& op = program.ops.emplace_back();
    op.kind = kind, op.stream = stream, op.group = group, op.dims = {elems};
    op.operands = {plan::View{0, 0, elems}};
    if (group < 0) op.peer = 0;
  };
  add(plan::OpKind::kAllGather, plan::Stream::kDp, 0, 10);
  add(plan::OpKind::kRecv, plan::Stream::kRecvForward, -1, 20);
  add(plan::OpKind::kAllReduce, plan::Stream::kTp, 1, 30);
  add(plan::OpKind::kAllReduce, plan::Stream::kDp, 0, 40);
  add(plan::OpKind::kAllReduce, plan::Stream::kDp, 0, 50);
  return program;
}

TEST(ChannelsTest, GroupsAndMessagesInOneOrder) {
  const auto channels = ChannelsOf(Sample());
  ASSERT_EQ(channels.size(), 2u) << "a group of one has none";
  EXPECT_EQ(channels[0].axis, "dp");
  EXPECT_EQ(channels[0].ops, (std::vector<int32_t>{0, 3, 4}));
  EXPECT_EQ(channels[1].axis, "pp");
  EXPECT_EQ(channels[1].stream, plan::Stream::kSendForward) << "the sender's";
  EXPECT_EQ(channels[1].ranks, (std::vector<int32_t>{0, 1})) << "sender, receiver";
}

TEST(PositionsTest, TheLastOpThatBeganOnEachChannel) {
  const Positions positions(Sample());
  RunControl control;
  v1::Heartbeat beat;
  positions.AddTo(control, &beat);
  EXPECT_EQ(beat.positions_size(), 0);
  auto& dp = control.streams[static_cast<size_t>(plan::Stream::kDp)];
  dp.Begin(7, 0);
  dp.End();
  dp.Begin(7, 3);
  control.streams[static_cast<size_t>(plan::Stream::kRecvForward)].Begin(6, 1);
  control.streams[static_cast<size_t>(plan::Stream::kRecvForward)].End();
  positions.AddTo(control, &beat);
  ASSERT_EQ(beat.positions_size(), 2);
  const v1::CommPosition& reduce = beat.positions(0);
  EXPECT_EQ(reduce.axis(), "dp");
  EXPECT_EQ(reduce.step(), 7);
  EXPECT_EQ(reduce.seq(), 2);
  EXPECT_EQ(reduce.kind(), "all_reduce");
  EXPECT_EQ(reduce.bytes(), 80);
  EXPECT_TRUE(reduce.under_way());
  const v1::CommPosition& recv = beat.positions(1);
  EXPECT_EQ(recv.step(), 6);
  EXPECT_EQ(recv.seq(), 1);
  EXPECT_EQ(recv.kind(), "recv");
  EXPECT_FALSE(recv.under_way());
}

TEST(PositionsTest, StepAndOpAreOfTheSameMoment) {
  StreamPosition position;
  EXPECT_EQ(position.Get().op, -1);
  position.Begin(0x7ffffffe, 0x7ffffffe);
  EXPECT_EQ(position.Get().step, 0x7ffffffe);
  EXPECT_EQ(position.Get().op, 0x7ffffffe);
  EXPECT_FALSE(position.Get().ended);
  position.End();
  EXPECT_TRUE(position.Get().ended);
  EXPECT_EQ(position.Get().op, 0x7ffffffe);
}

}  // namespace
}  // namespace ringside::workers
