#include "base/sqlite/database.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

namespace ringside::sqlite {
namespace {

class DatabaseTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "/database-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  std::string Path() const { return directory_ + "/a.sqlite"; }

  static int64_t Count(const Database& db) {
    auto count = db.Prepare("SELECT COUNT(*) FROM t");
    EXPECT_TRUE(count.ok() && *count->Step());
    return count->Int(0);
  }

  std::string directory_;
};

TEST_F(DatabaseTest, KeepsWhatWasCommittedAndNothingElse) {
  {
    auto db = Database::Open(Path());
    ASSERT_TRUE(db.ok()) << db.status();
    ASSERT_TRUE(db->Execute("CREATE TABLE t (x INTEGER)").ok());
    {
      auto kept = Transaction::Begin(*db);
      ASSERT_TRUE(kept.ok() && db->Execute("INSERT INTO t VALUES (1)").ok() && kept->Commit().ok());
    }
    auto dropped = Transaction::Begin(*db);
    ASSERT_TRUE(dropped.ok() && db->Execute("INSERT INTO t VALUES (2)").ok());
  }
  auto db = Database::Open(Path());
  ASSERT_TRUE(db.ok());
  EXPECT_EQ(Count(*db), 1);
}

TEST_F(DatabaseTest, IsForItsOwnerAlone) {
  auto db = Database::Open(Path());
  ASSERT_TRUE(db.ok());
  struct stat status;
  ASSERT_EQ(stat(Path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600);
}

TEST_F(DatabaseTest, SaysWhichFileCannotBeOpenedAndWhy) {
  const auto db = Database::Open(directory_ + "/missing/a.sqlite");
  ASSERT_FALSE(db.ok());
  EXPECT_NE(db.status().message().find("missing/a.sqlite"), std::string::npos) << db.status();
}

}  // namespace
}  // namespace ringside::sqlite
