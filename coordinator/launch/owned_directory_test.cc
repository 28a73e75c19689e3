#include "coordinator/launch/owned_directory.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <stop_token>
#include <thread>
#include <vector>

#include "coordinator/testing/temp_dir.h"
#include "fmt/format.h"
#include "gtest/gtest.h"

namespace ringside::coordinator {
namespace {

namespace fs = std::filesystem;

// What a process that made a directory with something in it and was killed leaves behind.
void AbandonDirectory(const std::string& path) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto made = OwnedDirectory::Make(path);
    if (made.ok()) fs::create_directories((*made)->path() + "/a/b");
    ::kill(::getpid(), SIGKILL);
  }
  ASSERT_GT(child, 0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
}

int EntriesOf(const std::string& path) {
  return static_cast<int>(std::distance(fs::directory_iterator(path), fs::directory_iterator()));
}

TEST(OwnedDirectoryTest, IsPrivateAndGoesWithItsOwner) {
  const TempDir parent;
  {
    const auto made = OwnedDirectory::Make(parent.path() + "/ringside-XXXXXX");
    ASSERT_TRUE(made.ok()) << made.status();
    struct stat status {};
    ASSERT_EQ(::stat((*made)->path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0700u);
    fs::create_directories((*made)->path() + "/a/b");
  }
  EXPECT_EQ(EntriesOf(parent.path()), 0);
}

TEST(OwnedDirectoryTest, ASweepRemovesWhatNobodyHoldsAndNothingElse) {
  const TempDir parent;
  AbandonDirectory(parent.path() + "/ringside-XXXXXX");
  AbandonDirectory(parent.path() + "/ringside-j1");
  ASSERT_EQ(EntriesOf(parent.path()), 2);
  const auto held = OwnedDirectory::Make(parent.path() + "/ringside-j2");
  ASSERT_TRUE(held.ok()) << held.status();
  fs::create_directories(parent.path() + "/ringside-unmarked");  // somebody else's
  std::ofstream(parent.path() + "/ringside-file") << "x";        // no directory
  fs::create_directory_symlink((*held)->path(), parent.path() + "/ringside-link");
  SweepAbandoned(parent.path());
  EXPECT_FALSE(fs::exists(parent.path() + "/ringside-j1"));
  EXPECT_TRUE(fs::exists((*held)->path() + "/.ringside-owner"));
  EXPECT_EQ(EntriesOf(parent.path()), 4);
}

TEST(OwnedDirectoryTest, ANameIsTakenOverFromTheDeadOnly) {
  const TempDir parent;
  const std::string path = parent.path() + "/ringside-j1";
  AbandonDirectory(path);
  const auto first = OwnedDirectory::Make(path);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_FALSE(fs::exists(path + "/a"));
  EXPECT_EQ(OwnedDirectory::Make(path).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(fs::exists(path));
  fs::create_directories(parent.path() + "/ringside-unmarked");
  EXPECT_FALSE(OwnedDirectory::Make(parent.path() + "/ringside-unmarked").ok());
}

TEST(OwnedDirectoryTest, TheNameOfADeadOwnerIsFreeWhileOthersSweep) {
  const TempDir parent;
  const std::string path = parent.path() + "/ringside-j1";
  std::vector<std::jthread> sweepers;
  for (int i = 0; i < 3; ++i) {
    sweepers.emplace_back([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) SweepAbandoned(parent.path());
    });
  }
  for (int i = 0; i < 60; ++i) {
    // What one that was killed leaves, a file at a time: the owner's, which nobody has locked, last.
    fs::create_directories(path + "/a/b");
    for (int file = 0; file < 20; ++file) std::ofstream(path + fmt::format("/a/b/{}", file)) << "x";
    std::ofstream(path + "/.ringside-owner").flush();
    const auto made = OwnedDirectory::Make(path);
    ASSERT_TRUE(made.ok()) << i << ": " << made.status();
    ASSERT_FALSE(fs::exists(path + "/a")) << i;
    ASSERT_TRUE(fs::exists(path + "/.ringside-owner")) << i;
  }
}

TEST(OwnedDirectoryTest, APlaceThatIsNotThereIsAnError) {
  EXPECT_EQ(OwnedDirectory::Make("/no/such/place/ringside-XXXXXX").status().code(),
            absl::StatusCode::kUnavailable);
  SweepAbandoned("/no/such/place");
}

}  // namespace
}  // namespace ringside::coordinator
