// Time of one collective over NVLink-like domains and a network between them.
//
// One link: latency = base + hop * (n - 1) for rings, where hop is what the library's best protocol and
// algorithm need a step (LL, LL128 and Simple; NCCL src/graph/tuning.cc); wire = w * bytes with w = 2 (n - 1)
// / n for an all-reduce and (n - 1) / n for the others; between small and large stands a regime in which
// channels fill and protocols change, a term with the root of the wire bytes:
//   t = (latency^3 + (ramp * sqrt(wire / 1 MiB) + wire / rate)^3)^(1/3).
// Several nodes: inside a node and between nodes run as one pipeline of chunks, so that the slower of the two
// counts (hierarchical all-reduce: every device's own network port carries 1 / per_node of the buffer). An
// all-reduce crosses log2(nodes) levels of a tree, a gather or scatter takes nodes - 1 steps of a ring.
#pragma once

#include "ringside/v1/hardware.pb.h"

namespace ringside::sim::gpu {

enum class Collective { kAllReduce, kAllGather, kReduceScatter, kAllToAll };

struct Fabric {
  const v1::Interconnect* scale_up = nullptr;
  const v1::Interconnect* scale_out = nullptr;
  double domain = 8;  // devices that scale_up connects
};

// Members of a group: `ranks` of them, `per_domain` in each domain that it touches.
struct Group {
  double ranks = 1;
  double per_domain = 1;
  double domains() const { return ranks / per_domain; }
};

// A group of `ranks` whose neighbours are `stride` ranks apart, ranks being laid out domain by domain.
Group GroupOf(const Fabric& fabric, double ranks, double stride);

// Seconds. `bytes`: of the whole buffer: what is reduced, what is there after a gather or before a scatter,
// what a rank sends in an all-to-all (its own share included). 0 for groups of one.
double CollectiveSeconds(const Fabric& fabric, Collective operation, const Group& group, double bytes);

// One message between two ranks that are `stride` apart.
double PointToPointSeconds(const Fabric& fabric, double stride, double bytes);

}  // namespace ringside::sim::gpu
