// `ringside serve` and the clients of it: what it listens on, jobs that outlive their client, a coordinator
// that is killed.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "cli/cli_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace ringside::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// A process of the binary, killed with the test; its two streams come through one pipe.
class Process {
 public:
  Process(const std::string& temporary, std::vector<std::string> arguments) {
    std::array<int, 2> ends;
    if (pipe(ends.data()) != 0) return;
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      setenv("TMPDIR", temporary.c_str(), 1);
      dup2(ends[1], STDOUT_FILENO);
      dup2(ends[1], STDERR_FILENO);
      close(ends[0]);
      close(ends[1]);
      std::vector<char*> argv = {const_cast<char*>("ringside")};
      for (std::string& argument : arguments) argv.push_back(argument.data());
      argv.push_back(nullptr);
      execv(RINGSIDE_BINARY, argv.data());
      _exit(127);
    }
    close(ends[1]);
    said_ = fdopen(ends[0], "r");
  }
  ~Process() {
    Kill();
    if (said_ != nullptr) fclose(said_);
  }

  // The next line that begins so, without that; empty: it ended before.
  std::string LineAfter(const std::string& prefix) {
    std::array<char, 4096> line;
    while (fgets(line.data(), line.size(), said_) != nullptr) {
      std::string text = line.data();
      if (text.starts_with(prefix)) return text.substr(prefix.size(), text.find('\n') - prefix.size());
    }
    return "";
  }

  void Kill() {
    if (pid_ > 0) kill(pid_, SIGKILL);
    Wait();
  }
  int Wait() {
    int status = 0;
    if (pid_ > 0) waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
  std::FILE* said_ = nullptr;
};

class ServeTest : public CliTest {
 protected:
  std::vector<std::string> ServeAt(const std::string& coordinator, const std::string& evaluator) const {
    return {"serve", "--listen", coordinator, "--evaluator-listen", evaluator, "--data-dir", Path("data")};
  }
};

TEST_F(ServeTest, AddressesThatCannotBeListenedOnAreErrorsWithTheReason) {
  const auto serve = [&](const std::string& coordinator, const std::string& evaluator) {
    return Ringside(fmt::format("serve --listen {} --evaluator-listen {} --data-dir {}", coordinator,
                                evaluator, Path("data")));
  };
  const Result nonsense = serve("127.0.0.1:0", "127.0.0.1:99999");
  EXPECT_EQ(nonsense.exit_code, 2);
  EXPECT_THAT(nonsense.err, HasSubstr("--evaluator-listen: \"127.0.0.1:99999\" is not HOST:PORT"));

  Process first(Path(""), ServeAt("127.0.0.1:0", "127.0.0.1:0"));
  const std::string coordinator = first.LineAfter("coordinator "),
                    evaluator = first.LineAfter("evaluator   ");
  EXPECT_THAT(coordinator, AllOf(HasSubstr("127.0.0.1:"), Not(::testing::EndsWith(":0"))));
  EXPECT_THAT(evaluator, AllOf(HasSubstr("127.0.0.1:"), Not(::testing::EndsWith(":0"))));
  const Result in_use = serve("127.0.0.1:0", evaluator);
  EXPECT_EQ(in_use.exit_code, 1);
  EXPECT_EQ(in_use.err, "ringside: cannot listen on " + evaluator +
                            ": address already in use; choose another port with --evaluator-listen\n");
}

TEST_F(ServeTest, AJobIsFoundFetchedAndCancelledByOthers) {
  Process serve(Path(""), ServeAt("127.0.0.1:0", "127.0.0.1:0"));
  const std::string address = serve.LineAfter("coordinator ");
  ASSERT_NE(address, "");
  const std::string at = " --coordinator " + address;
  ASSERT_EQ(Ringside("run " + Write("two.yaml", kTwoRanks) + at).exit_code, 0);

  const Result listed = Ringside("jobs --json -" + at);
  ASSERT_EQ(listed.exit_code, 0) << listed.err;
  const nlohmann::json jobs = nlohmann::json::parse(listed.out).at("jobs");
  ASSERT_EQ(jobs.size(), 1u);
  EXPECT_EQ(jobs[0].at("name"), "two");
  EXPECT_EQ(jobs[0].at("state"), "succeeded");
  EXPECT_EQ(jobs[0].at("ranks"), 2);
  const std::string id = jobs[0].at("id");

  const Result shown = Ringside(fmt::format("jobs{} show {}", at, id));
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("job " + id + ": succeeded"));
  EXPECT_EQ(Ringside(fmt::format("jobs fetch {} --out {}{}", id, Path("fetched"), at)).exit_code, 0);
  EXPECT_EQ(Ringside("trace summary " + Path("fetched")).exit_code, 0);
  const Result ended = Ringside(fmt::format("jobs cancel {}{}", id, at));
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.err, HasSubstr(id));
  EXPECT_EQ(Ringside("jobs show j0" + at).exit_code, 2);
}

TEST_F(ServeTest, ACoordinatorThatIsKilledIsNamedAndWhatItLeftIsSwept) {
  Process serve(Path(""), ServeAt("127.0.0.1:0", "127.0.0.1:0"));
  const std::string address = serve.LineAfter("coordinator ");
  ASSERT_NE(address, "");
  const std::string scenario =
      Write("long.yaml", "model: {preset: gpt2-nano}\nplan: {dp: 2}\nrun: {steps: 1000000, warmup: 1}\n");
  Process run(Path(""), {"run", scenario, "--coordinator", address, "--out", Path("out")});
  ASSERT_THAT(run.LineAfter("long: "), HasSubstr("2 ranks"));
  serve.Kill();
  const std::string error = run.LineAfter("ringside: ");
  EXPECT_THAT(error, AllOf(HasSubstr("coordinator " + address + ", job j"), HasSubstr("the connection broke"),
                           HasSubstr("ringside jobs --coordinator")));
  EXPECT_EQ(run.Wait(), 1);

  const auto left = [&] {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory_))
      count += entry.path().filename().string().starts_with("ringside-") ? 1 : 0;
    return count;
  };
  EXPECT_GT(left(), 0);
  ASSERT_EQ(Ringside("run " + Write("two.yaml", kTwoRanks)).exit_code, 0);  // starts a coordinator of its own
  EXPECT_EQ(left(), 0);
}

}  // namespace
}  // namespace ringside::cli
