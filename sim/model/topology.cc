#include "sim/model/topology.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/virtual_link.h"

namespace ringside::sim {
namespace {

double BytesPerNs(double gbps) {
  return gbps / 8;
}

// `virtual_node`: as virtual nodes limit it, headers counted and with a bucket.
NodeLink LinkOf(double gbps, bool virtual_node) {
  const double share = virtual_node ? kVirtualLinkPayloadShare : 1;
  const double rate = share * BytesPerNs(gbps);
  const double burst =
      virtual_node && gbps > 0 ? share * static_cast<double>(VirtualLinkBurstBytes(gbps)) : 0;
  return {rate, rate, burst, burst};
}

}  // namespace

int Topology::MostRanksOnAHost() const {
  std::vector<int> count(cores.size(), 0);
  for (int node : node_of_rank) ++count[host_of_node[node]];
  return *std::max_element(count.begin(), count.end());
}

absl::StatusOr<Topology> MakeTopology(const std::vector<plan::Program>& programs,
                                      const v1::ClusterSpec& cluster, const std::vector<v1::Fault>& faults,
                                      int cores_per_host, bool nodes_share_one_host) {
  Topology topology;
  int nodes = std::max(1, cluster.nodes());
  for (const plan::Program& program : programs) {
    topology.node_of_rank.push_back(program.node);
    nodes = std::max(nodes, program.node + 1);
  }
  for (int node = 0; node < nodes; ++node) topology.host_of_node.push_back(nodes_share_one_host ? 0 : node);
  topology.cores.assign(nodes_share_one_host ? 1 : nodes, std::max(1, cores_per_host));
  const v1::Link& inter = cluster.links().inter_node();
  const v1::Link& intra = cluster.links().intra_node();
  for (const v1::Link* link : {&inter, &intra}) {
    if (link->gbps() < 0 || link->latency_us() < 0) {
      return absl::InvalidArgumentError("cluster.links: rates and latencies must not be negative");
    }
  }
  topology.links.assign(nodes, LinkOf(inter.gbps(), nodes_share_one_host));
  topology.ports.assign(programs.size(), {BytesPerNs(intra.gbps()), BytesPerNs(intra.gbps())});
  topology.inter_node_latency_ns = 1e3 * inter.latency_us();
  topology.intra_node_latency_ns = 1e3 * intra.latency_us();
  for (int i = 0; i < static_cast<int>(faults.size()); ++i) {
    if (!faults[i].has_slow_link()) continue;
    const v1::SlowLink& slow = faults[i].slow_link();
    if (slow.node() < 0 || slow.node() >= nodes) {
      return absl::InvalidArgumentError(
          fmt::format("faults[{}].slow_link.node: {} is not one of the {} nodes", i, slow.node(), nodes));
    }
    if (!(slow.gbps() > 0)) {
      return absl::InvalidArgumentError(fmt::format("faults[{}].slow_link.gbps: must be positive", i));
    }
    NodeLink& link = topology.links[slow.node()];
    const NodeLink slowed = LinkOf(slow.gbps(), nodes_share_one_host);
    if (!link.limited() || slowed.egress_bytes_per_ns < link.egress_bytes_per_ns) link = slowed;
  }
  return topology;
}

}  // namespace ringside::sim
