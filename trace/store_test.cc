#include "trace/store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "google/protobuf/util/message_differencer.h"
#include "trace/file_writer.h"
#include "trace/testing.h"

namespace ringside::trace {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
namespace fs = std::filesystem;

class Store : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(directory_);
    fs::create_directories(directory_);
  }
  void TearDown() override { fs::remove_all(directory_); }

  std::string Read(const std::string& name) const {
    std::ifstream file(directory_ / name, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  const fs::path directory_ =
      fs::path(testing::TempDir()) / ("ringside_store_test_" + std::to_string(getpid()));
};

TEST_F(Store, SavesAndLoads) {
  const v1::Trace trace = TwoReplicas();
  const fs::path deep = directory_ / "a" / "b";
  ASSERT_TRUE(SaveTrace(trace, deep).ok());
  for (const std::string& path : {deep.string(), (deep / "trace.pb").string()}) {
    const auto loaded = LoadTrace(path);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    v1::Trace expected = trace;
    expected.mutable_environment();
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*loaded, expected));
  }
  EXPECT_DOUBLE_EQ(nlohmann::json::parse(Read("a/b/summary.json"))["step_s_median"], 200e-9);
  EXPECT_EQ(nlohmann::json::parse(Read("a/b/trace.json"))["otherData"]["origin"], "measured");
  int files = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(deep)) ++files;
  EXPECT_EQ(files, 3);  // no temporary file stays
}

TEST_F(Store, ReplacesWhatWasThere) {
  ASSERT_TRUE(SaveTrace(TwoReplicas(), directory_).ok());
  ASSERT_TRUE(SaveTrace(TwoStages(), directory_).ok());
  EXPECT_EQ(LoadTrace(directory_)->ranks(0).steps(0).end_ns(), 400);
}

TEST_F(Store, EveryTruncationIsDataLoss) {
  v1::Trace trace = TwoReplicas();
  trace.mutable_environment()->set_transport("threads");
  ASSERT_TRUE(SaveTrace(trace, directory_).ok());
  const std::string whole = Read("trace.pb");
  const std::string cut = directory_ / "cut.pb";
  for (size_t size = 0; size < whole.size(); ++size) {
    std::ofstream(cut, std::ios::binary) << whole.substr(0, size);
    const auto loaded = LoadTrace(cut);
    ASSERT_EQ(loaded.status().code(), absl::StatusCode::kDataLoss) << size << " of " << whole.size();
    ASSERT_THAT(std::string(loaded.status().message()), StartsWith(cut));
  }
  std::ofstream(cut, std::ios::binary) << "this is no trace";
  EXPECT_EQ(LoadTrace(cut).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(Store, NamesWhatIsNotThere) {
  const auto missing = LoadTrace(directory_);
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(missing.status().message()), HasSubstr("trace.pb: No such file or directory"));
}

// The temporary files are led to a device that is always full.
TEST_F(Store, AFullDiskIsNamed) {
  for (const char* name : {"trace.pb", "trace.json", "summary.json"}) {
    fs::create_symlink("/dev/full", directory_ / name);
    const absl::Status status = SaveTrace(TwoReplicas(), directory_);
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr((directory_ / name).string()));
    EXPECT_THAT(std::string(status.message()), HasSubstr("No space left on device (ENOSPC)"));
    EXPECT_TRUE(fs::is_symlink(directory_ / name));
    fs::remove(directory_ / name);
  }
}

TEST_F(Store, AWriteThatFailsLeavesTheOldTrace) {
  ASSERT_TRUE(SaveTrace(TwoReplicas(), directory_).ok());
  const std::string before = Read("trace.pb");
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto old_handler = ::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{16, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const absl::Status status = SaveTrace(TwoReplicas(), directory_);
  ::setrlimit(RLIMIT_FSIZE, &old);
  ::signal(SIGXFSZ, old_handler);
  EXPECT_THAT(std::string(status.message()), HasSubstr("EFBIG"));
  EXPECT_EQ(Read("trace.pb"), before);
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_), fs::directory_iterator()), 3);
}

TEST_F(Store, ADirectoryThatCannotBeMadeIsNamed) {
  std::ofstream(directory_ / "file") << "x";
  const absl::Status status = SaveTrace(TwoReplicas(), directory_ / "file" / "sub");
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot make the directory"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("Not a directory"));
}

TEST_F(Store, APlaceForTracesIsTriedWithoutATrace) {
  const fs::path place = directory_ / "a" / "b";
  ASSERT_TRUE(TryTraceDirectory(place).ok());
  EXPECT_TRUE(fs::is_empty(directory_)) << "neither it nor what it lies in";
  ASSERT_TRUE(SaveTrace(TwoReplicas(), place).ok());
  ASSERT_TRUE(TryTraceDirectory(place).ok());
  EXPECT_TRUE(LoadTrace(place).ok()) << "what was there is left alone";
  EXPECT_FALSE(TryTraceDirectory("/proc/ringside").ok());
  EXPECT_FALSE(TryTraceDirectory("/proc/self").ok()) << "there, but nothing can be written into it";
}

TEST_F(Store, ARunThatFailedEarlyKeepsItsTrace) {
  v1::Trace trace = TwoReplicas();
  trace.mutable_ranks(1)->clear_steps();
  ASSERT_TRUE(SaveTrace(trace, directory_).ok());
  EXPECT_TRUE(LoadTrace(directory_).ok());
  EXPECT_THAT(nlohmann::json::parse(Read("summary.json"))["error"].get<std::string>(),
              HasSubstr("no step to measure"));
}

TEST_F(Store, ATraceThatContradictsItselfIsReportedButKept) {
  v1::Trace trace = TwoReplicas();
  trace.mutable_programs(0)->mutable_ops(0)->set_kind("gem");
  EXPECT_EQ(SaveTrace(trace, directory_).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(LoadTrace(directory_).ok());
}

TEST_F(Store, AFileThatIsNotCommittedLeavesNothing) {
  const std::string path = directory_ / "x";
  {
    auto file = FileWriter::Create(path);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file->Append(std::string(3 << 20, 'a')).ok());
  }
  EXPECT_TRUE(fs::is_empty(directory_));
  auto file = FileWriter::Create(path);
  ASSERT_TRUE(file.ok());
  FileWriter moved = *std::move(file);
  ASSERT_TRUE(moved.Append("abc").ok());
  ASSERT_TRUE(moved.Commit().ok());
  EXPECT_EQ(Read("x"), "abc");
}

absl::Status WriteWhole(const std::string& path, std::string_view text) {
  auto file = FileWriter::Create(path);
  if (!file.ok()) return file.status();
  if (absl::Status status = file->Append(text); !status.ok()) return status;
  return file->Commit();
}

TEST_F(Store, ALinkStaysAndItsTargetIsReplaced) {
  ASSERT_TRUE(WriteWhole(directory_ / "file", "old").ok());
  fs::permissions(directory_ / "file", fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("file", directory_ / "link");
  fs::create_symlink("not-there-yet", directory_ / "dangling");
  ASSERT_TRUE(WriteWhole(directory_ / "link", "new").ok());
  ASSERT_TRUE(WriteWhole(directory_ / "dangling", "first").ok());
  EXPECT_TRUE(fs::is_symlink(directory_ / "link"));
  EXPECT_TRUE(fs::is_symlink(directory_ / "dangling"));
  EXPECT_EQ(Read("file"), "new");
  EXPECT_EQ(Read("not-there-yet"), "first");
  EXPECT_EQ(fs::status(directory_ / "file").permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(Store, APipeIsWrittenInPlace) {
  const std::string pipe = directory_ / "pipe", link = directory_ / "link";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  fs::create_symlink(pipe, link);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  ASSERT_TRUE(WriteWhole(link, "abc").ok());
  char read[8] = {};
  EXPECT_EQ(::read(reader, read, sizeof read), 3);
  ::close(reader);
  EXPECT_EQ(std::string(read), "abc");
  EXPECT_TRUE(fs::is_fifo(pipe));
  EXPECT_TRUE(fs::is_symlink(link));
}

TEST_F(Store, ADirectoryOrALoopOfLinksIsAnError) {
  EXPECT_FALSE(WriteWhole(directory_, "x").ok());
  fs::create_symlink("loop", directory_ / "loop");
  EXPECT_FALSE(WriteWhole(directory_ / "loop" / "x", "x").ok());
}

TEST_F(Store, SeveralWritersOfOneFileDoNotMix) {
  const std::string path = directory_ / "x";
  auto first = FileWriter::Create(path), second = FileWriter::Create(path);
  ASSERT_TRUE(first.ok() && second.ok());
  ASSERT_TRUE(first->Append("first").ok());
  ASSERT_TRUE(second->Append("second").ok());
  ASSERT_TRUE(second->Commit().ok());
  ASSERT_TRUE(first->Commit().ok());
  EXPECT_EQ(Read("x"), "first");
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_), fs::directory_iterator()), 1);
}

}  // namespace
}  // namespace ringside::trace
