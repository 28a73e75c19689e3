// The stream between one rank and its coordinator (proto/ringside/v1/worker.proto).
//
// A worker has no life of its own: when the coordinator says stop, or the stream breaks before `finish`, the
// process ends at once (_exit), whatever it is doing. A reader thread listens for that; a reporter thread
// sends a heartbeat a second and the latest progress, so that the walk never waits for the network.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "plan/program.h"
#include "ringside/v1/worker.grpc.pb.h"
#include "workers/run_control.h"
#include "workers/session/positions.h"

namespace ringside::workers {

struct SessionOptions {
  std::string coordinator;  // gRPC target, e.g. "unix:/run/x.sock" or "10.0.0.1:4000"
  std::string job_id;
  int attempt = 1;
  std::string secret;
  int rank = 0;
  int world_size = 1;
};

class Session {
 public:
  // Connects and says hello. UNAVAILABLE: nobody answers there.
  static absl::StatusOr<std::unique_ptr<Session>> Open(const SessionOptions& options);
  ~Session();

  // The program that answers hello, validated. INVALID_ARGUMENT: malformed, or of another rank or world size.
  // DEADLINE_EXCEEDED: none came.
  absl::StatusOr<plan::Program> ReceiveProgram();

  // From now on the reporter reads `control`, which outlives the session.
  void Watch(const RunControl* control);
  // Replaces what has not been sent yet. Any thread, cheap. What was reported last goes out before the trace.
  void Report(v1::Progress progress);

  absl::Status SendTrace(const v1::RankTrace& trace);
  absl::Status SendDone(const v1::Environment& environment);
  void SendFailure(const v1::Failure& failure);

  // True when `finish` has come; false after `timeout`. A stop or a broken stream ends the process meanwhile.
  bool AwaitFinish(std::chrono::seconds timeout);

 private:
  Session(std::shared_ptr<grpc::Channel> channel, const SessionOptions& options);
  bool Write(const v1::WorkerMessage& message);
  void Read();
  void ReportLoop();
  void FlushReports();

  const SessionOptions options_;
  std::unique_ptr<v1::WorkerGate::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::WorkerMessage, v1::CoordinatorMessage>> stream_;

  std::mutex write_mutex_;  // the stream takes one write at a time
  std::mutex mutex_;        // everything below
  std::condition_variable changed_;
  std::optional<v1::Program> program_;
  bool finished_ = false;
  const RunControl* control_ = nullptr;
  std::optional<Positions> positions_;  // once the program is there
  std::optional<v1::Progress> progress_;
  bool reporting_ = false;  // the reporter has taken messages and not yet written them
  bool closing_ = false;
  std::thread reader_, reporter_;
};

}  // namespace ringside::workers
