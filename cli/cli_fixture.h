// Runs the `ringside` binary in a directory of the test's own.
#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "fmt/format.h"
#include "gtest/gtest.h"

namespace ringside::cli {

struct Result {
  int exit_code;
  std::string out, err;
};

class CliTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::path(::testing::TempDir()) /
                 ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string Path(const std::string& name) const { return (directory_ / name).string(); }

  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name)) << text;
    return Path(name);
  }

  static std::string ReadFile(const std::string& path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  // No profile of the machine is read, and no file is written but below the test's directory.
  Result Ringside(const std::string& arguments) const {
    const int status = std::system(
        fmt::format("cd {0} && XDG_CACHE_HOME={0}/cache TMPDIR={0} {1} {2} >{0}/out.txt 2>{0}/err.txt",
                    directory_.string(), RINGSIDE_BINARY, arguments)
            .c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, ReadFile(Path("out.txt")),
            ReadFile(Path("err.txt"))};
  }

  std::filesystem::path directory_;
};

inline constexpr char kTwoRanks[] =
    "model: {preset: gpt2-nano}\n"
    "plan: {dp: 2, micro_batch: 2}\n"
    "run: {steps: 4, warmup: 1}\n";

}  // namespace ringside::cli
