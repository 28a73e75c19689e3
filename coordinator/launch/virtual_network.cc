#include "coordinator/launch/virtual_network.h"

#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "base/virtual_link.h"
#include "coordinator/launch/command.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace ringside::coordinator {
namespace {

constexpr int kMaxNodes = 200;  // host numbers of one /24

std::string Address(int node) {
  return fmt::format("10.77.0.{}/24", 10 + node);
}

std::vector<std::string> Words(const std::string& text) {
  return absl::StrSplit(text, ' ', absl::SkipEmpty());
}

// Bytes and drops of the queueing discipline or, without one, of the interface.
struct LinkCounters {
  int64_t sent_bytes = 0;
  int64_t dropped = 0;
};

absl::StatusOr<LinkCounters> ReadCounters(const std::string& network, bool limited) {
  const auto text = limited ? RunCommand(Words(fmt::format("tc -n {} -s -j qdisc show dev eth0", network)))
                            : RunCommand(Words(fmt::format("ip -n {} -s -j link show dev eth0", network)));
  if (!text.ok()) return text.status();
  const auto json = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_array() || json.empty()) return absl::DataLossError("no counters");
  LinkCounters counters;
  if (limited) {
    counters.sent_bytes = json[0].value("bytes", int64_t{0});
    counters.dropped = json[0].value("drops", int64_t{0});
  } else if (const auto stats = json[0].find("stats64"); stats != json[0].end() && stats->contains("tx")) {
    counters.sent_bytes = (*stats)["tx"].value("bytes", int64_t{0});
    counters.dropped = (*stats)["tx"].value("dropped", int64_t{0});
  }
  return counters;
}

}  // namespace

absl::StatusOr<VirtualNetwork> VirtualNetwork::Create(const std::string& prefix,
                                                      const std::vector<VirtualLink>& links) {
  if (links.size() > kMaxNodes) {
    return absl::UnavailableError(fmt::format("{} virtual nodes are more than {}", links.size(), kMaxNodes));
  }
  Remove(prefix);  // of an earlier attempt that was killed
  VirtualNetwork network(prefix, links);
  const absl::Status status = network.Build();
  if (!status.ok()) return absl::UnavailableError(status.message());
  return network;
}

VirtualNetwork::VirtualNetwork(VirtualNetwork&& other) noexcept
    : prefix_(std::exchange(other.prefix_, "")),
      links_(std::move(other.links_)),
      note_(std::move(other.note_)) {}

VirtualNetwork::~VirtualNetwork() {
  if (!prefix_.empty()) Remove(prefix_);
}

std::string VirtualNetwork::NodeName(int node) const {
  return fmt::format("{}n{}", prefix_, node);
}

absl::Status VirtualNetwork::Build() {
  const std::string bridge = prefix_ + "sw";
  RINGSIDE_RETURN_IF_ERROR(RunCommands({Words("ip netns add " + bridge),
                                        Words(fmt::format("ip -n {} link add br0 type bridge", bridge)),
                                        Words(fmt::format("ip -n {} link set br0 up", bridge))}));
  for (int node = 0; node < static_cast<int>(links_.size()); ++node) {
    RINGSIDE_RETURN_IF_ERROR(BuildNode(node));
    RINGSIDE_RETURN_IF_ERROR(LimitLink(node));
  }
  return absl::OkStatus();
}

absl::Status VirtualNetwork::BuildNode(int node) {
  const std::string bridge = prefix_ + "sw", name = NodeName(node);
  return RunCommands({
      Words("ip netns add " + name),
      Words(fmt::format("ip -n {} link add p{} type veth peer name eth0 netns {}", bridge, node, name)),
      Words(fmt::format("ip -n {} link set p{} master br0 up", bridge, node)),
      Words(fmt::format("ip -n {} addr add {} dev eth0", name, Address(node))),
      Words(fmt::format("ip -n {} link set eth0 up", name)),
      Words(fmt::format("ip -n {} link set lo up", name)),
  });
}

absl::Status VirtualNetwork::LimitLink(int node) {
  const VirtualLink& link = links_[node];
  const std::string ends[2] = {fmt::format("-n {} qdisc add dev eth0", NodeName(node)),
                               fmt::format("-n {}sw qdisc add dev p{}", prefix_, node)};
  for (const std::string& end : ends) {
    if (link.gbps > 0) {
      // A long queue (400 ms): a short one drops, and TCP's timeouts then hide the link's rate.
      RINGSIDE_RETURN_IF_ERROR(
          RunCommand(Words(fmt::format("tc {} root handle 1: tbf rate {:.0f}bit burst {} latency 400ms", end,
                                       link.gbps * 1e9, VirtualLinkBurstBytes(link.gbps))))
              .status());
    }
  }
  if (link.latency_us <= 0) return absl::OkStatus();
  // On the way out of a node only: a path then crosses it once.
  const auto delayed =
      RunCommand(Words(fmt::format("tc {} {} netem delay {:.0f}us", ends[0],
                                   link.gbps > 0 ? "parent 1:1 handle 10:" : "root", link.latency_us)));
  if (!delayed.ok()) {
    note_ = "links.inter_node.latency_us was not applied: this kernel has no netem (sch_netem)";
  }
  return absl::OkStatus();
}

std::string VirtualNetwork::Evidence() const {
  std::string text;
  for (int node = 0; node < static_cast<int>(links_.size()); ++node) {
    const bool limited = links_[node].gbps > 0;
    const auto counters = ReadCounters(NodeName(node), limited);
    if (!counters.ok()) continue;
    const std::string rate = limited ? fmt::format("{:g} Gbit/s", links_[node].gbps) : "no limit";
    text += fmt::format("{}node {} ({}): sent {:.1f} MB, dropped {}", text.empty() ? "" : "; ", node, rate,
                        static_cast<double>(counters->sent_bytes) / 1e6, counters->dropped);
  }
  return text;
}

void VirtualNetwork::Remove(const std::string& prefix) {
  const auto list = RunCommand({"ip", "netns", "list"});
  if (!list.ok()) return;
  for (const auto line : absl::StrSplit(*list, '\n', absl::SkipEmpty())) {
    const std::string name = Words(std::string(line.data(), line.size())).at(0);
    if (name.starts_with(prefix)) (void)RunCommand({"ip", "netns", "del", name}).status();
  }
}

absl::Status ProbeVirtualNodes() {
  for (const char* tool : {"ip", "tc", "unshare", "hostname"}) {
    if (!FindExecutable(tool).ok()) {
      return absl::UnavailableError(
          fmt::format("virtual nodes need the program {}, which is not installed", tool));
    }
  }
  if (::geteuid() != 0) {
    return absl::UnavailableError(
        "virtual nodes need root (CAP_SYS_ADMIN and CAP_NET_ADMIN) to make network namespaces");
  }
  const auto network =
      VirtualNetwork::Create(fmt::format("rs-probe{}-", ::getpid()), {VirtualLink{.gbps = 1}, VirtualLink{}});
  if (network.ok()) return absl::OkStatus();
  return absl::UnavailableError(fmt::format("this machine does not let Ringside make virtual nodes: {}",
                                            std::string(network.status().message())));
}

}  // namespace ringside::coordinator
