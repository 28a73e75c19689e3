// Ctrl-C (SIGINT, and SIGTERM, SIGHUP). The first asks the work under way to end in order; the second ends
// the process at once. At most one object lives at a time; it puts the old handlers back when it goes.
#pragma once

#include <functional>
#include <mutex>
#include <thread>

#include "absl/base/thread_annotations.h"

namespace ringside::cli {

class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  bool requested() const;

  // Calls `handler` on a thread of this object, once, when the first signal comes; at once if it has come
  // already. nullptr takes it away and waits until it is not running.
  void OnRequest(std::function<void()> handler);

 private:
  void Watch();

  std::mutex mutex_;
  std::function<void()> handler_ ABSL_GUARDED_BY(mutex_);
  bool seen_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread watcher_;
};

}  // namespace ringside::cli
