// The coordinator's rpcs over a real connection, with mpirun and workers that behave.
#include "coordinator/server.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <future>
#include <map>
#include <set>
#include <thread>

#include "coordinator/testing/scenarios.h"
#include "coordinator/testing/test_server.h"
#include "gmock/gmock.h"
#include "plan/compile.h"
#include "plan/program_proto.h"
#include "ringside/v1/worker.grpc.pb.h"

namespace ringside::coordinator {
namespace {

using ::testing::HasSubstr;

constexpr char kFakeWorker[] = RINGSIDE_FAKE_WORKER;

// Returns when a step of the job has ended; the job goes on.
void AwaitFirstStep(CoordinatorClient& client, const std::string& job_id) {
  const auto watched = client.Watch(job_id, [](const v1::JobEvent& event) { return !event.has_progress(); });
  EXPECT_TRUE(absl::IsCancelled(watched.status())) << watched.status();
}

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

TEST(ServerTest, AJobRunsAndItsTraceComesBack) {
  TestServer server(kFakeWorker);
  const auto job = server.client().Submit(TinyScenario(2));
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->world_size(), 2);
  EXPECT_EQ(server.client().FetchTrace(job->id()).status().code(), absl::StatusCode::kFailedPrecondition);
  std::vector<v1::JobState> states;
  std::vector<int> steps;
  const auto ended = server.client().Watch(job->id(), [&](const v1::JobEvent& event) {
    if (event.has_job() && (states.empty() || states.back() != event.job().state()))
      states.push_back(event.job().state());
    if (event.has_progress()) steps.push_back(event.progress().step());
    return true;
  });
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(ended->state(), v1::JOB_STATE_SUCCEEDED) << ended->failure().message();
  EXPECT_EQ(ended->attempt(), 1);
  EXPECT_EQ(ended->launcher(), "local");
  EXPECT_GT(ended->started_unix_ns(), 0);
  EXPECT_GT(ended->finished_unix_ns(), ended->started_unix_ns());
  EXPECT_EQ(states.back(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_TRUE(std::is_sorted(steps.begin(), steps.end()));
  EXPECT_EQ(std::set<int>(steps.begin(), steps.end()).size(), steps.size()) << "a step was told twice";

  const auto trace = server.client().FetchTrace(job->id());
  ASSERT_TRUE(trace.ok()) << trace.status();
  EXPECT_EQ(trace->origin(), v1::ORIGIN_MEASURED);
  EXPECT_EQ(trace->scenario().name(), "tiny-dp2");
  ASSERT_EQ(trace->ranks_size(), 2);
  EXPECT_EQ(trace->ranks(1).rank(), 1);
  EXPECT_EQ(trace->ranks(1).steps_size(), 4);
  ASSERT_EQ(trace->programs_size(), 2);
  EXPECT_TRUE(plan::FromProto(trace->programs(1)).ok());
  EXPECT_EQ(trace->environment().transport(), "fake");
}

TEST(ServerTest, AProgramSetRunsLikeAScenario) {
  TestServer server(kFakeWorker);
  const auto compiled = plan::Compile(TinyScenario(2));
  ASSERT_TRUE(compiled.ok()) << compiled.status();
  v1::ProgramSet set;
  set.set_name("calibration");
  for (const auto& program : *compiled) *set.add_programs() = plan::ToProto(program);
  const auto job = server.client().Submit(set);
  ASSERT_TRUE(job.ok()) << job.status();
  const auto ended = server.client().Watch(job->id(), nullptr);
  ASSERT_TRUE(ended.ok());
  EXPECT_EQ(ended->state(), v1::JOB_STATE_SUCCEEDED) << ended->failure().message();
  EXPECT_EQ(ended->name(), "calibration");
  const auto trace = server.client().FetchTrace(job->id());
  ASSERT_TRUE(trace.ok()) << trace.status();
  EXPECT_FALSE(trace->has_scenario());

  // Malformed sets are refused with the place.
  set.mutable_programs(1)->mutable_ops(0)->set_kind("gemmm");
  const absl::Status unknown_kind = server.client().Submit(set).status();
  EXPECT_EQ(unknown_kind.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Message(unknown_kind), HasSubstr("gemmm"));
  *set.mutable_programs(1) = set.programs(0);
  EXPECT_THAT(Message(server.client().Submit(set).status()), HasSubstr("programs[1]: it is of rank 0"));
}

TEST(ServerTest, WhatCannotBeRunIsRefusedAtSubmission) {
  TestServer server(kFakeWorker);
  const auto refused = [&](const v1::Scenario& scenario) {
    const absl::Status status = server.client().Submit(scenario).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    return Message(status);
  };
  v1::Scenario scenario = TinyScenario(2);
  scenario.mutable_plan()->set_tp(3);
  EXPECT_THAT(refused(scenario), HasSubstr("plan.tp"));
  EXPECT_THAT(refused(TinyScenario(65)), HasSubstr("65 ranks"));
  scenario = TinyScenario(1);
  scenario.mutable_cluster()->set_device("h100-sxm");
  EXPECT_THAT(refused(scenario), HasSubstr("h100-sxm"));
  EXPECT_EQ(server.client().Submit(v1::SubmitRequest()).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(server.client().List()->jobs_size(), 0);
}

TEST(ServerTest, ARepeatedRequestIdIsTheSameJob) {
  TestServer server(kFakeWorker);
  const auto first = server.client().Submit(TinyScenario(1), "once");
  const auto second = server.client().Submit(TinyScenario(1), "once");
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->id(), second->id());
  EXPECT_EQ(server.client().List()->jobs_size(), 1);
}

TEST(ServerTest, UnknownJobsAndBadPagesAreRefused) {
  TestServer server(kFakeWorker);
  CoordinatorClient& client = server.client();
  EXPECT_EQ(client.Watch("j0", nullptr).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(client.Cancel("j0").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(client.FetchTrace("j0").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(client.FetchTrace("../../etc").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(client.List(1001).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(client.List(-1).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(client.List(1, "x").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ServerTest, TheQueueIsBoundedRunsInOrderAndLists) {
  Limits limits = TestServer::TestLimits();
  limits.max_queued = 2;
  TestServer server(kFakeWorker, "", limits);
  server.Behave("0 stall 1");
  CoordinatorClient& client = server.client();
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    const auto job = client.Submit(TinyScenario(1));
    ASSERT_TRUE(job.ok()) << job.status();
    ids.push_back(job->id());
  }
  const absl::Status full = client.Submit(TinyScenario(1)).status();
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(Message(full), HasSubstr("the queue is full: 2 jobs"));

  const auto page = client.List(2);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->jobs_size(), 2);
  EXPECT_EQ(page->jobs(0).id(), ids[2]);
  EXPECT_EQ(page->jobs(0).state(), v1::JOB_STATE_QUEUED);
  const auto rest = client.List(2, page->next_page_token());
  ASSERT_TRUE(rest.ok());
  ASSERT_EQ(rest->jobs_size(), 1);
  EXPECT_EQ(rest->jobs(0).state(), v1::JOB_STATE_RUNNING);
  EXPECT_EQ(rest->next_page_token(), "");

  // A queued job is cancelled at once, a running one with its processes.
  EXPECT_EQ(client.Cancel(ids[2])->state(), v1::JOB_STATE_CANCELLED);
  AwaitFirstStep(server.client(), ids[0]);
  const auto cancelled = client.Cancel(ids[0]);
  ASSERT_TRUE(cancelled.ok()) << cancelled.status();
  EXPECT_EQ(cancelled->state(), v1::JOB_STATE_CANCELLED);
  EXPECT_TRUE(FindMarked("RINGSIDE_JOB_ID=" + ids[0]).empty());
  EXPECT_EQ(client.Cancel(ids[0]).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(client.Cancel(ids[1]).ok());
  server.Behave("");
  EXPECT_EQ(server.Run(TinyScenario(1)).state(), v1::JOB_STATE_SUCCEEDED);
}

TEST(ServerTest, SeveralJobsRunAtOnceWhereThatIsAllowed) {
  Limits limits = TestServer::TestLimits();
  limits.max_running = 3;
  TestServer server(kFakeWorker, "", limits);
  std::vector<std::string> ids;
  for (int i = 0; i < 12; ++i) {
    const auto job = server.client().Submit(TinyScenario(1 + i % 2));
    ASSERT_TRUE(job.ok()) << job.status();
    ids.push_back(job->id());
  }
  for (const std::string& id : ids) {
    const auto ended = server.client().Watch(id, nullptr, std::chrono::minutes(2));
    ASSERT_TRUE(ended.ok()) << ended.status();
    EXPECT_EQ(ended->state(), v1::JOB_STATE_SUCCEEDED) << ended->failure().message();
    EXPECT_TRUE(server.client().FetchTrace(id).ok());
  }
}

TEST(ServerTest, ManyWatchersSeeTheSameEnd) {
  TestServer server(kFakeWorker);
  const auto job = server.client().Submit(TinyScenario(1));
  ASSERT_TRUE(job.ok());
  std::vector<std::thread> threads;
  std::atomic<int> saw_end = 0;
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&] {
      const auto ended = server.client().Watch(job->id(), nullptr);
      if (ended.ok() && ended->state() == v1::JOB_STATE_SUCCEEDED) ++saw_end;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(saw_end, 20);
}

TEST(ServerTest, StrangersAreRefusedAtTheGate) {
  TestServer server(kFakeWorker);
  server.Behave("0 stall 0");
  const auto job = server.client().Submit(TinyScenario(1));
  ASSERT_TRUE(job.ok());
  const auto stub = v1::WorkerGate::NewStub(
      grpc::CreateChannel(server.server().address(), grpc::InsecureChannelCredentials()));
  const auto greet = [&](const std::string& job_id, const std::string& secret) {
    grpc::ClientContext context;
    const auto stream = stub->Session(&context);
    v1::WorkerMessage message;
    message.mutable_hello()->set_job_id(job_id);
    message.mutable_hello()->set_attempt(1);
    message.mutable_hello()->set_secret(secret);
    message.mutable_hello()->set_world_size(1);
    stream->Write(message);
    v1::CoordinatorMessage answer;
    while (stream->Read(&answer)) {
    }
    return stream->Finish().error_code();
  };
  EXPECT_EQ(greet(job->id(), "guess"), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(greet(job->id(), ""), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(greet("j0", "guess"), grpc::StatusCode::PERMISSION_DENIED);
  ASSERT_TRUE(server.client().Cancel(job->id()).ok());
  EXPECT_EQ(greet(job->id(), "guess"), grpc::StatusCode::ABORTED);
}

// A call with bytes in and bytes out, for services whose stubs are not generated here.
std::string CallRaw(const std::string& address, const std::string& method, const std::string& request) {
  grpc::GenericStub stub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  grpc::Slice slice(request);
  grpc::ByteBuffer sent(&slice, 1), received;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, method, grpc::StubOptions(), &sent, &received,
                 [&](grpc::Status status) { done.set_value(std::move(status)); });
  const grpc::Status status = done.get_future().get();
  EXPECT_TRUE(status.ok()) << status.error_message();
  std::vector<grpc::Slice> slices;
  received.Dump(&slices);
  std::string bytes;
  for (const grpc::Slice& part : slices)
    bytes.append(reinterpret_cast<const char*>(part.begin()), part.size());
  return bytes;
}

TEST(ServerTest, HealthAndReflectionAreOn) {
  TestServer server(kFakeWorker);
  const std::string address = server.server().address();
  // HealthCheckResponse.status = SERVING (1).
  EXPECT_EQ(CallRaw(address, "/grpc.health.v1.Health/Check", ""), "\x08\x01");
  // ServerReflectionRequest.list_services = "*".
  const std::string services =
      CallRaw(address, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "\x3a\x01*");
  EXPECT_THAT(services, HasSubstr("ringside.v1.Coordinator"));
  EXPECT_THAT(services, HasSubstr("ringside.v1.WorkerGate"));
}

TEST(ServerTest, APortInUseIsOneClearError) {
  TestServer server(kFakeWorker);
  TempDir dir;
  const std::string address = server.server().address();
  const absl::Status status = CoordinatorServer::Start({.listen = address, .data_dir = dir.path()}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Message(status),
            "cannot listen on " + address + ": address already in use; choose another port with --listen");
  EXPECT_TRUE(server.client().List().ok());
  EXPECT_THAT(Message(CoordinatorServer::Start({.listen = "nonsense", .data_dir = dir.path()}).status()),
              HasSubstr("not HOST:PORT"));
}

TEST(ServerTest, TheDataDirectoryHasOneCoordinator) {
  TestServer server(kFakeWorker);
  const absl::Status status = CoordinatorServer::Start({.data_dir = server.data_dir()}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Message(status), HasSubstr("in use by another coordinator"));
}

TEST(ServerTest, ShutdownLeavesNoProcessAndTheNextCoordinatorTakesTheJobsUp) {
  TestServer server(kFakeWorker);
  server.Behave("0 stall 1");
  const auto running = server.client().Submit(TinyScenario(2));
  const auto queued = server.client().Submit(TinyScenario(1));
  ASSERT_TRUE(running.ok() && queued.ok());
  AwaitFirstStep(server.client(), running->id());
  absl::Status watched;
  std::promise<void> watching;
  std::thread watcher([&] {
    CoordinatorClient client(server.server().address());
    watched = client
                  .Watch(queued->id(),
                         [&](const v1::JobEvent&) {
                           watching.set_value();  // a queued job has no second event before the end
                           return true;
                         })
                  .status();
  });
  watching.get_future().wait();
  server.server().Shutdown();
  watcher.join();
  EXPECT_EQ(watched.code(), absl::StatusCode::kUnavailable) << watched;
  EXPECT_TRUE(FindMarked("RINGSIDE_JOB_ID=" + running->id()).empty());
  server.Behave("");
  server.Restart();
  for (const auto& [id, attempt] : std::map<std::string, int>{{running->id(), 2}, {queued->id(), 1}}) {
    const auto ended = server.client().Watch(id, nullptr);
    ASSERT_TRUE(ended.ok()) << ended.status();
    EXPECT_EQ(ended->state(), v1::JOB_STATE_SUCCEEDED) << ended->failure().message();
    EXPECT_EQ(ended->attempt(), attempt);
  }
}

}  // namespace
}  // namespace ringside::coordinator
