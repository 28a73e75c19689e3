// The virtual clock's agenda: what happens when. Time is integer nanoseconds.
//
// Total order: earlier time first; at the same time, what was scheduled first comes first. The order of
// scheduling is itself a function of the inputs, so two simulations of one input are equal to the byte.
// A 4-ary heap in one array: no allocation per event once it has grown. Not thread-safe; one per simulation.
#pragma once

#include <cstdint>
#include <vector>

#include "base/check.h"

namespace ringside::sim {

struct Event {
  int64_t time_ns;
  uint64_t order;   // set by the queue
  uint32_t kind;    // the owner's own
  uint32_t target;  // what it concerns: a node, a rank, a stream
  uint32_t stamp;   // the owner drops an event whose stamp is no longer the target's
};

class EventQueue {
 public:
  bool empty() const { return heap_.empty(); }
  int64_t now_ns() const { return now_ns_; }
  int64_t popped() const { return popped_; }

  // `time_ns` must not lie in the past.
  void Push(int64_t time_ns, uint32_t kind, uint32_t target, uint32_t stamp = 0) {
    RINGSIDE_CHECK(time_ns >= now_ns_);
    heap_.push_back({});
    size_t hole = heap_.size() - 1;
    const Event event{time_ns, next_order_++, kind, target, stamp};
    while (hole > 0) {
      const size_t parent = (hole - 1) / 4;
      if (!Before(event, heap_[parent])) break;
      heap_[hole] = heap_[parent];
      hole = parent;
    }
    heap_[hole] = event;
  }

  // Takes the earliest event and moves the clock to it.
  Event Pop() {
    RINGSIDE_CHECK(!heap_.empty());
    const Event top = heap_.front();
    const Event last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) SiftDown(last);
    now_ns_ = top.time_ns;
    ++popped_;
    return top;
  }

 private:
  static bool Before(const Event& a, const Event& b) {
    return a.time_ns != b.time_ns ? a.time_ns < b.time_ns : a.order < b.order;
  }

  void SiftDown(const Event& event) {
    size_t hole = 0;
    for (;;) {
      const size_t first = 4 * hole + 1;
      if (first >= heap_.size()) break;
      const size_t end = first + 4 < heap_.size() ? first + 4 : heap_.size();
      size_t best = first;
      for (size_t child = first + 1; child < end; ++child) {
        if (Before(heap_[child], heap_[best])) best = child;
      }
      if (!Before(heap_[best], event)) break;
      heap_[hole] = heap_[best];
      hole = best;
    }
    heap_[hole] = event;
  }

  std::vector<Event> heap_;
  int64_t now_ns_ = 0;
  uint64_t next_order_ = 0;
  int64_t popped_ = 0;
};

}  // namespace ringside::sim
