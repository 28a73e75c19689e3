#include "coordinator/launch/supervisor.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <future>

#include "coordinator/launch/command.h"
#include "coordinator/launch/process_tree.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::coordinator {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SupervisorTest : public ::testing::Test {
 protected:
  // A bash script under a mark of its own.
  ProcessCommand Script(const std::string& script) {
    mark_ = "RINGSIDE_TEST_MARK=" + std::to_string(::getpid()) + "-" + std::to_string(++counter_);
    return {.argv = {"/bin/bash", "-c", script}, .environment = {"PATH=/usr/bin:/bin", mark_}, .mark = mark_};
  }
  absl::Status Start(Supervisor& supervisor, const std::string& script) {
    exit_ = {};
    return supervisor.Start(Script(script), [this](ProcessExit exit) {
      ++exits_;
      exit_.set_value(std::move(exit));
    });
  }
  ProcessExit Exit() { return exit_.get_future().get(); }

  std::promise<ProcessExit> exit_;
  std::atomic<int> exits_ = 0;
  std::string mark_;
  int counter_ = 0;
};

TEST_F(SupervisorTest, ReportsExitCodeAndBothOutputs) {
  Supervisor supervisor;
  ASSERT_TRUE(Start(supervisor, "echo to stdout; echo to stderr >&2; exit 3").ok());
  const ProcessExit exit = Exit();
  EXPECT_EQ(exit.exit_code, 3);
  EXPECT_EQ(exit.signal, 0);
  EXPECT_EQ(exit.tail, "to stdout\nto stderr\n");
}

TEST_F(SupervisorTest, KeepsABoundedTail) {
  Supervisor supervisor;
  ASSERT_TRUE(Start(supervisor, "for i in $(seq 1 20000); do echo line $i; done").ok());
  const ProcessExit exit = Exit();
  EXPECT_LE(exit.tail.size(), 16u << 10);
  EXPECT_THAT(exit.tail, HasSubstr("line 20000\n"));
}

TEST_F(SupervisorTest, TheChildHasNoInputAndNoStrayDescriptors) {
  Supervisor supervisor;
  int leaked[2];
  ASSERT_EQ(::pipe(leaked), 0);  // not close-on-exec on purpose
  ASSERT_TRUE(Start(supervisor, "cat; cd /proc/self/fd; echo *").ok());
  EXPECT_EQ(Exit().tail, "0 1 2 3\n");  // 3: the directory that the shell itself reads
  ::close(leaked[0]);
  ::close(leaked[1]);
}

TEST_F(SupervisorTest, AProgramThatIsNotThereIsAnError) {
  Supervisor supervisor;
  ProcessCommand command = Script("");
  command.argv = {"/no/such/program"};
  const absl::Status started = supervisor.Start(command, [](ProcessExit) { FAIL() << "it never started"; });
  EXPECT_EQ(started.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(started.message()), HasSubstr("/no/such/program"));
}

TEST_F(SupervisorTest, KillEndsTheWholeTreeEvenADeafOne) {
  Supervisor supervisor({.term_grace_ms = 100});
  // One that ignores SIGTERM, a grandchild in a session of its own whose parent is gone, and a stopped one.
  const absl::Status started = Start(supervisor,
                                     "trap '' TERM; (setsid sleep 1000 &) ; sleep 1000 & kill -STOP $!; "
                                     "while :; do sleep 1000; done");
  ASSERT_TRUE(started.ok());
  while (FindMarked(mark_).size() < 4) ::sched_yield();
  supervisor.Kill(mark_);
  supervisor.Kill(mark_);  // twice does no harm
  const ProcessExit exit = Exit();
  EXPECT_EQ(exit.signal, SIGKILL);
  EXPECT_TRUE(exit.status.ok());
  EXPECT_THAT(FindMarked(mark_), IsEmpty());
}

TEST_F(SupervisorTest, StragglersOfAnExitedCommandAreKilled) {
  Supervisor supervisor;
  ASSERT_TRUE(Start(supervisor, "setsid sleep 1000 & exit 0").ok());
  const ProcessExit exit = Exit();
  EXPECT_EQ(exit.exit_code, 0);
  EXPECT_EQ(exit.num_stragglers, 1);
  EXPECT_THAT(FindMarked(mark_), IsEmpty());
}

TEST_F(SupervisorTest, ItsEndEndsAllAndReportsAll) {
  {
    Supervisor supervisor({.term_grace_ms = 100});
    ASSERT_TRUE(Start(supervisor, "trap '' TERM; while :; do sleep 1000; done").ok());
  }
  EXPECT_EQ(exits_, 1);
  EXPECT_THAT(FindMarked(mark_), IsEmpty());
}

// Forks a process that holds a supervisor, and kills it as a crash would.
TEST_F(SupervisorTest, TheKernelEndsTheCommandWhenTheSupervisorsProcessIsKilled) {
  const ProcessCommand command =
      Script("trap 'exit 0' TERM; echo ready > /dev/null; while :; do sleep 0.05; done");
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    Supervisor supervisor;
    const bool started = supervisor.Start(command, [](ProcessExit) {}).ok();
    (void)!::write(ready[1], started ? "y" : "n", 1);
    for (;;) ::pause();
  }
  char answer = 0;
  ASSERT_EQ(::read(ready[0], &answer, 1), 1);
  ASSERT_EQ(answer, 'y');
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  while (!FindMarked(mark_).empty()) ::sched_yield();  // the test's time limit is the bound
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST(RunCommand, GivesOutputOrTheReason) {
  EXPECT_EQ(*RunCommand({"echo", "a b", "c"}), "a b c\n");
  const absl::Status failed = RunCommand({"bash", "-c", "echo why >&2; exit 4"}).status();
  EXPECT_THAT(std::string(failed.message()), HasSubstr("failed with code 4: why"));
  EXPECT_EQ(RunCommand({"no-such-program"}).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(RunCommand({"sleep", "1000"}, 50).status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST(FindMarked, MatchesWholeVariablesOnly) {
  Supervisor supervisor({.term_grace_ms = 100});
  const std::string mark = "RINGSIDE_TEST_WHOLE=" + std::to_string(::getpid());
  std::promise<void> gone;
  const absl::Status started =
      supervisor.Start({.argv = {"/bin/sleep", "1000"}, .environment = {mark + "7"}, .mark = mark + "7"},
                       [&](ProcessExit) { gone.set_value(); });
  ASSERT_TRUE(started.ok());
  EXPECT_EQ(FindMarked(mark + "7").size(), 1u);
  EXPECT_THAT(FindMarked(mark), IsEmpty());
  supervisor.Kill(mark + "7");
  gone.get_future().wait();
}

}  // namespace
}  // namespace ringside::coordinator
