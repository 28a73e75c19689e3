// One thread that runs tasks in the order they were posted, with an optional periodic task between them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace ringside::coordinator {

class TaskThread {
 public:
  // `on_period` (may be empty) runs about every `period` for as long as it returns true; after false it is
  // next considered when a task has run.
  explicit TaskThread(std::function<bool()> on_period = nullptr,
                      std::chrono::milliseconds period = std::chrono::milliseconds(100));
  ~TaskThread() { Stop(); }

  // False: stopped, the task will not run. Any thread.
  bool Post(std::function<void()> task);
  // Runs what was posted before, then ends the thread. Not from a task.
  void Stop();
  // Runs `task` on the thread and waits for it. Not from a task.
  void Run(std::function<void()> task);

 private:
  void Loop();

  const std::function<bool()> on_period_;
  const std::chrono::milliseconds period_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  bool stopping_ = false;
  std::thread thread_;  // last: starts when the rest is there
};

}  // namespace ringside::coordinator
