// Ranks as threads of one process: mailboxes with a mutex and a condition variable each.
//
// Small messages are copied when sent, large ones wait for their receiver (rendezvous). With a shuffle seed
// both choices, and how many tests an ended request withholds its news for, are drawn at random, so that one
// seed is one interleaving family of completions; no clock is involved.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "workers/transport/transport.h"

namespace ringside::workers {

class ThreadNetwork {
 public:
  // `shuffle_seed` 0: no shuffling.
  explicit ThreadNetwork(int size, uint64_t shuffle_seed = 0);
  ~ThreadNetwork();

  // The endpoint of `rank`; at most one each. The network outlives its endpoints.
  std::unique_ptr<Transport> Endpoint(int rank);

 private:
  friend class ThreadTransport;
  struct Mailbox;
  std::vector<std::unique_ptr<Mailbox>> mailboxes_;  // by receiving rank
  const uint64_t shuffle_seed_;
};

}  // namespace ringside::workers
