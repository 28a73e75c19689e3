#include "sim/cost/gpu_cluster.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/catalogue/catalogue.h"

namespace ringside::sim {
namespace {

constexpr double kGib = 1 << 30, kMib = 1 << 20;

// 10^9 bit/s, one direction.
void Change(const v1::Link& link, v1::Interconnect* interconnect) {
  const double rate = link.has_gbps() ? link.gbps() / 8 / interconnect->peak_gbps() : 1;
  const double latency_us = link.latency_us();
  for (v1::CollectiveLaw* law :
       {interconnect->mutable_all_reduce(), interconnect->mutable_all_gather(),
        interconnect->mutable_reduce_scatter(), interconnect->mutable_all_to_all()}) {
    law->set_gbps(law->gbps() * rate);
    law->set_ramp_us(law->ramp_us() / std::min(rate, 1.0));
    law->set_hop_us(law->hop_us() + latency_us);
  }
  interconnect->set_point_to_point_gbps(interconnect->point_to_point_gbps() * rate);
  interconnect->set_point_to_point_us(interconnect->point_to_point_us() + latency_us);
}

// What a node's link connects at most; 0: nobody says.
int DomainOf(const v1::Catalogue& catalogue, const v1::GpuDevice& device) {
  const v1::Interconnect* link = FindLink(catalogue, device.scale_up());
  return link != nullptr ? link->domain() : 0;
}

}  // namespace

bool InCatalogue(const v1::Catalogue& catalogue, const v1::ClusterSpec& cluster) {
  return FindDevice(catalogue, cluster.device()) != nullptr;
}

void FillNodes(const v1::Catalogue& catalogue, int ranks, v1::ClusterSpec* cluster) {
  const v1::GpuDevice* device = FindDevice(catalogue, cluster->device());
  if (device == nullptr || ranks < 1 || (cluster->has_nodes() && cluster->has_devices_per_node())) return;
  if (cluster->has_nodes()) return;  // plan::Resolve spreads the ranks over them
  if (!cluster->has_devices_per_node()) {
    const int domain = DomainOf(catalogue, *device);
    int size = std::min(ranks, domain > 0 ? domain : ranks);
    while (ranks % size != 0) --size;
    cluster->set_devices_per_node(size);
  }
  if (cluster->devices_per_node() > 0 && ranks % cluster->devices_per_node() == 0)
    cluster->set_nodes(ranks / cluster->devices_per_node());
}

absl::StatusOr<GpuCluster> GpuClusterOf(const v1::Catalogue& catalogue, const v1::ClusterSpec& cluster) {
  const v1::GpuDevice* device = FindDevice(catalogue, cluster.device());
  if (device == nullptr) {
    return absl::NotFoundError(
        fmt::format("cluster.device: the catalogue has no device \"{}\"", cluster.device()));
  }
  const std::string stack_name = cluster.has_stack() ? cluster.stack() : kDefaultStack;
  const v1::SoftwareStack* stack = FindStack(catalogue, stack_name);
  if (stack == nullptr) {
    std::string known;
    for (const v1::SoftwareStack& s : catalogue.stacks()) known += (known.empty() ? "" : ", ") + s.name();
    return absl::NotFoundError(fmt::format(
        "cluster.stack: the catalogue has no software stack \"{}\"; it has {}", stack_name, known));
  }
  const int domain = DomainOf(catalogue, *device);
  if (domain > 0 && cluster.devices_per_node() > domain) {
    return absl::InvalidArgumentError(
        fmt::format("cluster.devices_per_node: {} is more than the {} devices that {} connects",
                    cluster.devices_per_node(), domain, device->scale_up()));
  }
  GpuCluster out;
  out.device = *device;
  out.stack = *stack;
  out.scale_up = *FindLink(catalogue, device->scale_up());
  out.scale_out = *FindLink(catalogue, device->scale_out());
  if (cluster.links().has_intra_node()) Change(cluster.links().intra_node(), &out.scale_up);
  if (cluster.links().has_inter_node()) Change(cluster.links().inter_node(), &out.scale_out);
  out.devices_per_node = std::max(1, cluster.devices_per_node());
  out.memory_bytes =
      static_cast<int64_t>(cluster.has_memory_mib() ? cluster.memory_mib() * kMib
                                                    : (device->memory_gib() - stack->context_gib()) * kGib);
  return out;
}

std::string GpuCluster::Evidence() const {
  return fmt::format("catalogue: {} ({}), stack {}; laws fitted on {}; nothing was measured here",
                     device.name(), device.source(), stack.name(),
                     device.fitted_on().empty() ? "published figures alone" : device.fitted_on());
}

}  // namespace ringside::sim
