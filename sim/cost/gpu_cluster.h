// What a scenario's cluster is in the catalogue: device, software stack, links, and what they grant.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "ringside/v1/hardware.pb.h"
#include "ringside/v1/scenario.pb.h"
#include "sim/gpu/collective_law.h"

namespace ringside::sim {

inline constexpr const char* kDefaultStack = "megatron_te";

struct GpuCluster {
  v1::GpuDevice device;
  v1::SoftwareStack stack;
  v1::Interconnect scale_up, scale_out;  // as the cluster's links change them
  int devices_per_node = 8;              // that scale_up connects
  int64_t memory_bytes = 0;              // that a rank may allocate

  // Points into this.
  gpu::Fabric fabric() const { return {&scale_up, &scale_out, static_cast<double>(devices_per_node)}; }
  // Where its figures are from, one line.
  std::string Evidence() const;
};

// Whether the catalogue has the cluster's device.
bool InCatalogue(const v1::Catalogue& catalogue, const v1::ClusterSpec& cluster);

// Fills in what the catalogue knows better than plan::Resolve: nodes as large as the link inside of them
// allows. What is given stays. `ranks`: of the whole cluster.
void FillNodes(const v1::Catalogue& catalogue, int ranks, v1::ClusterSpec* cluster);

// `cluster` is resolved, or has passed FillNodes. Memory: memory_mib where it is given, else the device's
// less what the stack's context takes. A link's gbps scales the catalogue's rates by it over the link's peak,
// its latency_us is added to every step of a collective and to every message.
// NOT_FOUND: no such device or stack. INVALID_ARGUMENT: nodes larger than the link inside of them connects.
absl::StatusOr<GpuCluster> GpuClusterOf(const v1::Catalogue& catalogue, const v1::ClusterSpec& cluster);

}  // namespace ringside::sim
