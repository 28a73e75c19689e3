// A transport of control messages between processes of one machine, over sockets that were made before they
// were forked: tests of several ranks on one GPU need processes, and must not need MPI. Small messages only.
#pragma once

#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "workers/transport/transport.h"

namespace ringside::workers::cuda {

// Threading: as Transport. A peer that is gone is UNAVAILABLE.
class SocketTransport : public Transport {
 public:
  // Sockets of all pairs, before the ranks are forked: [rank][peer], -1 on the diagonal. Nonblocking.
  using Sockets = std::vector<std::vector<int>>;
  static Sockets MakeSockets(int size);
  static void CloseAll(const Sockets& sockets);

  SocketTransport(int rank, std::vector<int> sockets) : rank_(rank), peers_(sockets.size()) {
    for (size_t i = 0; i < sockets.size(); ++i) peers_[i].socket = sockets[i];
  }

  int rank() const override { return rank_; }
  int size() const override { return static_cast<int>(peers_.size()); }
  absl::StatusOr<RequestId> Isend(const void* data, int64_t bytes, int peer, int channel) override;
  absl::StatusOr<RequestId> Irecv(void* data, int64_t bytes, int peer, int channel) override;
  absl::StatusOr<std::optional<int64_t>> Test(RequestId request) override;
  uint64_t EventCount() const override { return 0; }
  void WaitForEvent(uint64_t seen, int tests_in_vain, Waiter waiter) override;
  void Abandon() override { waiting_.clear(); }
  TransportCounters counters() const override { return counters_; }
  std::string Describe() const override { return "sockets between forked processes"; }

 private:
  struct Peer {
    int socket = -1;
    std::vector<char> out, in;                         // not yet written; read, not yet a whole frame
    std::map<int, std::deque<std::vector<char>>> got;  // whole frames, by channel
  };
  struct Receive {
    void* to;
    int64_t bytes;
    int peer, channel;
  };

  absl::Status Pump(Peer& peer);

  const int rank_;
  std::vector<Peer> peers_;
  std::map<RequestId, Receive> waiting_;
  std::map<RequestId, std::pair<int, int64_t>> sending_;  // peer, bytes
  RequestId next_ = 0;
  TransportCounters counters_;
};

}  // namespace ringside::workers::cuda
