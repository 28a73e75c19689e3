// A worker that speaks the session protocol but runs nothing, and misbehaves on command: faults that a real
// worker shows rarely, without MPI and within milliseconds. Started by mpirun like the real one.
//
//   fake-worker BEHAVIOR_FILE      lines "RANK WHAT STEP", e.g. "2 die 1"; no line: behaves well
//
// WHAT: silent (never says hello), stranger (wrong secret), misplaced (wrong world size), garbage (first
// message is not hello), die (SIGKILL), stop (SIGSTOP), exit (code 7), fail (reports a failure), stall
// (heartbeats only), other-trace (a trace of another rank), no-trace, big-trace (tens of MiB), deaf (ignores
// finish and SIGTERM).
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#include "coordinator/launch/worker_environment.h"
#include "ringside/v1/worker.grpc.pb.h"

namespace ringside::coordinator {
namespace {

struct Behavior {
  std::string what;
  int step = -1;
};

Behavior ReadBehavior(const std::string& path, int rank) {
  std::ifstream in(path);
  int line_rank = 0;
  Behavior behavior, mine;
  while (in >> line_rank >> behavior.what >> behavior.step) {
    if (line_rank == rank) mine = behavior;
  }
  return mine;
}

std::string Env(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

[[noreturn]] void WaitForever() {
  for (;;) ::pause();
}

class FakeWorker {
 public:
  FakeWorker(Behavior behavior, int rank, int world_size)
      : behavior_(std::move(behavior)), rank_(rank), world_size_(world_size) {}

  int Run() {
    if (behavior_.what == "silent") WaitForever();
    if (behavior_.what == "deaf") std::signal(SIGTERM, SIG_IGN);
    const auto channel = grpc::CreateChannel(Env(kEnvCoordinator), grpc::InsecureChannelCredentials());
    stub_ = v1::WorkerGate::NewStub(channel);
    grpc::ClientContext context;
    stream_ = stub_->Session(&context);
    SayHello();
    v1::CoordinatorMessage answer;
    if (!stream_->Read(&answer) || !answer.has_program()) {
      std::fprintf(stderr, "fake-worker: refused: %s\n", stream_->Finish().error_message().c_str());
      return 4;
    }
    const int steps = answer.program().run().steps();
    for (int step = 0; step < steps; ++step) {
      Beat(step);
      if (behavior_.step == step) {
        AwaitArrival();
        Misbehave(step);
      }
      v1::WorkerMessage progress;
      progress.mutable_progress()->set_step(step);
      progress.mutable_progress()->set_steps(steps);
      progress.mutable_progress()->set_loss(3.0 - step);
      progress.mutable_progress()->set_has_loss(true);
      stream_->Write(progress);
    }
    SendTrace(steps);
    v1::WorkerMessage done;
    done.mutable_done()->mutable_environment()->set_transport("fake");
    stream_->Write(done);
    const bool finished = stream_->Read(&answer) && answer.has_finish();
    if (behavior_.what == "deaf") WaitForever();
    return finished ? 0 : 5;
  }

 private:
  void SayHello() {
    v1::WorkerMessage message;
    if (behavior_.what == "garbage") {
      message.mutable_heartbeat();
    } else {
      auto* hello = message.mutable_hello();
      hello->set_job_id(Env(kEnvJobId));
      hello->set_attempt(std::atoi(Env(kEnvAttempt).c_str()));
      hello->set_secret(behavior_.what == "stranger" ? "guess" : Env(kEnvSecret));
      hello->set_rank(rank_);
      hello->set_world_size(world_size_ + (behavior_.what == "misplaced" ? 1 : 0));
      hello->set_pid(::getpid());
    }
    stream_->Write(message);
  }

  // In its step a rank ends the one all-reduce of all ranks, or (`waits`) is stuck in the next.
  void Beat(int step, bool waits = false) {
    v1::WorkerMessage beat;
    beat.mutable_heartbeat()->set_step(step);
    beat.mutable_heartbeat()->set_op(2);
    beat.mutable_heartbeat()->set_ops_done(step + 1);
    auto* position = beat.mutable_heartbeat()->add_positions();
    position->set_axis("dp");
    position->set_stream("dp");
    for (int rank = 0; rank < world_size_; ++rank) position->add_ranks(rank);
    position->set_step(step);
    position->set_seq(waits ? 2 : 1);
    position->set_kind("all_reduce");
    position->set_bytes(4 << 20);
    position->set_under_way(waits);
    stream_->Write(beat);
  }

  // Write() returns when gRPC has taken a message, not when it has left. A call on the same connection that
  // is answered (here: refused) shows that all that was written before it has arrived.
  void AwaitArrival() {
    grpc::ClientContext context;
    const auto stranger = stub_->Session(&context);
    v1::WorkerMessage hello;
    hello.mutable_hello()->set_job_id("no such job");
    stranger->Write(hello);
    v1::CoordinatorMessage none;
    while (stranger->Read(&none)) {
    }
    stranger->Finish().IgnoreError();
  }

  void Misbehave(int step) {
    if (behavior_.what == "die") std::raise(SIGKILL);
    if (behavior_.what == "stop") std::raise(SIGSTOP);
    if (behavior_.what == "exit") ::_exit(7);
    if (behavior_.what == "fail") {
      v1::WorkerMessage message;
      message.mutable_failure()->set_code(8);
      message.mutable_failure()->set_message("the arena is full: 1024 bytes asked, 12 free");
      message.mutable_failure()->set_step(step);
      message.mutable_failure()->set_op("forward gemm layer 0 mb 0");
      stream_->Write(message);
      v1::CoordinatorMessage ignored;
      while (stream_->Read(&ignored)) {
      }
      ::_exit(1);
    }
    if (behavior_.what == "stall") {
      std::thread([this] {  // ends with the process
        v1::CoordinatorMessage message;
        while (stream_->Read(&message)) {
          if (message.has_stop()) ::_exit(6);
        }
        ::_exit(6);
      })
          .detach();
      for (;;) {
        Beat(step, /*waits=*/true);
        struct timespec pause = {0, 200'000'000};
        ::nanosleep(&pause, nullptr);  // the pace of the heartbeat, not a way of waiting for something
      }
    }
  }

  void SendTrace(int steps) {
    if (behavior_.what == "no-trace") return;
    const int messages = behavior_.what == "big-trace" ? 40 : 1;
    for (int i = 0; i < messages; ++i) {
      v1::WorkerMessage message;
      auto* trace = message.mutable_trace_part();
      trace->set_rank(behavior_.what == "other-trace" ? rank_ + 1 : rank_);
      trace->set_pid(::getpid());
      for (int step = 0; i == 0 && step < steps; ++step) trace->add_steps()->set_step(step);
      for (int span = 0; span < (messages > 1 ? 50'000 : 10); ++span) {
        trace->add_spans()->set_op(span);
        trace->mutable_spans(span)->set_end_ns(1'000'000'000'000 + span);
      }
      stream_->Write(message);
    }
  }

  const Behavior behavior_;
  const int rank_;
  const int world_size_;
  std::unique_ptr<v1::WorkerGate::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::WorkerMessage, v1::CoordinatorMessage>> stream_;
};

}  // namespace
}  // namespace ringside::coordinator

int main(int argc, char** argv) {
  using namespace ringside::coordinator;  // NOLINT: a main's own
  const int rank = std::atoi(Env("OMPI_COMM_WORLD_RANK").c_str());
  const int world_size = std::atoi(Env("OMPI_COMM_WORLD_SIZE").c_str());
  const Behavior behavior = argc > 1 ? ReadBehavior(argv[1], rank) : Behavior{};
  return FakeWorker(behavior, rank, world_size).Run();
}
