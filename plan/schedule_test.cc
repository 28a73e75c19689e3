#include "plan/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace ringside::plan {
namespace {

using Kind = InstructionKind;

using Maker = InstructionList (*)(const PipelineShape&, int);

std::vector<InstructionList> All(Maker make, const PipelineShape& shape) {
  std::vector<InstructionList> lists;
  for (int s = 0; s < shape.stages; ++s) lists.push_back(make(shape, s));
  return lists;
}

// Micro-batches whose activations a stage holds: until their last use, in the backward pass or its second
// half.
int MaxInFlight(const InstructionList& list) {
  int in_flight = 0, most = 0;
  for (const Instruction& i : list) {
    if (i.kind == Kind::kForward) most = std::max(most, ++in_flight);
    if (i.kind == Kind::kBackward || i.kind == Kind::kBackwardWeight) --in_flight;
  }
  return most;
}

// The time a step takes, where a transfer takes none and each kind of work its own.
int Makespan(const std::vector<InstructionList>& lists, const PipelineShape& shape, int forward, int input,
             int weight) {
  const int steps = shape.stages * shape.chunks;
  const auto key = [&](int step, int m) { return m * steps + step; };
  std::map<int, int> forward_done, backward_done;  // by step and micro-batch
  std::vector<size_t> next(lists.size(), 0);
  std::vector<int> now(lists.size(), 0);
  for (bool moved = true; moved;) {
    moved = false;
    for (int s = 0; s < shape.stages; ++s) {
      for (; next[s] < lists[s].size(); ++next[s], moved = true) {
        const Instruction& i = lists[s][next[s]];
        const int step = i.chunk * shape.stages + s;
        if (i.kind == Kind::kForward) {
          if (step > 0 && !forward_done.contains(key(step - 1, i.micro_batch))) break;
          if (step > 0) now[s] = std::max(now[s], forward_done[key(step - 1, i.micro_batch)]);
          forward_done[key(step, i.micro_batch)] = now[s] += forward;
        } else if (i.kind == Kind::kBackward || i.kind == Kind::kBackwardInput) {
          if (step + 1 < steps && !backward_done.contains(key(step + 1, i.micro_batch))) break;
          if (step + 1 < steps) now[s] = std::max(now[s], backward_done[key(step + 1, i.micro_batch)]);
          now[s] += input + (i.kind == Kind::kBackward ? weight : 0);
          backward_done[key(step, i.micro_batch)] = now[s];
        } else if (i.kind == Kind::kBackwardWeight) {
          now[s] += weight;
        }
      }
    }
  }
  return *std::max_element(now.begin(), now.end());
}

TEST(Schedule, EveryGeneratedScheduleIsFreeOfDeadlock) {
  for (int stages = 1; stages <= 16; ++stages) {
    for (int m = 1; m <= 16; ++m) {
      for (const Maker make : {GpipeSchedule, OneFOneBSchedule, ZeroBubbleSchedule}) {
        const PipelineShape shape{stages, m, 1, m % 3};
        EXPECT_EQ(ValidateSchedule(All(make, shape), shape), absl::OkStatus()) << stages << " " << m;
      }
      for (int chunks = 1; stages > 1 && m % stages == 0 && chunks <= 5; ++chunks) {
        const PipelineShape shape{stages, m, chunks, m % 3};
        EXPECT_EQ(ValidateSchedule(All(InterleavedSchedule, shape), shape), absl::OkStatus())
            << stages << " " << m << " " << chunks;
      }
    }
  }
}

TEST(Schedule, OneFOneBHoldsAtMostTheStagesBelowIt) {
  for (int stages = 1; stages <= 8; ++stages) {
    for (int s = 0; s < stages; ++s) {
      EXPECT_EQ(MaxInFlight(OneFOneBSchedule({stages, 16}, s)), std::min(16, stages - s));
      EXPECT_EQ(MaxInFlight(GpipeSchedule({stages, 16}, s)), 16);
      EXPECT_LE(MaxInFlight(ZeroBubbleSchedule({stages, 16}, s)), stages);
    }
  }
}

TEST(Schedule, BubblesAreThoseOfThePapers) {
  for (int p = 2; p <= 8; ++p) {
    for (int m = p; m <= 4 * p; m += p) {
      const PipelineShape shape{p, m};
      // A chunk's forward 1, its backward 2 (input 1, weight 1).
      EXPECT_EQ(Makespan(All(GpipeSchedule, shape), shape, 1, 1, 1), 3 * (m + p - 1));
      EXPECT_EQ(Makespan(All(OneFOneBSchedule, shape), shape, 1, 1, 1), 3 * (m + p - 1));
      // ZB-H1: (p - 1) (forward + input - weight).
      EXPECT_EQ(Makespan(All(ZeroBubbleSchedule, shape), shape, 1, 1, 1), 3 * m + (p - 1)) << p << " " << m;
      for (const int v : {2, 3}) {
        const PipelineShape interleaved{p, m, v};
        EXPECT_EQ(Makespan(All(InterleavedSchedule, interleaved), interleaved, 1, 1, 1), 3 * (v * m + p - 1))
            << p << " " << m << " " << v;
      }
    }
  }
}

TEST(Schedule, ListsReadAsExpected) {
  EXPECT_EQ(ToString(OneFOneBSchedule({2, 2}, 0)), "F0 s0 R0 F1 s1 R1 B0 B1");
  EXPECT_EQ(ToString(OneFOneBSchedule({2, 2}, 1)), "r0 F0 r1 B0 S0 F1 B1 S1");
  EXPECT_EQ(ToString(GpipeSchedule({1, 2}, 0)), "F0 F1 B0 B1");
  EXPECT_EQ(ToString(ZeroBubbleSchedule({2, 2}, 1)), "r0 F0 r1 I0 S0 F1 I1 S1 W0 W1");
  EXPECT_EQ(ToString(GpipeSchedule({1, 1, 1, 1}, 0)), "F0 B0 F1");
}

TEST(Schedule, RefusesWhatCannotRun) {
  // A receive that is never posted before the sender needs it gone: stage 1 posts r0 only after B0 of stage
  // 0.
  std::vector<InstructionList> lists = All(OneFOneBSchedule, {2, 2});
  std::swap(lists[1][0], lists[1][1]);  // F0 before r0
  const absl::Status deadlock = ValidateSchedule(lists, {2, 2});
  EXPECT_EQ(deadlock.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(deadlock.message().find("deadlocks"), absl::string_view::npos) << deadlock;

  lists = All(OneFOneBSchedule, {2, 2});
  std::erase(lists[0], Instruction{Kind::kBackward, 1});
  EXPECT_NE(ValidateSchedule(lists, {2, 2}).message().find("B1 comes 0 times"), absl::string_view::npos);

  lists = All(GpipeSchedule, {2, 2});
  std::swap(*std::find(lists[1].begin(), lists[1].end(), Instruction{Kind::kRecvForward, 0}),
            *std::find(lists[1].begin(), lists[1].end(), Instruction{Kind::kRecvForward, 1}));
  EXPECT_NE(ValidateSchedule(lists, {2, 2}).message().find("order"), absl::string_view::npos);

  lists = All(GpipeSchedule, {1, 2});
  std::swap(lists[0][0], lists[0][2]);  // B0 before F0
  EXPECT_NE(ValidateSchedule(lists, {1, 2}).message().find("B0 comes before F0"), absl::string_view::npos);
}

}  // namespace
}  // namespace ringside::plan
