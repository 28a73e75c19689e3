// A coordinator in the test's process with workers that misbehave on command.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "coordinator/client.h"
#include "coordinator/launch/process_tree.h"
#include "coordinator/server.h"
#include "coordinator/testing/temp_dir.h"
#include "gtest/gtest.h"

namespace ringside::coordinator {

class TestServer {
 public:
  // `worker`: fake-worker, which Behave() then governs, or the real one; `data_dir` empty: in a directory of
  // its own.
  explicit TestServer(const std::string& worker, std::string data_dir = "", Limits limits = TestLimits())
      : data_dir_(data_dir.empty() ? dir_.path() + "/data" : std::move(data_dir)), limits_(limits) {
    worker_ = worker;
    if (worker.ends_with("fake-worker")) {
      worker_ = dir_.path() + "/worker.sh";
      std::ofstream(worker_) << "#!/bin/sh\nexec " << worker << " " << dir_.path() << "/behavior\n";
      std::filesystem::permissions(worker_, std::filesystem::perms::owner_all);
    }
    Start();
  }

  static Limits TestLimits() {
    Limits limits;
    limits.heartbeat_timeout_ns = 6 * kSecond;
    limits.launch_timeout_ns = 20 * kSecond;
    limits.finish_timeout_ns = 4 * kSecond;
    return limits;
  }

  void Start() {
    CoordinatorOptions options;
    options.data_dir = data_dir_;
    options.worker_binary = worker_;
    options.limits = limits_;
    options.term_grace_ms = 3000;
    options.log = [](const std::string&) {};
    auto server = CoordinatorServer::Start(options);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    client_ = std::make_unique<CoordinatorClient>(server_->address());
  }
  void Restart() {
    server_.reset();
    Start();
  }

  // For fake workers: lines "RANK WHAT STEP" of fake_worker.cc; for the jobs that start from now on.
  void Behave(const std::string& lines) { std::ofstream(dir_.path() + "/behavior") << lines << "\n"; }

  CoordinatorServer& server() { return *server_; }
  CoordinatorClient& client() { return *client_; }
  const std::string& data_dir() const { return data_dir_; }

  // Submits and waits for the end; the id is empty where that went wrong.
  v1::Job Run(const v1::Scenario& scenario) {
    const auto job = client_->Submit(scenario);
    EXPECT_TRUE(job.ok()) << job.status();
    if (!job.ok()) return {};
    const auto ended = client_->Watch(job->id(), nullptr, std::chrono::minutes(2));
    EXPECT_TRUE(ended.ok()) << ended.status();
    EXPECT_TRUE(FindMarked("RINGSIDE_JOB_ID=" + job->id()).empty()) << "a process of the job is left";
    return ended.ok() ? *ended : v1::Job();
  }

 private:
  TempDir dir_;
  std::string data_dir_, worker_;
  const Limits limits_;
  std::unique_ptr<CoordinatorServer> server_;
  std::unique_ptr<CoordinatorClient> client_;
};

}  // namespace ringside::coordinator
