// The network as fluid flows: every node (a machine or, inside of one, a rank) has one way out (egress) and
// one way in (ingress), each with a rate; the switch between them is not a limit. Flows that share a way
// share its rate max-min fairly (progressive filling, Bertsekas & Gallager, Data Networks, 6.5.2): the limit
// of fair queueing.
//
// Rates are bytes per nanosecond (= 10^9 byte/s). A start or an end changes the rates of the flows that
// are connected with it through shared ways, and of no others.
//
// A way may have a token bucket: it fills at the way's rate as far as flows leave that unused, up to
// burst_bytes. What of a flow both of its ways have tokens for when it starts passes at once; the rest goes
// at the rates above. A way begins with a full bucket.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/engine/event_queue.h"

namespace ringside::sim {

struct NodeLink {
  double egress_bytes_per_ns = 0;  // 0: not a limit
  double ingress_bytes_per_ns = 0;
  double egress_burst_bytes = 0;  // 0: no bucket
  double ingress_burst_bytes = 0;
  bool limited() const { return egress_bytes_per_ns > 0 || ingress_bytes_per_ns > 0; }
};

class FlowNet {
 public:
  // Flows are numbered 0 .. num_flows - 1 by the owner; events carry the flow as target.
  FlowNet(std::vector<NodeLink> links, int num_flows, uint32_t event_kind, EventQueue* queue);

  // False if neither end limits the flow: it then takes no time here.
  bool Limits(int from_node, int to_node) const {
    return links_[from_node].egress_bytes_per_ns > 0 || links_[to_node].ingress_bytes_per_ns > 0;
  }
  // Begins now. bytes > 0, Limits(from_node, to_node), and the flow is not running.
  void Start(uint32_t flow, int from_node, int to_node, double bytes);
  // True if the event ends its flow now (false: it was outdated).
  bool OnEvent(const Event& event);

 private:
  struct Flow {
    int egress, ingress;  // index into ways_
    double left_bytes = 0;
    double rate = 0;
    int64_t updated_ns = 0;
    int64_t pending_ns = -1;
    uint32_t stamp = 0;
    uint32_t visit = 0;
    bool running = false;
    bool fixed = false;
  };
  struct Way {
    double rate = 0;  // 0: no limit
    double free = 0;  // while rates are computed
    int open = 0;     // flows without a rate yet
    double burst_bytes = 0;
    double token_bytes = 0;  // at filled_ns
    double used_rate = 0;    // by its flows, since then
    int64_t filled_ns = 0;
    uint32_t visit = 0;
    std::vector<uint32_t> flows;
  };

  void Fill(Way& way);
  double TakeBurst(Way& egress, Way& ingress, double bytes);
  void Visit(int way);
  void Share(int egress, int ingress);

  std::vector<NodeLink> links_;
  uint32_t event_kind_;
  EventQueue* queue_;
  std::vector<Flow> flows_;
  std::vector<Way> ways_;  // 2 * node: egress, 2 * node + 1: ingress
  uint32_t visit_ = 0;
  std::vector<uint32_t> part_flows_;  // the connected part that is being shared out anew
  std::vector<int> part_ways_;
};

}  // namespace ringside::sim
