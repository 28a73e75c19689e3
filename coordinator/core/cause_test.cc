#include "coordinator/core/cause.h"

#include "coordinator/core/mpirun_report.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::coordinator {
namespace {

using ::testing::HasSubstr;

// Printed by Open MPI 4.1.4 for a four-rank job whose rank 2 did kill(getpid(), 9), exit(3), MPI_Abort.
constexpr char kKilled[] =
    "--------------------------------------------------------------------------\n"
    "Primary job  terminated normally, but 1 process returned\n"
    "a non-zero exit code. Per user-direction, the job has been aborted.\n"
    "--------------------------------------------------------------------------\n"
    "--------------------------------------------------------------------------\n"
    "mpirun noticed that process rank 2 with PID 0 on node vm exited on signal 9 (Killed).\n"
    "--------------------------------------------------------------------------\n";
constexpr char kExited[] =
    "mpirun detected that one or more processes exited with non-zero status, thus causing\n"
    "the job to be terminated. The first process to do so was:\n\n"
    "  Process name: [[30398,1],2]\n  Exit code:    3\n";
constexpr char kAborted[] =
    "MPI_ABORT was invoked on rank 2 in communicator MPI_COMM_WORLD\nwith errorcode 5.\n\n"
    "mpirun has exited due to process rank 2 with PID 0 on\nnode vm exiting improperly.\n";

TEST(MpirunReport, ReadsSignalExitCodeAndAbort) {
  const auto killed = ParseMpirunReport(kKilled);
  ASSERT_TRUE(killed.has_value());
  EXPECT_EQ(killed->rank, 2);
  EXPECT_EQ(killed->signal, 9);
  const auto exited = ParseMpirunReport(kExited);
  ASSERT_TRUE(exited.has_value());
  EXPECT_EQ(exited->rank, 2);
  EXPECT_EQ(exited->exit_code, 3);
  const auto aborted = ParseMpirunReport(kAborted);
  ASSERT_TRUE(aborted.has_value());
  EXPECT_TRUE(aborted->aborted);
  EXPECT_EQ(aborted->exit_code, 5);
}

TEST(MpirunReport, SaysNothingWithoutARank) {
  EXPECT_FALSE(ParseMpirunReport("").has_value());
  EXPECT_FALSE(ParseMpirunReport("mpirun was unable to launch the specified application").has_value());
  EXPECT_FALSE(ParseMpirunReport("noticed that process rank X exited on signal 9").has_value());
  EXPECT_FALSE(ParseMpirunReport("noticed that process rank 99999999999999 exited on signal 9").has_value());
}

std::vector<Sign> Positions() {
  std::vector<Sign> positions;
  for (int rank = 0; rank < 4; ++rank) {
    positions.push_back(
        {.rank = rank, .last_seen = "last seen at step 5, op 1", .step = 5, .op = "forward gemm"});
  }
  return positions;
}

Sign Reported(int rank, absl::StatusCode code, const std::string& message) {
  Sign sign{.rank = rank, .step = 5};
  v1::Failure failure;
  failure.set_code(static_cast<int>(code));
  failure.set_rank(rank);
  failure.set_message(message);
  sign.reported = failure;
  return sign;
}

TEST(NameCause, MpirunsWordBeatsTheOrderOfBrokenStreams) {
  const std::vector<Sign> signs = {{.rank = 0}, {.rank = 3}, {.rank = 2}, {.rank = 1}};
  const auto failure = NameCause(signs, LauncherExit{.exit_code = 137, .stderr_tail = kKilled}, Positions());
  EXPECT_EQ(failure.rank(), 2);
  EXPECT_EQ(failure.step(), 5);
  EXPECT_THAT(failure.message(), HasSubstr("rank 2 was ended by SIGKILL"));
  EXPECT_THAT(failure.message(), HasSubstr("last seen at step 5"));
}

TEST(NameCause, AnEchoDoesNotHideADeath) {
  const std::vector<Sign> signs = {Reported(1, absl::StatusCode::kUnavailable, "rank 1: peer is gone"),
                                   {.rank = 2}};
  EXPECT_EQ(NameCause(signs, LauncherExit{.stderr_tail = kKilled}, Positions()).rank(), 2);
  // Without mpirun's word the echo is the best there is.
  EXPECT_EQ(NameCause(signs, std::nullopt, Positions()).message(), "rank 1: peer is gone");
}

TEST(NameCause, AnOwnFaultThatCameFirstIsTheCause) {
  const std::vector<Sign> signs = {Reported(3, absl::StatusCode::kInternal, "rank 3: NaN"), {.rank = 2}};
  EXPECT_EQ(NameCause(signs, LauncherExit{.stderr_tail = kKilled}, Positions()).rank(), 3);
  const std::vector<Sign> late = {{.rank = 2}, Reported(3, absl::StatusCode::kInternal, "rank 3: NaN")};
  EXPECT_EQ(NameCause(late, LauncherExit{.stderr_tail = kKilled}, Positions()).rank(), 2);
  EXPECT_EQ(NameCause(late, LauncherExit{.stderr_tail = kExited}, Positions()).rank(), 3);
}

TEST(NameCause, TheBlamedRanksOwnWordsBeatItsExitCode) {
  const std::vector<Sign> signs = {{.rank = 0}, Reported(2, absl::StatusCode::kUnknown, "rank 2: why not")};
  EXPECT_EQ(NameCause(signs, LauncherExit{.stderr_tail = kExited}, Positions()).message(), "rank 2: why not");
  EXPECT_THAT(NameCause({{.rank = 0}}, LauncherExit{.stderr_tail = kExited}, Positions()).message(),
              HasSubstr("rank 2 exited with code 3"));
}

TEST(NameCause, ARankThatIsNotOfTheJobIsNotBlamed) {
  const auto failure = NameCause({{.rank = 0}}, LauncherExit{.stderr_tail = kKilled}, {Positions()[0]});
  EXPECT_EQ(failure.rank(), 0);
}

TEST(Excerpt, PrefersTheProcessesOwnWordsAndSaysThemOnce) {
  EXPECT_EQ(Excerpt("out of paper\nout of paper\n" + std::string(kKilled)), "out of paper");
  EXPECT_THAT(Excerpt(kKilled), HasSubstr("noticed that process rank 2"));
  EXPECT_EQ(Excerpt(std::string(1000, 'x') + "END", 10), "...xxxxxxxEND");
}

TEST(NameCause, TheLaunchersLastWordsWhereThereIsNothingElse) {
  const auto failure = NameCause({}, LauncherExit{.exit_code = 1, .stderr_tail = "  no such\n\nfile\n"}, {});
  EXPECT_EQ(failure.message(), "mpirun exited with code 1 before the job was done; it said: no such file");
  EXPECT_EQ(failure.rank(), -1);
}

}  // namespace
}  // namespace ringside::coordinator
