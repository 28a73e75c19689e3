// A coordinator process is SIGKILLed at random moments while jobs are submitted and run. Every acknowledged
// job must be there afterwards, exactly once, and come to an end; no process may be left.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "coordinator/client.h"
#include "coordinator/launch/process_tree.h"
#include "coordinator/testing/scenarios.h"
#include "coordinator/testing/temp_dir.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::coordinator {
namespace {

constexpr char kServe[] = RINGSIDE_TEST_COORDINATOR;
constexpr char kFakeWorker[] = RINGSIDE_FAKE_WORKER;

class CoordinatorProcess {
 public:
  CoordinatorProcess(const std::string& data_dir, const std::string& worker) {
    int out[2];
    if (::pipe(out) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(out[1], 1);
      ::close(out[0]);
      ::execl(kServe, kServe, data_dir.c_str(), worker.c_str(), "2", nullptr);
      ::_exit(127);
    }
    ::close(out[1]);
    char c;
    while (::read(out[0], &c, 1) == 1 && c != '\n') address_ += c;
    ::close(out[0]);
  }
  ~CoordinatorProcess() { End(SIGTERM); }
  void End(int signal) {
    if (pid_ <= 0) return;
    ::kill(pid_, signal);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  const std::string& address() const { return address_; }

 private:
  pid_t pid_ = -1;
  std::string address_;
};

class CrashTest : public ::testing::Test {
 protected:
  void SetUp() override {
    worker_ = dir_.path() + "/worker.sh";
    std::ofstream(worker_) << "#!/bin/sh\nexec " << kFakeWorker << " " << dir_.path() << "/behavior\n";
    std::filesystem::permissions(worker_, std::filesystem::perms::owner_all);
  }
  void Behave(const std::string& lines) { std::ofstream(dir_.path() + "/behavior") << lines << "\n"; }
  std::map<std::string, v1::Job> All(CoordinatorClient& client) {
    std::map<std::string, v1::Job> jobs;
    std::string token;
    do {
      const auto page = client.List(7, token);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      for (const v1::Job& job : page->jobs())
        EXPECT_TRUE(jobs.emplace(job.id(), job).second) << "listed twice";
      token = page->next_page_token();
    } while (!token.empty());
    return jobs;
  }

  TempDir dir_;
  const std::string data_dir_ = dir_.path() + "/data";
  std::string worker_;
};

TEST_F(CrashTest, EveryAcknowledgedJobIsThereAfterKillsAtRandomMoments) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::map<std::string, std::string> acknowledged;  // request id -> job id
  int next_request = 0;
  for (int round = 0; round < 6; ++round) {
    CoordinatorProcess coordinator(data_dir_, worker_);
    ASSERT_FALSE(coordinator.address().empty());
    CoordinatorClient client(coordinator.address());
    // Killed while another submission is on its way, somewhere between its arrival and its answer.
    const int before_kill = 1 + static_cast<int>(random() % 3);
    const auto delay = std::chrono::microseconds(random() % 30'000);
    std::atomic<int> answered = 0;
    std::thread killer([&] {
      answered.wait(0);
      while (answered < before_kill) std::this_thread::yield();
      const auto until = std::chrono::steady_clock::now() + delay;
      while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
      coordinator.End(SIGKILL);
    });
    for (;;) {
      const std::string request = "r" + std::to_string(next_request);
      const auto job = client.Submit(TinyScenario(1, 2), request);
      if (!job.ok()) break;  // dead; the same request is made again of the next one
      acknowledged[request] = job->id();
      ++next_request;
      ++answered;
      answered.notify_all();
      if (answered > 200) break;
    }
    killer.join();
  }
  {
    CoordinatorProcess coordinator(data_dir_, worker_);
    ASSERT_FALSE(coordinator.address().empty());
    CoordinatorClient client(coordinator.address());
    const auto jobs = All(client);
    for (const auto& [request, id] : acknowledged) {
      EXPECT_TRUE(jobs.contains(id)) << "lost: " << id << " of " << request;
      EXPECT_EQ(client.Submit(TinyScenario(1, 2), request)->id(), id);
    }
    // At most the one submission of each round that was under way may be there without an answer.
    EXPECT_LE(jobs.size(), acknowledged.size() + 6);
    for (const auto& [id, job] : jobs) {
      const auto ended = client.Watch(id, nullptr, std::chrono::minutes(4));
      ASSERT_TRUE(ended.ok()) << ended.status();
      EXPECT_LE(ended->attempt(), 2);
      if (ended->state() != v1::JOB_STATE_SUCCEEDED) {
        EXPECT_THAT(ended->failure().message(), ::testing::HasSubstr("coordinator was restarted twice"))
            << id;
      } else {
        EXPECT_TRUE(client.FetchTrace(id).ok());
      }
    }
    for (const auto& [id, job] : jobs) EXPECT_TRUE(FindMarked("RINGSIDE_JOB_ID=" + id).empty()) << id;
  }
}

TEST_F(CrashTest, ARunningJobIsTriedOnceMoreAndFailsAfterTheSecondKill) {
  Behave("0 stall 1");
  std::string id;
  for (int attempt = 1; attempt <= 2; ++attempt) {
    CoordinatorProcess coordinator(data_dir_, worker_);
    CoordinatorClient client(coordinator.address());
    if (attempt == 1) {
      const auto job = client.Submit(TinyScenario(2));
      ASSERT_TRUE(job.ok()) << job.status();
      id = job->id();
    }
    int seen_attempt = 0;
    const auto watched = client.Watch(id, [&](const v1::JobEvent& event) {
      if (event.has_job()) seen_attempt = event.job().attempt();
      return !event.has_progress();
    });
    EXPECT_TRUE(absl::IsCancelled(watched.status())) << watched.status();
    EXPECT_EQ(seen_attempt, attempt);
    coordinator.End(SIGKILL);
  }
  CoordinatorProcess coordinator(data_dir_, worker_);
  CoordinatorClient client(coordinator.address());
  const auto ended = client.Watch(id, nullptr);
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(ended->state(), v1::JOB_STATE_FAILED);
  EXPECT_THAT(ended->failure().message(),
              ::testing::HasSubstr("coordinator was restarted twice while the job ran"));
  EXPECT_TRUE(FindMarked("RINGSIDE_JOB_ID=" + id).empty());
}

}  // namespace
}  // namespace ringside::coordinator
