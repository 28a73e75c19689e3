#include "cli/remote.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(RemoteTest, AnAddressHasAPort) {
  EXPECT_TRUE(CheckCoordinatorAddress("127.0.0.1:7070").ok());
  EXPECT_TRUE(CheckCoordinatorAddress("unix:/run/ringside.sock").ok());
  for (const char* address : {"bogus", "host:", "host:http", "host:99999"}) {
    EXPECT_EQ(CheckCoordinatorAddress(address).code(), absl::StatusCode::kInvalidArgument) << address;
  }
}

TEST(RemoteTest, ALostConnectionNamesCoordinatorJobAndWhatToDo) {
  const absl::Status lost =
      ExplainCoordinatorError(absl::UnavailableError("Socket closed"), "host:7070", "j1");
  EXPECT_EQ(lost.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(lost.message()),
              AllOf(HasSubstr("coordinator host:7070, job j1: the connection broke"),
                    HasSubstr("ringside jobs --coordinator host:7070 show j1")));
  const absl::Status unknown = ExplainCoordinatorError(
      absl::UnavailableError("DNS resolution failed for x:1: C-ares status is not ARES_SUCCESS"), "x:1", "");
  EXPECT_THAT(std::string(unknown.message()),
              AllOf(HasSubstr("coordinator x:1: its host name cannot be resolved"), Not(HasSubstr("ares"))));
}

TEST(RemoteTest, WhatTheCoordinatorSaysOfARequestPasses) {
  const absl::Status refused = absl::InvalidArgumentError("plan.tp: 3 does not divide model.heads = 4");
  EXPECT_EQ(ExplainCoordinatorError(refused, "host:7070", ""), refused);
}

}  // namespace
}  // namespace ringside::cli
