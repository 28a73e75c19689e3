#include "cli/interrupt.h"

#include <signal.h>

#include <future>

#include "cli/command.h"
#include "gtest/gtest.h"

namespace ringside::cli {
namespace {

TEST(InterruptTest, TheFirstSignalCallsTheHandlerOnce) {
  Interrupt interrupt;
  std::promise<void> called;
  interrupt.OnRequest([&called] { called.set_value(); });  // a second call would throw
  EXPECT_FALSE(interrupt.requested());
  raise(SIGINT);
  called.get_future().wait();
  EXPECT_TRUE(interrupt.requested());
}

TEST(InterruptTest, AHandlerThatComesAfterTheSignalIsCalled) {
  Interrupt interrupt;
  std::promise<void> first, second;
  interrupt.OnRequest([&first] { first.set_value(); });
  raise(SIGTERM);
  first.get_future().wait();
  interrupt.OnRequest([&second] { second.set_value(); });
  second.get_future().wait();
}

TEST(InterruptTest, AHandlerThatWasTakenAwayIsNotCalled) {
  bool called = false;
  {
    Interrupt interrupt;
    interrupt.OnRequest([&called] { called = true; });
    interrupt.OnRequest(nullptr);
    raise(SIGINT);
  }  // joins the watcher
  EXPECT_FALSE(called);
}

TEST(InterruptDeathTest, TheSecondSignalEndsTheProcess) {
  EXPECT_EXIT(
      {
        Interrupt interrupt;
        raise(SIGINT);
        raise(SIGINT);
      },
      ::testing::ExitedWithCode(kExitInterrupted), "");
}

TEST(InterruptDeathTest, OldHandlersComeBack) {
  EXPECT_EXIT(
      {
        { Interrupt interrupt; }
        raise(SIGINT);
      },
      ::testing::KilledBySignal(SIGINT), "");
}

}  // namespace
}  // namespace ringside::cli
