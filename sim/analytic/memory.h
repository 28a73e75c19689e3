// Peak memory of the fullest device, by named term, in bytes.
#pragma once

#include "sim/analytic/problem.h"

namespace ringside::sim::analytic {

struct Memory {
  double weights = 0, gradients = 0, optimizer = 0;
  double gathered = 0;     // whole layers and buckets beside shards
  double activations = 0;  // kept for the backward, of all micro-batches in flight
  double transient = 0;    // of the layer at work
  double logits = 0;
  double workspace = 0;      // libraries' buffers that an allocator counts
  double context = 0;        // driver, communicators: outside of the allocator
  double fragmentation = 0;  // reserved by the allocator, not in use
  double allocated() const {
    return weights + gradients + optimizer + gathered + activations + transient + logits + workspace;
  }
  double reserved() const { return allocated() + fragmentation; }
  double total() const { return reserved() + context; }
};

Memory PeakMemory(const Problem& problem);

}  // namespace ringside::sim::analytic
