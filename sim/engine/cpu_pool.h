// The CPU cores of every host, shared fluidly by the tasks that run on them (processor sharing).
//
// With n tasks on C cores each runs at min(1, C / n) of a core: the fluid limit of a fair scheduler's time
// slices. Tasks of one host slow each other down further where they share what lies behind the cores:
//   slowdown of a task = 1 + (contention - 1) * f,
// where f in 0..1 is the expected share of the other cores that is busy with work of the kind that hurts it:
// memory-bound work for a memory-bound task, any work for a compute-bound one (shared clock and cache). A
// waiting thread that polls takes `poll_weight` of a task's share of the cores; not from transfers,
// whose cost is measured with everyone waiting.
//
// Work is given in nanoseconds of an undisturbed core. Completion times are rounded up to whole nanoseconds.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/engine/event_queue.h"

namespace ringside::sim {

enum class WorkClass : uint8_t { kCompute, kMemory, kTransfer };

class CpuPool {
 public:
  // Events are pushed with `event_kind`, the host as target. `queue` must outlive the pool. poll_weight: of
  // one polling waiter, in tasks.
  CpuPool(std::vector<int> cores_by_host, double poll_weight, uint32_t event_kind, EventQueue* queue);

  // Starts `task` (the owner's number) now. work_ns > 0, contention >= 1: the slowdown when all cores are
  // busy so.
  void Start(int host, uint32_t task, double work_ns, WorkClass work_class, double contention);
  // Waiters that begin (+1) or end (-1) polling on the host.
  void AddPollers(int host, int count);
  // Handles an event of this pool; tasks that are done are appended in the order in which they started.
  void OnEvent(const Event& event, std::vector<uint32_t>* done);

 private:
  struct Task {
    uint32_t id;
    WorkClass work_class;
    double contention;
    double left_ns;
    double rate;
  };
  struct Host {
    int cores;
    int pollers = 0;
    int memory_tasks = 0;  // memory-bound and transfer
    uint32_t stamp = 0;
    int64_t updated_ns = 0;
    int64_t pending_ns = -1;  // time of the one valid event; -1: none
    std::vector<Task> tasks;
  };

  void Advance(Host* host);
  void Reschedule(int index);

  double poll_weight_;
  uint32_t event_kind_;
  EventQueue* queue_;
  std::vector<Host> hosts_;
};

}  // namespace ringside::sim
