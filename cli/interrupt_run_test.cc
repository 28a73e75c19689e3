// Ctrl-C while ranks are running: the job is cancelled, and no process and no file is left.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "cli/command.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::cli {
namespace {

namespace fs = std::filesystem;

// Processes whose environment holds `variable`, which every process of the run inherits.
std::vector<std::string> ProcessesWith(const std::string& variable) {
  std::vector<std::string> found;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc")) {
    std::stringstream environment;
    environment << std::ifstream(entry.path() / "environ").rdbuf();
    if (environment.str().find(variable) == std::string::npos) continue;
    std::ifstream name(entry.path() / "comm");
    std::string line;
    if (std::getline(name, line)) found.push_back(line);
  }
  return found;
}

struct Interrupted {
  bool interrupted = false;  // `sign` was seen
  bool ran = false;          // processes of it were there then
  int status = 0;            // of waitpid
  std::string said;          // on stderr
};

// Runs `ringside` with TMPDIR below `directory`, and sends SIGINT when it has said `sign` on stderr.
Interrupted RunUntil(const std::string& sign, std::vector<std::string> arguments, const fs::path& directory) {
  Interrupted result;
  std::string mark = fmt::format("TMPDIR={}", (directory / "tmp").string());
  arguments.insert(arguments.begin(), "ringside");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::array<int, 2> ends;
  if (pipe(ends.data()) != 0) return result;
  const pid_t child = fork();
  if (child == 0) {
    putenv(mark.data());
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    execv(RINGSIDE_BINARY, argv.data());
    _exit(127);
  }
  close(ends[1]);
  std::array<char, 256> buffer;
  for (ssize_t got = 0; (got = read(ends[0], buffer.data(), buffer.size())) > 0;) {
    result.said.append(buffer.data(), got);
    if (result.interrupted || result.said.find(sign) == std::string::npos) continue;
    result.ran = !ProcessesWith(mark).empty();
    kill(child, SIGINT);
    result.interrupted = true;
  }
  close(ends[0]);
  waitpid(child, &result.status, 0);
  EXPECT_THAT(ProcessesWith(mark), ::testing::IsEmpty());
  return result;
}

class InterruptRunTest : public ::testing::Test {
 protected:
  InterruptRunTest() { fs::create_directories(directory_ / "tmp"); }
  ~InterruptRunTest() override { fs::remove_all(directory_); }

  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ / name) << text;
    return directory_ / name;
  }

  void ExpectNothingLeft(const Interrupted& result) const {
    EXPECT_TRUE(result.interrupted) << result.said;
    EXPECT_TRUE(WIFEXITED(result.status) && WEXITSTATUS(result.status) == kExitInterrupted)
        << result.status << result.said;
    EXPECT_THAT(result.said, ::testing::HasSubstr("ringside: interrupted"));
    EXPECT_TRUE(fs::is_empty(directory_ / "tmp"));
    EXPECT_FALSE(fs::exists(directory_ / "out"));
  }

  const fs::path directory_ = fs::path(::testing::TempDir()) / fmt::format("ringside-interrupt-{}", getpid());
};

TEST_F(InterruptRunTest, ARunThatIsInterruptedLeavesNothingBehind) {
  const std::string scenario =
      Write("long.yaml", "model: {preset: gpt2-nano}\nplan: {dp: 2}\nrun: {steps: 1000000, warmup: 1}\n");
  const Interrupted result =
      RunUntil("2 ranks, local", {"run", scenario, "--out", directory_ / "out"}, directory_);
  EXPECT_TRUE(result.ran);
  ExpectNothingLeft(result);
}

// A search of minutes.
TEST_F(InterruptRunTest, TheSearchForTheBestPlanEndsAtOnce) {
  const std::string question =
      Write("question.yaml",
            "id: large\nprompt: A large cluster.\nmodel: {preset: gpt2-nano, layers: 16, heads: 16}\n"
            "cluster: {nodes: 8, devices_per_node: 8}\nrun: {steps: 4, warmup: 1}\n"
            "constraints: {global_batch: 64}\n");
  const std::string answer = Write("answer.yaml", "plan: {dp: 64}\n");
  ExpectNothingLeft(RunUntil("looking for the best plan",
                             {"grade", answer, "--question", question, "--out", directory_ / "out"},
                             directory_));
}

}  // namespace
}  // namespace ringside::cli
