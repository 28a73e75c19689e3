#include "coordinator/rpc/watch_reactor.h"

#include <algorithm>

#include "coordinator/rpc/status.h"

namespace ringside::coordinator {

WatchReactor* WatchReactor::Start(Engine* engine, const std::string& job_id) {
  std::shared_ptr<WatchReactor> reactor(new WatchReactor(engine, job_id));
  reactor->self_ = reactor;
  engine->Watch(job_id, reactor);
  return reactor.get();
}

void WatchReactor::Push(const v1::JobEvent& event) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    if (waiting_.size() >= kMaxEvents) {
      const auto oldest =
          std::find_if(waiting_.begin(), waiting_.end(), [](const auto& one) { return !one.has_job(); });
      if (oldest != waiting_.end()) waiting_.erase(oldest);
    }
    waiting_.push_back(event);
  }
  Advance();
}

void WatchReactor::Close(const absl::Status& status) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ = status;
  }
  Advance();
}

void WatchReactor::OnWriteDone(bool ok) {
  {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (!ok) {
      waiting_.clear();
      if (!closed_) closed_ = absl::CancelledError("the watcher is gone");
    }
  }
  Advance();
}

void WatchReactor::OnCancel() {
  {
    const std::lock_guard lock(mutex_);
    waiting_.clear();
    if (!closed_) closed_ = absl::CancelledError("the watcher is gone");
  }
  Advance();
}

void WatchReactor::Advance() {
  bool write = false;
  {
    const std::lock_guard lock(mutex_);
    if (writing_ || finished_) return;
    if (!waiting_.empty()) {
      writing_event_ = std::move(waiting_.front());
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
    StartWrite(&writing_event_);
  } else {
    Finish(ToGrpc(*closed_));
  }
}

void WatchReactor::OnDone() {
  engine_->Unwatch(job_id_, this);
  self_.reset();
}

}  // namespace ringside::coordinator
