#include "coordinator/rpc/worker_gate.h"

#include <grpcpp/alarm.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "coordinator/rpc/status.h"

namespace ringside::coordinator {
namespace {

constexpr auto kHelloTimeout = std::chrono::seconds(20);

// Owns itself until the call is over.
class SessionReactor : public grpc::ServerBidiReactor<v1::WorkerMessage, v1::CoordinatorMessage>,
                       public WorkerStream {
 public:
  static SessionReactor* Start(Engine* engine) {
    std::shared_ptr<SessionReactor> reactor(new SessionReactor(engine));
    reactor->self_ = reactor;
    reactor->hello_due_.Set(std::chrono::system_clock::now() + kHelloTimeout,
                            [weak = std::weak_ptr<SessionReactor>(reactor)](bool expired) {
                              const auto self = weak.lock();
                              if (expired && self) self->Close(absl::DeadlineExceededError("no hello came"));
                            });
    reactor->ReadNext();
    return reactor.get();
  }

  void Send(v1::CoordinatorMessage message) override {
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return;
      waiting_.push_back(std::move(message));
    }
    Advance();
  }

  void Close(const absl::Status& status) override {
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return;
      closed_ = status;
    }
    Advance();
  }

 private:
  explicit SessionReactor(Engine* engine) : engine_(engine) {}

  void ReadNext() {
    const std::lock_guard lock(mutex_);
    if (!finished_) StartRead(&incoming_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Abandon(absl::OkStatus());
    if (!greeted_) return Greet();
    engine_->Heard(id_, rank_, std::move(incoming_), [self = self_] { self->ReadNext(); });
  }

  void Greet() {
    if (!incoming_.has_hello())
      return Close(absl::InvalidArgumentError("the first message of a session must be hello"));
    greeted_ = true;
    hello_due_.Cancel();
    id_ = {incoming_.hello().job_id(), incoming_.hello().attempt()};
    rank_ = incoming_.hello().rank();
    engine_->Hello(incoming_.hello(), self_, [self = self_](absl::Status status) {
      if (!status.ok()) return self->Close(status);
      self->admitted_ = true;
      self->ReadNext();
    });
  }

  // Nothing more can be sent or need be.
  void Abandon(const absl::Status& status) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.clear();
      if (!closed_) closed_ = status;
    }
    Advance();
  }

  void OnWriteDone(bool ok) override {
    {
      const std::lock_guard lock(mutex_);
      writing_ = false;
    }
    ok ? Advance() : Abandon(absl::CancelledError("the worker is gone"));
  }

  void OnCancel() override { Abandon(absl::CancelledError("the worker is gone")); }

  void OnDone() override {
    if (admitted_) engine_->StreamBroke(id_, rank_);
    self_.reset();
  }

  void Advance() {
    bool write = false;
    {
      const std::lock_guard lock(mutex_);
      if (writing_ || finished_) return;
      if (!waiting_.empty()) {
        outgoing_ = std::move(waiting_.front());
        waiting_.pop_front();
        writing_ = write = true;
      } else if (closed_) {
        finished_ = true;
      } else {
        return;
      }
    }
    // Outside of the lock: gRPC may call back at once, and OnDone ends this object.
    if (write) {
      StartWrite(&outgoing_);
    } else {
      Finish(ToGrpc(*closed_));
    }
  }

  Engine* const engine_;
  std::shared_ptr<SessionReactor> self_;  // until OnDone
  // Touched by one reaction at a time:
  v1::WorkerMessage incoming_;
  AttemptId id_;
  int rank_ = -1;
  bool greeted_ = false;
  grpc::Alarm hello_due_;
  std::atomic<bool> admitted_ = false;

  std::mutex mutex_;
  std::deque<v1::CoordinatorMessage> waiting_;
  v1::CoordinatorMessage outgoing_;
  bool writing_ = false;
  bool finished_ = false;
  std::optional<absl::Status> closed_;
};

}  // namespace

grpc::ServerBidiReactor<v1::WorkerMessage, v1::CoordinatorMessage>* WorkerGateService::Session(
    grpc::CallbackServerContext* context) {
  return SessionReactor::Start(engine_);
}

}  // namespace ringside::coordinator
