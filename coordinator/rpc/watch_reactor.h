// One Watch call: buffers a job's events for a client that may be slow. At most kMaxEvents wait; beyond that
// the oldest progress is dropped, never a change of state. Owns itself until the call is over.
#pragma once

#include <grpcpp/grpcpp.h>

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "coordinator/engine/engine.h"

namespace ringside::coordinator {

class WatchReactor : public grpc::ServerWriteReactor<v1::JobEvent>, public JobWatcher {
 public:
  static constexpr size_t kMaxEvents = 256;

  // Begins to watch; gRPC ends it.
  static WatchReactor* Start(Engine* engine, const std::string& job_id);

  void Push(const v1::JobEvent& event) override;
  void Close(const absl::Status& status) override;

 private:
  WatchReactor(Engine* engine, std::string job_id) : engine_(engine), job_id_(std::move(job_id)) {}
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;
  void Advance();  // starts the next write or, when all is written, finishes

  Engine* const engine_;
  const std::string job_id_;
  std::shared_ptr<WatchReactor> self_;  // until OnDone
  std::mutex mutex_;
  std::deque<v1::JobEvent> waiting_;
  v1::JobEvent writing_event_;
  bool writing_ = false;
  bool finished_ = false;
  std::optional<absl::Status> closed_;
};

}  // namespace ringside::coordinator
