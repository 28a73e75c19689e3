#include "tests/smpi/smpi.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>

#include "plan/collective.h"

namespace ringside::smpi {
namespace {

constexpr const char* kOptions =
    "--cfg=network/model:CM02 --cfg=network/optim:Full --cfg=network/bandwidth-factor:1 "
    "--cfg=network/latency-factor:1 "
    "--cfg=network/TCP-gamma:0 --cfg=network/crosstraffic:0 --cfg=network/weight-S:0 "
    "--cfg=smpi/send-is-detached-thresh:0 --cfg=smpi/async-small-thresh:0 --cfg=smpi/simulate-computation:no "
    "--cfg=smpi/wtime:0 --cfg=smpi/init:0 --cfg=smpi/os:0:0:0:0:0 --cfg=smpi/ois:0:0:0:0:0 "
    "--cfg=smpi/or:0:0:0:0:0 "
    "--cfg=surf/precision:1e-12 --cfg=maxmin/precision:1e-12 --log=root.thres:warning";

struct Outcome {
  int exit_status = -1;
  std::string output;
};

Outcome Shell(const std::string& command) {
  Outcome outcome;
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return outcome;
  std::array<char, 4096> part;
  for (size_t n; (n = std::fread(part.data(), 1, part.size(), pipe)) > 0;)
    outcome.output.append(part.data(), n);
  const int status = pclose(pipe);
  if (WIFEXITED(status)) outcome.exit_status = WEXITSTATUS(status);
  return outcome;
}

void Write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string Link(const std::string& id, double gbps, double latency_us) {
  constexpr double kNoLimitGbps = 1e9;
  return fmt::format("<link id=\"{}\" bandwidth=\"{}Gbps\" latency=\"{}us\" sharing_policy=\"SHARED\"/>\n",
                     id, gbps > 0 ? gbps : kNoLimitGbps, latency_us);
}

}  // namespace

std::string PlatformXml(const std::vector<plan::Program>& programs, const v1::ClusterSpec& cluster,
                        const std::vector<v1::Fault>& faults, double software_latency_us) {
  const v1::Link &inter = cluster.links().inter_node(), &intra = cluster.links().intra_node();
  const auto rate_of_node = [&](int node) {
    double gbps = inter.gbps();
    for (const v1::Fault& fault : faults) {
      if (fault.slow_link().node() == node) gbps = std::min(gbps, fault.slow_link().gbps());
    }
    return gbps;
  };
  std::string hosts, links, routes;
  int nodes = 0;
  for (const plan::Program& program : programs) {
    hosts += fmt::format("<host id=\"rank{}\" speed=\"1Gf\"/>\n", program.rank);
    // The latency of a way stands at its beginning.
    links += Link(fmt::format("out_of_rank{}", program.rank), intra.gbps(),
                  intra.latency_us() + software_latency_us);
    links += Link(fmt::format("into_rank{}", program.rank), intra.gbps(), 0);
    nodes = std::max(nodes, program.node + 1);
    for (const plan::Program& to : programs) {
      const bool inside = to.node == program.node;
      routes += fmt::format(
          "<route src=\"rank{0}\" dst=\"rank{1}\" symmetrical=\"NO\"><link_ctn id=\"out_of_{2}{3}\"/>"
          "<link_ctn id=\"into_{2}{4}\"/></route>\n",
          program.rank, to.rank, inside ? "rank" : "node", inside ? program.rank : program.node,
          inside ? to.rank : to.node);
    }
  }
  for (int node = 0; node < nodes; ++node) {
    links += Link(fmt::format("out_of_node{}", node), rate_of_node(node),
                  inter.latency_us() + software_latency_us);
    links += Link(fmt::format("into_node{}", node), rate_of_node(node), 0);
  }
  return fmt::format(
      "<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n"
      "<platform version=\"4.1\"><zone id=\"star\" routing=\"Full\">\n{}{}{}</zone></platform>\n",
      hosts, links, routes);
}

std::string RoundsText(const std::vector<plan::Program>& programs) {
  std::string text = fmt::format("{}\n", programs.size());
  for (const plan::Program& program : programs) {
    std::map<plan::Stream, std::pair<int, std::string>> streams;  // rounds, and their text
    for (const plan::Op& op : program.ops) {
      if (!plan::IsCommunication(op.kind)) continue;
      auto& [count, rounds] = streams[op.stream];
      const int64_t elem_bytes =
          plan::SizeOf(op.operands.empty() ? program.real : program.buffers[op.operands[0].buffer].dtype);
      for (const plan::Round& round : plan::RoundsOf(op, program.groups, program.rank)) {
        if (round.send_count == 0 && round.recv_count == 0) continue;
        ++count;
        const auto payload = [&](int64_t elems) {
          return std::max<int64_t>(0, elems * elem_bytes - kEnvelopeBytes);
        };
        rounds +=
            fmt::format("{} {} {} {}\n", round.send_count > 0 ? round.send_to : -1, payload(round.send_count),
                        round.recv_count > 0 ? round.recv_from : -1, payload(round.recv_count));
      }
    }
    text += fmt::format("{}\n", streams.size());
    for (const auto& [stream, rounds] : streams) {
      const plan::Stream tag = std::min(stream, plan::Counterpart(stream));  // both ends'
      text += fmt::format("{} {}\n{}", static_cast<int>(tag), rounds.first, rounds.second);
    }
  }
  return text;
}

absl::StatusOr<Smpi> Smpi::Create(const std::string& folder) {
  if (Shell("command -v smpicc && command -v smpirun").exit_status != 0) {
    return absl::NotFoundError("no smpicc and smpirun here (Debian: libsimgrid-dev)");
  }
  for (const char* program : {"replay", "collective"}) {
    const Outcome outcome = Shell(fmt::format("smpicc -std=gnu11 -O1 -Wall -Werror '{0}/{1}.c' -o '{2}/{1}'",
                                              RINGSIDE_SMPI_PROGRAMS, program, folder));
    if (outcome.exit_status != 0) return absl::InternalError("smpicc failed: " + outcome.output);
  }
  return Smpi(folder);
}

absl::StatusOr<double> Smpi::Replay(const std::string& platform_xml, const std::string& rounds,
                                    int ranks) const {
  Write(folder_ + "/rounds.txt", rounds);
  return Run(platform_xml, "./replay rounds.txt", ranks);
}

absl::StatusOr<double> Smpi::Collective(const std::string& platform_xml, const std::string& kind,
                                        const std::string& algorithm, int64_t elems, int ranks) const {
  return Run(platform_xml, fmt::format("--cfg=smpi/{} ./collective {} {}", algorithm, kind, elems), ranks);
}

absl::StatusOr<double> Smpi::Run(const std::string& platform_xml, const std::string& command,
                                 int ranks) const {
  std::string hosts;
  for (int r = 0; r < ranks; ++r) hosts += fmt::format("rank{}\n", r);
  Write(folder_ + "/platform.xml", platform_xml);
  Write(folder_ + "/hosts.txt", hosts);
  // The programs have no variables outside of functions: one copy of them serves all ranks.
  const Outcome outcome =
      Shell(fmt::format("cd '{}' && timeout 50 smpirun -np {} -platform platform.xml -hostfile hosts.txt "
                        "-no-privatize {} {}",
                        folder_, ranks, kOptions, command));
  std::istringstream lines(outcome.output);
  double first_began = 1e9, last_began = 0, last_ended = 0;
  int seen = 0;
  for (std::string line; std::getline(lines, line);) {
    int rank;
    double began, ended;
    if (std::sscanf(line.c_str(), "rank %d began %lf ended %lf", &rank, &began, &ended) != 3) continue;
    ++seen;
    first_began = std::min(first_began, began);
    last_began = std::max(last_began, began);
    last_ended = std::max(last_ended, ended);
  }
  if (outcome.exit_status != 0 || seen != ranks || first_began != last_began) {
    return absl::InternalError(
        fmt::format("smpirun ended with {}, {} of {} ranks are through, they began at {} to {} s: {}",
                    outcome.exit_status, seen, ranks, first_began, last_began, outcome.output));
  }
  return last_ended - first_began;
}

}  // namespace ringside::smpi
