// One set of tests for every JobStore, and what only the one on disk can be asked.
#include "coordinator/store/job_store.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "coordinator/store/data_dir.h"
#include "coordinator/store/memory_store.h"
#include "coordinator/store/migrations.h"
#include "coordinator/store/sqlite_store.h"
#include "coordinator/testing/small_disk.h"
#include "coordinator/testing/temp_dir.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::coordinator {
namespace {

using ::testing::HasSubstr;

JobRecord FullRecord(const std::string& id) {
  JobRecord record;
  v1::Job& job = record.job;
  job.set_id(id);
  job.set_name("a \"name\" with 'quotes' and ü");
  job.set_state(v1::JOB_STATE_FAILED);
  job.set_attempt(2);
  job.set_submitted_unix_ns(1'700'000'000'123'456'789);
  job.set_started_unix_ns(1'700'000'001'123'456'789);
  job.set_finished_unix_ns(1'700'000'002'123'456'789);
  job.mutable_failure()->set_code(14);
  job.mutable_failure()->set_message("rank 2 stopped answering");
  job.mutable_failure()->set_rank(2);
  job.mutable_failure()->set_step(-1);
  job.set_launcher("local");
  job.set_launcher_note("no namespaces");
  job.set_world_size(4);
  record.spec = {.world_size = 4,
                 .steps = 9,
                 .reports_loss = false,
                 .deadline_ns = 77,
                 .stall_ns = 66,
                 .max_restarts = 2};
  record.job.add_restarts()->set_lost_steps(3);
  record.request_id = "request-" + id;
  record.cancel_requested = true;
  return record;
}

JobRecord Queued(const std::string& id) {
  JobRecord record;
  record.job.set_id(id);
  record.job.set_state(v1::JOB_STATE_QUEUED);
  record.job.set_world_size(1);
  return record;
}

void ExpectSame(const JobRecord& a, const JobRecord& b) {
  EXPECT_EQ(a.job.SerializeAsString(), b.job.SerializeAsString())
      << a.job.DebugString() << b.job.DebugString();
  EXPECT_EQ(a.request_id, b.request_id);
  EXPECT_EQ(a.cancel_requested, b.cancel_requested);
  EXPECT_EQ(a.spec.world_size, b.spec.world_size);
  EXPECT_EQ(a.spec.steps, b.spec.steps);
  EXPECT_EQ(a.spec.reports_loss, b.spec.reports_loss);
  EXPECT_EQ(a.spec.deadline_ns, b.spec.deadline_ns);
  EXPECT_EQ(a.spec.stall_ns, b.spec.stall_ns);
  EXPECT_EQ(a.spec.max_restarts, b.spec.max_restarts);
}

class JobStoreTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (std::string(GetParam()) == "memory") {
      store_ = std::make_unique<MemoryStore>();
    } else {
      auto opened = SqliteStore::Open(dir_.path() + "/ringside.db");
      ASSERT_TRUE(opened.ok()) << opened.status();
      store_ = *std::move(opened);
    }
  }
  TempDir dir_;
  std::unique_ptr<JobStore> store_;
};

TEST_P(JobStoreTest, KeepsEveryFieldAndTheRequest) {
  const JobRecord record = FullRecord("a");
  const std::string request("bytes\0with zero", 15);
  ASSERT_TRUE(store_->Insert(record, request).ok());
  const auto read = store_->Get("a");
  ASSERT_TRUE(read.ok()) << read.status();
  ExpectSame(*read, record);
  EXPECT_EQ(*store_->GetRequest("a"), request);
  ExpectSame(*store_->GetByRequestId("request-a"), record);
}

TEST_P(JobStoreTest, UpdatesReplaceTheState) {
  JobRecord record = Queued("a");
  ASSERT_TRUE(store_->Insert(record, "r").ok());
  record.job.set_state(v1::JOB_STATE_RUNNING);
  record.job.set_attempt(1);
  record.job.set_launcher("local");
  ASSERT_TRUE(store_->Update(record).ok());
  ExpectSame(*store_->Get("a"), record);
  EXPECT_EQ(*store_->GetRequest("a"), "r");
}

TEST_P(JobStoreTest, UnknownJobsAreNotFound) {
  EXPECT_EQ(store_->Get("x").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->GetRequest("x").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->GetByRequestId("x").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->GetByRequestId("").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->Update(Queued("x")).code(), absl::StatusCode::kNotFound);
}

TEST_P(JobStoreTest, IdsAndRequestIdsAreUnique) {
  JobRecord a = Queued("a"), b = Queued("b");
  a.request_id = b.request_id = "same";
  ASSERT_TRUE(store_->Insert(a, "").ok());
  EXPECT_EQ(store_->Insert(a, "").code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(store_->Insert(b, "").code(), absl::StatusCode::kAlreadyExists);
  b.request_id.clear();
  ASSERT_TRUE(store_->Insert(b, "").ok());
  EXPECT_TRUE(store_->Insert(Queued("c"), "").ok());  // no request id is not a request id twice
}

TEST_P(JobStoreTest, UnendedJobsComeOldestFirst) {
  for (const char* id : {"c", "a", "b", "d"}) ASSERT_TRUE(store_->Insert(Queued(id), "").ok());
  JobRecord ended = Queued("a");
  ended.job.set_state(v1::JOB_STATE_CANCELLED);
  ASSERT_TRUE(store_->Update(ended).ok());
  std::vector<std::string> ids;
  const auto unended = store_->Unended();
  ASSERT_TRUE(unended.ok());
  for (const JobRecord& record : *unended) ids.push_back(record.job.id());
  EXPECT_THAT(ids, ::testing::ElementsAre("c", "b", "d"));
}

TEST_P(JobStoreTest, PagesCoverAllJobsOnceNewestFirst) {
  for (int i = 0; i < 25; ++i) ASSERT_TRUE(store_->Insert(Queued(std::to_string(i)), "").ok());
  for (int size : {1, 7, 25, 100}) {
    std::vector<std::string> ids;
    int64_t before = 0;
    do {
      const auto page = store_->List(size, before);
      ASSERT_TRUE(page.ok());
      for (const JobRecord& record : page->jobs) ids.push_back(record.job.id());
      before = page->next_before;
    } while (before != 0);
    ASSERT_EQ(ids.size(), 25u) << size;
    for (int i = 0; i < 25; ++i) EXPECT_EQ(ids[i], std::to_string(24 - i));
  }
}

TEST_P(JobStoreTest, MayBeCalledFromManyThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const std::string id = std::to_string(t) + "-" + std::to_string(i);
        EXPECT_TRUE(store_->Insert(Queued(id), id).ok());
        EXPECT_TRUE(store_->List(10, 0).ok());
        EXPECT_EQ(*store_->GetRequest(id), id);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(store_->Unended()->size(), 80u);
}

INSTANTIATE_TEST_SUITE_P(Stores, JobStoreTest, ::testing::Values("memory", "sqlite"),
                         [](const auto& info) { return std::string(info.param); });

TEST(SqliteStoreTest, JobsOutliveTheConnection) {
  TempDir dir;
  const std::string path = dir.path() + "/ringside.db";
  ASSERT_TRUE((*SqliteStore::Open(path))->Insert(FullRecord("a"), "request").ok());
  auto again = SqliteStore::Open(path);
  ASSERT_TRUE(again.ok()) << again.status();
  ExpectSame(*(*again)->Get("a"), FullRecord("a"));
}

TEST(SqliteStoreTest, IsInWalModeWithItsSchemaVersionWritten) {
  TempDir dir;
  const std::string path = dir.path() + "/ringside.db";
  const auto store = SqliteStore::Open(path);
  ASSERT_TRUE(store.ok());
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  {
    auto mode = sqlite::Statement::Prepare(db, path, "PRAGMA journal_mode");
    ASSERT_TRUE(*mode->Step());
    EXPECT_EQ(mode->Text(0), "wal");
    auto version = sqlite::Statement::Prepare(db, path, "SELECT MAX(version) FROM schema_migrations");
    ASSERT_TRUE(*version->Step());
    EXPECT_EQ(version->Int(0), LatestSchemaVersion());
  }
  sqlite3_close(db);
}

TEST(SqliteStoreTest, RefusesWhatANewerRingsideWrote) {
  TempDir dir;
  const std::string path = dir.path() + "/ringside.db";
  ASSERT_TRUE(SqliteStore::Open(path).ok());
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  sqlite3_exec(db, "INSERT INTO schema_migrations (version, name) VALUES (999, 'future')", nullptr, nullptr,
               nullptr);
  sqlite3_close(db);
  const absl::Status status = SqliteStore::Open(path).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("newer Ringside (schema version 999"));
}

TEST(SqliteStoreTest, AFileThatIsNoDatabaseIsDataLoss) {
  TempDir dir;
  const std::string path = dir.path() + "/ringside.db";
  std::ofstream(path) << std::string(4096, 'x');
  const absl::Status status = SqliteStore::Open(path).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(path));
}

TEST(SqliteStoreTest, AFullDiskIsOneClearErrorAndHealsWhenThereIsSpace) {
  SmallDisk disk(512);
  if (!disk.why_not().empty()) GTEST_SKIP() << disk.why_not();
  auto store = SqliteStore::Open(disk.path() + "/ringside.db");
  ASSERT_TRUE(store.ok()) << store.status();
  const std::string filler = disk.path() + "/filler";
  std::ofstream(filler) << std::string(512 << 10, 'x');
  absl::Status status;
  for (int i = 0; i < 100 && status.ok(); ++i) {
    status = (*store)->Insert(Queued(std::to_string(i)), std::string(20'000, 'r'));
  }
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), HasSubstr(disk.path()));
  std::filesystem::remove(filler);
  EXPECT_TRUE((*store)->Insert(Queued("after"), "r").ok());
}

TEST(DataDirTest, HasOneOwner) {
  TempDir dir;
  const std::string path = dir.path() + "/deep/data";
  auto first = DataDir::Open(path);
  ASSERT_TRUE(first.ok()) << first.status();
  const absl::Status second = DataDir::Open(path).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.message()), HasSubstr("process " + std::to_string(::getpid())));
  first->reset();
  EXPECT_TRUE(DataDir::Open(path).ok());
}

TEST(DataDirTest, AFileInTheWayIsNamed) {
  TempDir dir;
  std::ofstream(dir.path() + "/file") << "x";
  const absl::Status status = DataDir::Open(dir.path() + "/file/data").status();
  EXPECT_THAT(std::string(status.message()), HasSubstr(dir.path() + "/file/data"));
}

}  // namespace
}  // namespace ringside::coordinator
