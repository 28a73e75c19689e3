// Where the ranks are and what connects them.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "plan/program.h"
#include "ringside/v1/program.pb.h"
#include "sim/engine/flow_net.h"

namespace ringside::sim {

struct Topology {
  std::vector<int> node_of_rank;
  std::vector<int> host_of_node;     // virtual nodes share one host's cores; else each node is a host
  std::vector<int> cores;            // by host
  std::vector<NodeLink> links;       // by node: to and from the other nodes
  std::vector<NodeLink> ports;       // by rank: to and from the other ranks of its node
  double inter_node_latency_ns = 0;  // of the wire, added to what the software costs
  double intra_node_latency_ns = 0;

  int MostRanksOnAHost() const;
};

// From the programs' nodes, the cluster's links and its slow_link faults.
// INVALID_ARGUMENT: a fault names a node that is not there, or a rate is not positive.
absl::StatusOr<Topology> MakeTopology(const std::vector<plan::Program>& programs,
                                      const v1::ClusterSpec& cluster, const std::vector<v1::Fault>& faults,
                                      int cores_per_host, bool nodes_share_one_host);

}  // namespace ringside::sim
