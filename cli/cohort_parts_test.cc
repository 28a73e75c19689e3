#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "cli/cohort_share.h"
#include "cli/cohort_source.h"

namespace ringside::cli {
namespace {

using testing::HasSubstr;

std::function<const char*(const char*)> Environment(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
}

TEST(CohortShare, IsTheWholeUnlessToldOtherwise) {
  EXPECT_TRUE(ShareOf("", Environment({}))->whole());
  EXPECT_TRUE(
      ShareOf("", Environment({{"OMPI_COMM_WORLD_RANK", "0"}, {"OMPI_COMM_WORLD_SIZE", "1"}}))->whole());
}

TEST(CohortShare, IsTheRanksUnderALauncher) {
  const auto share = ShareOf("", Environment({{"SLURM_PROCID", "2"}, {"SLURM_NTASKS", "5"}}));
  ASSERT_TRUE(share.ok());
  EXPECT_EQ(share->shard, 2);
  EXPECT_EQ(share->shards, 5);
  // What is said counts before what the launcher says.
  EXPECT_EQ(ShareOf("1/3", Environment({{"SLURM_PROCID", "2"}, {"SLURM_NTASKS", "5"}}))->shards, 3);
}

TEST(CohortShare, RefusesWhatIsNone) {
  for (const char* bad : {"3/3", "-1/3", "1", "a/b", "1/99999999", "/"}) {
    EXPECT_THAT(ShareOf(bad, Environment({})).status().message(), HasSubstr("expected I/N")) << bad;
  }
}

class CohortSource : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "/source-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void Write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(folder_ + "/" + name).parent_path());
    std::ofstream(folder_ + "/" + name) << text;
  }
  std::string folder_;
};

TEST_F(CohortSource, AFolderChangesWithNamesAndTexts) {
  Write("all/ann/q.txt", "one");
  const std::string before = *FingerprintOfSource(folder_ + "/all");
  EXPECT_EQ(before, *FingerprintOfSource(folder_ + "/all"));
  Write("all/ann/q.txt", "two");
  const std::string edited = *FingerprintOfSource(folder_ + "/all");
  EXPECT_NE(before, edited);
  std::filesystem::rename(folder_ + "/all/ann", folder_ + "/all/bob");
  EXPECT_NE(edited, *FingerprintOfSource(folder_ + "/all"));
  EXPECT_EQ(FingerprintOfSource(folder_ + "/none").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(CohortSource, TheKeyOfNamesIsMadeOnceAndForItsOwner) {
  const std::string key = *NamesKey(folder_);
  EXPECT_EQ(key.size(), 32);
  EXPECT_EQ(key, *NamesKey(folder_));
  struct stat status;
  ASSERT_EQ(stat((folder_ + "/names.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600);
  Write("names.key", "x");
  EXPECT_THAT(NamesKey(folder_).status().message(), HasSubstr("is no key of names"));
}

}  // namespace
}  // namespace ringside::cli
