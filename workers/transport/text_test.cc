#include "workers/transport/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "workers/transport/thread_transport.h"

namespace ringside::workers {
namespace {

TEST(Text, ArrivesAsItWasSentInOrder) {
  ThreadNetwork network(2);
  const std::atomic<bool> stop{false};
  const std::string texts[] = {"one", "", std::string(100'000, 'x'), std::string("\0two", 4)};
  std::thread sender([&] {
    const auto endpoint = network.Endpoint(0);
    for (const std::string& text : texts) EXPECT_TRUE(SendText(*endpoint, text, 1, stop).ok());
  });
  const auto endpoint = network.Endpoint(1);
  for (const std::string& text : texts) {
    const auto received = ReceiveText(*endpoint, 0, stop);
    EXPECT_TRUE(received.ok()) << received.status();
    EXPECT_EQ(received.value_or("?"), text);
  }
  sender.join();
}

// No room is made for what a damaged message announces.
TEST(Text, ALengthThatNoTextHasIsAnError) {
  for (const int64_t length : {int64_t{-1}, kMaxTextBytes + 1}) {
    ThreadNetwork network(2);
    const std::atomic<bool> stop{false};
    const auto sender = network.Endpoint(0), receiver = network.Endpoint(1);
    ASSERT_TRUE(sender->Isend(&length, sizeof length, 1, kControlChannel).ok());
    const auto received = ReceiveText(*receiver, 0, stop);
    EXPECT_EQ(received.status().code(), absl::StatusCode::kInternal);
    EXPECT_THAT(std::string(received.status().message()), ::testing::HasSubstr("rank 0 announced"));
  }
}

}  // namespace
}  // namespace ringside::workers
