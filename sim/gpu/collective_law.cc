#include "sim/gpu/collective_law.h"

#include <algorithm>
#include <cmath>

namespace ringside::sim::gpu {
namespace {

constexpr double kMib = 1 << 20;

const v1::CollectiveLaw& LawOf(const v1::Interconnect& link, Collective operation) {
  switch (operation) {
    case Collective::kAllReduce:
      return link.all_reduce();
    case Collective::kAllGather:
      return link.all_gather();
    case Collective::kReduceScatter:
      return link.reduce_scatter();
    case Collective::kAllToAll:
      return link.all_to_all();
  }
  return link.all_reduce();
}

double Share(Collective operation, double n) {
  return (operation == Collective::kAllReduce ? 2 : 1) * (n - 1) / n;
}

double Cube(double x) {
  return x * x * x;
}

double Blend(double a, double b) {
  return std::cbrt(Cube(a) + Cube(b));
}

struct Terms {
  double latency = 0, transfer = 0;  // seconds
};

Terms Inside(const v1::Interconnect& link, Collective operation, double n, double bytes) {
  const v1::CollectiveLaw& law = LawOf(link, operation);
  const double wire = (Share(operation, n) + Share(operation, 1e300) * law.whole_share() / n) * bytes;
  const double transfer = wire / (law.gbps() * 1e9);
  if (law.simple_mib() > 0 && bytes > n * law.simple_mib() * kMib)
    return {0, (law.simple_us() + law.simple_hop_us() * (n - 1)) * 1e-6 + transfer};
  return {(law.base_us() + law.hop_us() * (n - 1)) * 1e-6,
          law.ramp_us() * 1e-6 * std::sqrt(wire / kMib) + transfer};
}

Terms Between(const v1::Interconnect& link, Collective operation, double nodes, double bytes) {
  const v1::CollectiveLaw& law = LawOf(link, operation);
  const double wire = Share(operation, nodes) * bytes;
  const double rate =
      law.gbps() * 1e9 / (1 + link.contention_per_doubling() * std::max(0.0, std::log2(nodes) - 1));
  const double hops = operation == Collective::kAllReduce ? std::log2(nodes) : nodes - 1;
  return {(law.base_us() + law.hop_us() * hops) * 1e-6,
          law.ramp_us() * 1e-6 * std::sqrt(wire / kMib) + wire / rate};
}

}  // namespace

Group GroupOf(const Fabric& fabric, double ranks, double stride) {
  Group group;
  group.ranks = ranks;
  group.per_domain = std::clamp(std::floor(fabric.domain / stride), 1.0, ranks);
  return group;
}

double CollectiveSeconds(const Fabric& fabric, Collective operation, const Group& group, double bytes) {
  if (group.ranks <= 1 || bytes <= 0) return 0;
  const double nodes = group.domains();
  if (nodes <= 1) {
    const Terms t = Inside(*fabric.scale_up, operation, group.ranks, bytes);
    return Blend(t.latency, t.transfer);
  }
  // In an all-to-all everything that leaves the node leaves through the sender's own port.
  const double share = operation == Collective::kAllToAll ? bytes : bytes / group.per_domain;
  const Terms out = Between(*fabric.scale_out, operation, nodes, share);
  if (group.per_domain <= 1) return Blend(out.latency, out.transfer);
  const double inner = operation == Collective::kAllToAll ? bytes / nodes : bytes;
  const Terms in = Inside(*fabric.scale_up, operation, group.per_domain, inner);
  return Blend(out.latency + in.latency, Blend(out.transfer, in.transfer));
}

double PointToPointSeconds(const Fabric& fabric, double stride, double bytes) {
  const v1::Interconnect& link = stride < fabric.domain ? *fabric.scale_up : *fabric.scale_out;
  return link.point_to_point_us() * 1e-6 + bytes / (link.point_to_point_gbps() * 1e9);
}

}  // namespace ringside::sim::gpu
