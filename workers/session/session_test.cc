// The worker binary, as a process of one rank, against a coordinator made of a few lines.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "plan/program_proto.h"
#include "ringside/v1/worker.grpc.pb.h"
#include "workers/testing/programs.h"

namespace ringside::workers {
namespace {

using ::testing::HasSubstr;
using Stream = grpc::ServerReaderWriter<v1::CoordinatorMessage, v1::WorkerMessage>;

// Plays the given part in the first session.
class Gate : public v1::WorkerGate::Service {
 public:
  using Part = std::function<grpc::Status(Stream*)>;

  explicit Gate(Part part) : part_(std::move(part)) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~Gate() override { Close(); }

  // After this no part is playing any more.
  void Close() {
    if (server_ == nullptr) return;
    server_->Shutdown(std::chrono::system_clock::now());
    server_.reset();
  }

  grpc::Status Session(grpc::ServerContext*, Stream* stream) override { return part_(stream); }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  const Part part_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

// Starts the worker and waits for its end; its exit code, or -signal.
int RunWorker(const std::string& coordinator) {
  std::vector<std::string> args = {
      RINGSIDE_WORKER, "--coordinator", coordinator, "--job", "j1", "--attempt", "2"};
  std::vector<char*> argv;
  for (std::string& arg : args) argv.push_back(arg.data());
  argv.push_back(nullptr);
  setenv("RINGSIDE_SECRET", "s3cret", 1);
  pid_t pid = 0;
  EXPECT_EQ(posix_spawn(&pid, RINGSIDE_WORKER, nullptr, nullptr, argv.data(), environ), 0);
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

plan::Program OneRank(int steps) {
  plan::ProgramBuilder builder(EmptyProgram(0, 1, steps, plan::DType::kF32));
  const auto loss = builder.AddPersistent("loss", plan::Category::kWorkspace, 1);
  builder.SetLossBuffer(loss.buffer);
  builder.Emit(FillOp(loss, 2.5));
  plan::Program program = builder.Finish();
  program.tokens_per_step = 64;
  return program;
}

void Send(Stream* stream, const v1::Program& program) {
  v1::CoordinatorMessage message;
  *message.mutable_program() = program;
  stream->Write(message);
}

TEST(SessionTest, FromHelloToFinish) {
  std::vector<v1::WorkerMessage> heard;
  v1::RankTrace trace;
  Gate gate([&](Stream* stream) {
    v1::WorkerMessage message;
    while (stream->Read(&message)) {
      heard.push_back(message);
      if (message.has_hello()) Send(stream, plan::ToProto(OneRank(5)));
      if (message.has_trace_part()) trace.MergeFrom(message.trace_part());
      if (message.has_done()) {
        v1::CoordinatorMessage finish;
        finish.set_finish(true);
        stream->Write(finish);
      }
    }
    return grpc::Status::OK;
  });
  EXPECT_EQ(RunWorker(gate.address()), 0);
  gate.Close();
  ASSERT_FALSE(heard.empty());
  const v1::WorkerHello& hello = heard.front().hello();
  EXPECT_EQ(hello.job_id(), "j1");
  EXPECT_EQ(hello.attempt(), 2);
  EXPECT_EQ(hello.secret(), "s3cret");
  EXPECT_EQ(hello.rank(), 0);
  EXPECT_EQ(hello.world_size(), 1);
  EXPECT_GT(hello.pid(), 0);
  bool beat = false, last_step = false, tracing = false;
  for (const auto& message : heard) {
    beat |= message.has_heartbeat();
    tracing |= message.has_trace_part();
    if (!message.has_progress()) continue;
    EXPECT_FALSE(tracing) << "progress must not come after the run's end";
    EXPECT_EQ(message.progress().loss(), 2.5);
    EXPECT_EQ(message.progress().steps(), 5);
    EXPECT_EQ(message.progress().peak_bytes(), 64);
    EXPECT_GT(message.progress().tokens_per_s(), 0);
    last_step |= message.progress().step() == 4;
  }
  EXPECT_TRUE(beat);
  EXPECT_TRUE(last_step);
  EXPECT_EQ(trace.steps_size(), 5);
  EXPECT_EQ(trace.spans_size(), 5);
  EXPECT_EQ(trace.peak_total_bytes(), 64);
  EXPECT_EQ(trace.pid(), hello.pid());
  while (heard.back().has_heartbeat()) heard.pop_back();  // its own thread
  ASSERT_TRUE(heard.back().has_done()) << heard.back().ShortDebugString();
  EXPECT_THAT(heard.back().done().environment().kernels(), HasSubstr("reference"));
  EXPECT_THAT(heard.back().done().environment().transport(), HasSubstr("Open MPI"));
}

// What the worker reports when it is given `program`; then it is stopped.
v1::Failure FailureOf(const v1::Program& program) {
  v1::Failure failure;
  Gate gate([&](Stream* stream) {
    v1::WorkerMessage message;
    while (stream->Read(&message)) {
      if (message.has_hello()) Send(stream, program);
      if (!message.has_failure()) continue;
      failure = message.failure();
      v1::CoordinatorMessage stop;
      stop.set_stop(true);
      stream->Write(stop);
    }
    return grpc::Status::OK;
  });
  EXPECT_EQ(RunWorker(gate.address()), 1);
  gate.Close();
  return failure;
}

TEST(SessionTest, AMalformedProgramIsReported) {
  v1::Program program = plan::ToProto(OneRank(1));
  program.mutable_ops(0)->set_kind("frobnicate");
  const v1::Failure failure = FailureOf(program);
  EXPECT_EQ(failure.code(), static_cast<int>(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(failure.message(), HasSubstr("frobnicate"));
}

TEST(SessionTest, ARunThatFailsNamesStepAndOp) {
  plan::Program program = OneRank(1);
  program.buffers.push_back({"big", plan::Category::kActivations, plan::DType::kF32, 1000, 0, 0});
  program.memory_limit_bytes = 1024;
  const v1::Failure failure = FailureOf(plan::ToProto(program));
  EXPECT_EQ(failure.code(), static_cast<int>(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(failure.rank(), 0);
  EXPECT_EQ(failure.step(), 0);
  EXPECT_THAT(failure.message(), HasSubstr("\"big\""));
}

TEST(SessionTest, ABrokenStreamEndsTheWorkerInTheMiddleOfItsRun) {
  Gate gate([&](Stream* stream) {
    v1::WorkerMessage message;
    while (stream->Read(&message)) {
      if (message.has_hello()) Send(stream, plan::ToProto(OneRank(100'000'000)));
      if (message.has_progress()) return grpc::Status(grpc::StatusCode::ABORTED, "the job has ended");
    }
    return grpc::Status::OK;
  });
  EXPECT_EQ(RunWorker(gate.address()), 1);
}

TEST(SessionTest, AStrangerIsSentAway) {
  Gate gate([&](Stream* stream) {
    v1::WorkerMessage message;
    stream->Read(&message);
    return grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "wrong secret");
  });
  EXPECT_EQ(RunWorker(gate.address()), 1);
}

TEST(SessionTest, AFaultKillsTheRankAtItsStep) {
  plan::Program program = OneRank(5);
  v1::KillRank* kill = program.faults.emplace_back().mutable_kill_rank();
  kill->set_rank(0);
  kill->set_step(3);
  Gate gate([&](Stream* stream) {
    v1::WorkerMessage message;
    while (stream->Read(&message)) {
      EXPECT_FALSE(message.has_done());
      if (message.has_hello()) Send(stream, plan::ToProto(program));
    }
    return grpc::Status::OK;
  });
  EXPECT_EQ(RunWorker(gate.address()), -SIGKILL);
}

}  // namespace
}  // namespace ringside::workers
