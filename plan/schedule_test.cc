#include "plan/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace ringside::plan {
namespace {

using Kind = InstructionKind;

std::vector<InstructionList> All(InstructionList (*make)(int, int, int), int stages, int micro_batches) {
  std::vector<InstructionList> lists;
  for (int s = 0; s < stages; ++s) lists.push_back(make(stages, s, micro_batches));
  return lists;
}

int MaxInFlight(const InstructionList& list) {
  int in_flight = 0, most = 0;
  for (const Instruction& i : list) {
    if (i.kind == Kind::kForward) most = std::max(most, ++in_flight);
    if (i.kind == Kind::kBackward) --in_flight;
  }
  return most;
}

TEST(Schedule, EveryGeneratedScheduleIsFreeOfDeadlock) {
  for (int stages = 1; stages <= 16; ++stages) {
    for (int m = 1; m <= 16; ++m) {
      EXPECT_EQ(ValidateSchedule(All(GpipeSchedule, stages, m), m), absl::OkStatus()) << stages << " " << m;
      EXPECT_EQ(ValidateSchedule(All(OneFOneBSchedule, stages, m), m), absl::OkStatus())
          << stages << " " << m;
    }
  }
}

TEST(Schedule, OneFOneBHoldsAtMostTheStagesBelowIt) {
  for (int stages = 1; stages <= 8; ++stages) {
    for (int s = 0; s < stages; ++s) {
      EXPECT_EQ(MaxInFlight(OneFOneBSchedule(stages, s, 16)), std::min(16, stages - s));
      EXPECT_EQ(MaxInFlight(GpipeSchedule(stages, s, 16)), 16);
    }
  }
}

TEST(Schedule, ListsReadAsExpected) {
  EXPECT_EQ(ToString(OneFOneBSchedule(2, 0, 2)), "F0 s0 R0 F1 s1 R1 B0 B1");
  EXPECT_EQ(ToString(OneFOneBSchedule(2, 1, 2)), "r0 F0 r1 B0 S0 F1 B1 S1");
  EXPECT_EQ(ToString(GpipeSchedule(1, 0, 2)), "F0 F1 B0 B1");
}

TEST(Schedule, RefusesWhatCannotRun) {
  // A receive that is never posted before the sender needs it gone: stage 1 posts r0 only after B0 of stage
  // 0.
  std::vector<InstructionList> lists = All(OneFOneBSchedule, 2, 2);
  std::swap(lists[1][0], lists[1][1]);  // F0 before r0
  const absl::Status deadlock = ValidateSchedule(lists, 2);
  EXPECT_EQ(deadlock.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(deadlock.message().find("deadlocks"), absl::string_view::npos) << deadlock;

  lists = All(OneFOneBSchedule, 2, 2);
  std::erase(lists[0], Instruction{Kind::kBackward, 1});
  EXPECT_NE(ValidateSchedule(lists, 2).message().find("B1 comes 0 times"), absl::string_view::npos);

  lists = All(GpipeSchedule, 2, 2);
  std::swap(*std::find(lists[1].begin(), lists[1].end(), Instruction{Kind::kRecvForward, 0}),
            *std::find(lists[1].begin(), lists[1].end(), Instruction{Kind::kRecvForward, 1}));
  EXPECT_NE(ValidateSchedule(lists, 2).message().find("order"), absl::string_view::npos);

  lists = All(GpipeSchedule, 1, 2);
  std::swap(lists[0][0], lists[0][2]);  // B0 before F0
  EXPECT_NE(ValidateSchedule(lists, 2).message().find("B0 comes before F0"), absl::string_view::npos);
}

}  // namespace
}  // namespace ringside::plan
