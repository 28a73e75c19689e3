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

TEST(InterruptRunTest, ARunThatIsInterruptedLeavesNothingBehind) {
  const fs::path directory = fs::path(::testing::TempDir()) / fmt::format("ringside-interrupt-{}", getpid());
  fs::create_directories(directory / "tmp");
  const std::string scenario = directory / "long.yaml";
  std::ofstream(scenario) << "model: {preset: gpt2-nano}\nplan: {dp: 2}\nrun: {steps: 1000000, warmup: 1}\n";
  const std::string mark = fmt::format("TMPDIR={}", (directory / "tmp").string());

  std::array<int, 2> ends;
  ASSERT_EQ(pipe(ends.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    putenv(const_cast<char*>(mark.c_str()));
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    const std::string out = directory / "out";
    execl(RINGSIDE_BINARY, "ringside", "run", scenario.c_str(), "--out", out.c_str(), nullptr);
    _exit(127);
  }
  ASSERT_GT(child, 0);
  close(ends[1]);
  std::string said;
  bool interrupted = false;
  std::array<char, 256> buffer;
  for (ssize_t got = 0; (got = read(ends[0], buffer.data(), buffer.size())) > 0;) {
    said.append(buffer.data(), got);
    if (!interrupted && said.find("2 ranks, local") != std::string::npos) {
      EXPECT_FALSE(ProcessesWith(mark).empty());
      kill(child, SIGINT);
      interrupted = true;
    }
  }
  close(ends[0]);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(interrupted) << said;
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == kExitInterrupted) << status << said;
  EXPECT_THAT(said, ::testing::HasSubstr("ringside: interrupted"));
  EXPECT_THAT(ProcessesWith(mark), ::testing::IsEmpty());
  EXPECT_TRUE(fs::is_empty(directory / "tmp"));
  EXPECT_FALSE(fs::exists(directory / "out"));
  fs::remove_all(directory);
}

}  // namespace
}  // namespace ringside::cli
