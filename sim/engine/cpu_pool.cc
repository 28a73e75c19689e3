#include "sim/engine/cpu_pool.h"

#include <algorithm>
#include <cmath>

namespace ringside::sim {
namespace {

// Work that is left below this is rounding of the fluid arithmetic.
constexpr double kDoneNs = 1e-3;

}  // namespace

CpuPool::CpuPool(std::vector<int> cores_by_host, double poll_weight, uint32_t event_kind, EventQueue* queue)
    : poll_weight_(poll_weight), event_kind_(event_kind), queue_(queue) {
  hosts_.resize(cores_by_host.size());
  for (size_t i = 0; i < hosts_.size(); ++i) {
    RINGSIDE_CHECK(cores_by_host[i] > 0);
    hosts_[i].cores = cores_by_host[i];
  }
}

void CpuPool::Start(int index, uint32_t task, double work_ns, WorkClass work_class, double contention) {
  RINGSIDE_CHECK(work_ns > 0 && contention >= 1);
  Host& host = hosts_[index];
  Advance(&host);
  host.tasks.push_back({task, work_class, contention, work_ns, 0});
  if (work_class != WorkClass::kCompute) ++host.memory_tasks;
  Reschedule(index);
}

void CpuPool::AddPollers(int index, int count) {
  Host& host = hosts_[index];
  host.pollers += count;
  RINGSIDE_CHECK(host.pollers >= 0);
  if (poll_weight_ == 0 || host.tasks.empty()) return;
  Advance(&host);
  Reschedule(index);
}

void CpuPool::OnEvent(const Event& event, std::vector<uint32_t>* done) {
  Host& host = hosts_[event.target];
  if (event.stamp != host.stamp) return;
  host.pending_ns = -1;
  Advance(&host);
  size_t kept = 0;
  for (const Task& task : host.tasks) {
    if (task.left_ns <= kDoneNs) {
      done->push_back(task.id);
      if (task.work_class != WorkClass::kCompute) --host.memory_tasks;
    } else {
      host.tasks[kept++] = task;
    }
  }
  host.tasks.resize(kept);
  Reschedule(event.target);
}

void CpuPool::Advance(Host* host) {
  const int64_t now = queue_->now_ns();
  const double elapsed = static_cast<double>(now - host->updated_ns);
  host->updated_ns = now;
  if (elapsed == 0) return;
  for (Task& task : host->tasks) task.left_ns -= elapsed * task.rate;
}

void CpuPool::Reschedule(int index) {
  Host& host = hosts_[index];
  if (host.tasks.empty()) {
    host.pending_ns = -1;
    ++host.stamp;
    return;
  }
  const double n = static_cast<double>(host.tasks.size()) + poll_weight_ * host.pollers;
  const double share = std::min(1.0, host.cores / n);
  const double transfer_share = std::min(1.0, host.cores / static_cast<double>(host.tasks.size()));
  // How busy the other cores are, seen from one running task: n - 1 others share cores - 1.
  const double other_cores = host.cores - 1;
  double any_busy = 0, memory_busy = 0;
  if (other_cores > 0 && host.tasks.size() > 1) {
    const double others = static_cast<double>(host.tasks.size()) - 1;
    const double other_share = std::min(1.0, other_cores / others);
    any_busy = others * other_share / other_cores;
    memory_busy = std::max(0, host.memory_tasks - 1) * other_share / other_cores;
  }
  double first_ns = INFINITY;
  for (Task& task : host.tasks) {
    const double busy = task.work_class == WorkClass::kCompute ? any_busy : memory_busy;
    task.rate = (task.work_class == WorkClass::kTransfer ? transfer_share : share) /
                (1 + (task.contention - 1) * busy);
    first_ns = std::min(first_ns, task.left_ns / task.rate);
  }
  const int64_t time = queue_->now_ns() + static_cast<int64_t>(std::ceil(std::max(0.0, first_ns - 1e-6)));
  if (time == host.pending_ns) return;
  host.pending_ns = time;
  queue_->Push(time, event_kind_, static_cast<uint32_t>(index), ++host.stamp);
}

}  // namespace ringside::sim
