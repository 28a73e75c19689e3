#include "workers/comm/match_sequences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "workers/transport/thread_transport.h"

namespace ringside::workers {
namespace {

using ::testing::HasSubstr;

// Four ranks, dp 2 x tp 2: three collectives each, and a message from rank 0 to rank 1.
std::vector<plan::Program> Programs() {
  std::vector<plan::Program> programs(4);
  for (int rank = 0; rank < 4; ++rank) {
    plan::Program& program = programs[rank];
    program.rank = rank;
    program.world_size = 4;
    program.groups = {{"tp", {rank / 2 * 2, rank / 2 * 2 + 1}}, {"dp", {rank % 2, rank % 2 + 2}}};
    program.buffers.resize(1);
    program.buffers[0].elems = 1000;
    const auto add = [&](plan::OpKind kind, plan::Stream stream, int group, int64_t elems) {
      plan::Op& op = program.ops.emplace_back();
      op.kind = kind, op.stream = stream, op.group = group, op.dims = {elems};
      op.operands = {plan::View{0, 0, elems}};
    };
    add(plan::OpKind::kAllReduce, plan::Stream::kTp, 0, 100);
    add(plan::OpKind::kAllReduce, plan::Stream::kTp, 0, 200);
    add(plan::OpKind::kReduceScatter, plan::Stream::kDp, 1, 300);
    if (rank > 1) continue;
    add(rank == 0 ? plan::OpKind::kSend : plan::OpKind::kRecv,
        rank == 0 ? plan::Stream::kSendForward : plan::Stream::kRecvForward, -1, 50);
    program.ops.back().peer = 1 - rank;
  }
  return programs;
}

std::vector<absl::Status> Match(const std::vector<plan::Program>& programs) {
  ThreadNetwork network(static_cast<int>(programs.size()));
  std::vector<absl::Status> statuses(programs.size());
  std::vector<std::thread> threads;
  for (size_t rank = 0; rank < programs.size(); ++rank) {
    threads.emplace_back([&, rank] {
      const auto transport = network.Endpoint(static_cast<int>(rank));
      const std::atomic<bool> stop{false};
      statuses[rank] = MatchSequences(programs[rank], *transport, stop);
    });
  }
  for (auto& thread : threads) thread.join();
  return statuses;
}

void ExpectAllSay(const std::function<void(std::vector<plan::Program>*)>& tamper, const std::string& text) {
  std::vector<plan::Program> programs = Programs();
  tamper(&programs);
  for (const absl::Status& status : Match(programs)) {
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(status.message()), HasSubstr(text));
  }
}

TEST(MatchSequencesTest, ProgramsOfOnePlanAgree) {
  for (const absl::Status& status : Match(Programs())) EXPECT_EQ(status, absl::OkStatus());
}

TEST(MatchSequencesTest, OneRankAloneAgreesWithItself) {
  EXPECT_EQ(Match({plan::Program()})[0], absl::OkStatus());
}

TEST(MatchSequencesTest, TheFirstDifferenceIsNamed) {
  ExpectAllSay(
      [](auto* programs) { (*programs)[3].ops[1].dims[0] = 201; },
      "ranks 2 and 3 would not communicate alike on tp (stream tp): at seq 2 rank 2 has all_reduce of 200 "
      "f32, ring, rank 3 has all_reduce of 201 f32, ring");
  ExpectAllSay(
      [](auto* programs) { (*programs)[2].ops[2].kind = plan::OpKind::kAllGather; },
      "on dp (stream dp): at seq 1 rank 0 has reduce_scatter of 300 f32, rank 2 has all_gather of 300 f32");
  ExpectAllSay([](auto* programs) { (*programs)[1].ops[0].algorithm = plan::Algorithm::kTree; },
               "at seq 1 rank 0 has all_reduce of 100 f32, ring, rank 1 has all_reduce of 100 f32, tree");
  ExpectAllSay([](auto* programs) { (*programs)[1].ops[0].flags = plan::kMax; }, "f32, ring, maximum");
  ExpectAllSay([](auto* programs) { (*programs)[1].buffers[0].dtype = plan::DType::kBf16; },
               "rank 1 has reduce_scatter of 300 bf16");
}

TEST(MatchSequencesTest, AMissingOpIsNamed) {
  ExpectAllSay([](auto* programs) { (*programs)[3].ops.erase((*programs)[3].ops.begin()); },
               "at seq 1 rank 2 has all_reduce of 100 f32, ring, rank 3 has all_reduce of 200 f32, ring");
  ExpectAllSay([](auto* programs) { (*programs)[1].ops.pop_back(); },
               "on pp (stream send_forward): at seq 1 rank 0 has message of 50 f32, rank 1 has no such op");
}

TEST(MatchSequencesTest, AnotherGroupIsNamed) {
  ExpectAllSay(
      [](auto* programs) {
        (*programs)[3].groups[1].ranks = {0, 3};
      },
      "on dp (stream dp): at seq 1");
}

TEST(MatchSequencesTest, StopEndsTheWaitForARankThatNeverComes) {
  ThreadNetwork network(2);
  const auto transport = network.Endpoint(1);
  plan::Program program;
  program.rank = 1;
  program.world_size = 2;
  const std::atomic<bool> stop{true};
  EXPECT_EQ(MatchSequences(program, *transport, stop).code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace ringside::workers
