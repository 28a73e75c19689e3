#include "coordinator/engine/task_thread.h"

#include <future>
#include <memory>

namespace ringside::coordinator {

TaskThread::TaskThread(std::function<bool()> on_period, std::chrono::milliseconds period)
    : on_period_(std::move(on_period)), period_(period), thread_([this] { Loop(); }) {}

bool TaskThread::Post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    tasks_.push_back(std::move(task));
  }
  changed_.notify_one();
  return true;
}

void TaskThread::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void TaskThread::Run(std::function<void()> task) {
  auto done = std::make_shared<std::promise<void>>();
  auto finished = done->get_future();
  const bool posted = Post([task = std::move(task), done] {
    task();
    done->set_value();
  });
  if (posted) finished.wait();
}

void TaskThread::Loop() {
  bool periodic = on_period_ != nullptr;
  auto next_period = std::chrono::steady_clock::now() + period_;
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto woken = [this] { return stopping_ || !tasks_.empty(); };
    if (periodic) {
      changed_.wait_until(lock, next_period, woken);
    } else {
      changed_.wait(lock, woken);
    }
    // All that has arrived goes first: a message in the queue is a sign of life that the periodic task
    // must not overlook.
    while (!tasks_.empty()) {
      auto task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
      lock.lock();
      periodic = on_period_ != nullptr;
    }
    if (stopping_) return;
    if (periodic && std::chrono::steady_clock::now() >= next_period) {
      lock.unlock();
      periodic = on_period_();
      lock.lock();
      next_period = std::chrono::steady_clock::now() + period_;
    }
  }
}

}  // namespace ringside::coordinator
