// Nodes of one machine as network namespaces: each has its own interface eth0 on a common bridge, and a token
// bucket (tc tbf) on both directions of its link. Everything, bridge included, lies in namespaces whose names
// begin with one prefix; nothing is added to the machine's own network, so no addresses can collide.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ringside::coordinator {

struct VirtualLink {
  double gbps = 0;        // 10^9 bit/s, each direction; 0: no limit
  double latency_us = 0;  // one way, half on each end of the path; 0: as it is
};

class VirtualNetwork {
 public:
  // One node per link. UNAVAILABLE names the command that failed and what it said; nothing is left then.
  static absl::StatusOr<VirtualNetwork> Create(const std::string& prefix,
                                               const std::vector<VirtualLink>& links);
  // Removes every namespace whose name begins with `prefix`.
  static void Remove(const std::string& prefix);

  VirtualNetwork(VirtualNetwork&& other) noexcept;
  VirtualNetwork& operator=(VirtualNetwork&&) = delete;
  ~VirtualNetwork();

  // The namespace of a node, which is also its host name.
  std::string NodeName(int node) const;
  // What could not be had, e.g. latency without netem; empty: nothing.
  const std::string& note() const { return note_; }
  // What the kernel counted: "node 0 (1 Gbit/s): sent 12.3 MB, dropped 0; ...".
  std::string Evidence() const;

 private:
  VirtualNetwork(std::string prefix, std::vector<VirtualLink> links)
      : prefix_(std::move(prefix)), links_(std::move(links)) {}
  absl::Status Build();
  absl::Status BuildNode(int node);
  absl::Status LimitLink(int node);

  std::string prefix_;  // empty: moved from
  std::vector<VirtualLink> links_;
  std::string note_;
};

// OK, or one plain sentence why this machine cannot have virtual nodes. Builds a tiny network and removes it.
absl::Status ProbeVirtualNodes();

}  // namespace ringside::coordinator
