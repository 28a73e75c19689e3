#include "coordinator/launch/virtual_node_launcher.h"

#include <fstream>
#include <memory>

#include "base/status_macros.h"
#include "coordinator/launch/mpirun.h"
#include "coordinator/launch/virtual_network.h"
#include "fmt/format.h"

namespace ringside::coordinator {
namespace {

// Called by mpirun as `agent HOST COMMAND...` and behaving as ssh does: the words are joined and given to a
// shell on HOST. Each node has its own host name, which is how Open MPI tells which ranks share memory.
constexpr char kAgent[] = R"(host=$1; shift
exec ip netns exec "$host" unshare --uts /bin/bash -c 'hostname "$1"; shift; exec /bin/bash -c "$*"' _ "$host" "$@"
)";

std::string Prefix(const std::string& job_id) {
  return fmt::format("rs-{}-", job_id);
}

absl::Status WriteFile(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::trunc);
  out << text;
  out.close();
  if (out) return absl::OkStatus();
  return absl::UnavailableError(fmt::format("cannot write {}; is the disk full?", path));
}

std::vector<VirtualLink> LinksOf(const LaunchSpec& spec) {
  const v1::Link& wanted = spec.cluster.links().inter_node();
  std::vector<VirtualLink> links(static_cast<size_t>(spec.cluster.nodes()),
                                 {wanted.gbps(), wanted.latency_us()});
  for (const v1::Fault& fault : spec.faults) {
    if (!fault.has_slow_link()) continue;
    const int node = fault.slow_link().node();
    if (node >= 0 && node < static_cast<int>(links.size())) links[node].gbps = fault.slow_link().gbps();
  }
  return links;
}

}  // namespace

absl::StatusOr<Launched> VirtualNodeLauncher::Start(const LaunchSpec& spec, OnExit on_exit) {
  RINGSIDE_ASSIGN_OR_RETURN(VirtualNetwork built,
                            VirtualNetwork::Create(Prefix(spec.id.job_id), LinksOf(spec)));
  const auto network = std::make_shared<VirtualNetwork>(std::move(built));  // gone with the last process

  RINGSIDE_ASSIGN_OR_RETURN(const std::string worker, processes_->WorkerPath());
  RINGSIDE_ASSIGN_OR_RETURN(auto scratch, MakeScratchDirs(spec.id.job_id));
  RINGSIDE_ASSIGN_OR_RETURN(const std::vector<std::string> mpirun, MpirunPrefix(spec, *scratch));
  const std::string& session = scratch->session->path();
  const std::string agent = session + "/agent.sh", hosts = session + "/hosts";
  std::string lines;
  for (const int node : spec.node_of_rank) lines += network->NodeName(node) + "\n";  // one per rank, in order
  RINGSIDE_RETURN_IF_ERROR(WriteFile(agent, kAgent));
  RINGSIDE_RETURN_IF_ERROR(WriteFile(hosts, lines));

  const std::string first = network->NodeName(spec.node_of_rank.front());
  std::vector<std::string> argv = {
      "/bin/bash", "-c",
      "exec ip netns exec \"$0\" unshare --uts /bin/bash -c 'hostname \"$0\"; exec \"$@\"' \"$0\" \"$@\"",
      first};
  argv.insert(argv.end(), mpirun.begin(), mpirun.end());
  argv.insert(argv.end(), {"--hostfile", hosts, "--map-by", "seq", "--oversubscribe"});
  for (const auto& [name, value] :
       std::initializer_list<std::pair<const char*, std::string>>{{"plm", "rsh"},
                                                                  {"plm_rsh_agent", "/bin/bash " + agent},
                                                                  {"plm_rsh_no_tree_spawn", "1"},
                                                                  {"oob_tcp_if_include", "eth0"},
                                                                  {"btl", "self,vader,tcp"},
                                                                  {"btl_tcp_if_include", "eth0"}}) {
    argv.insert(argv.end(), {"--mca", name, value});
  }
  argv.push_back(worker);

  const std::string note = network->note();  // before Start: the exit takes the network down
  auto after_exit = [network](LauncherExit& exit) {
    const std::string evidence = network->Evidence();
    if (!evidence.empty()) exit.note += (exit.note.empty() ? "" : "; ") + evidence;
    VirtualNetwork(std::move(*network));
  };
  RINGSIDE_RETURN_IF_ERROR(processes_->StartCommand(spec, std::move(argv), std::move(scratch),
                                                    std::move(after_exit), std::move(on_exit)));
  return Launched{"virtual-nodes", note};
}

void VirtualNodeLauncher::RemoveLeftovers(const std::string& job_id) {
  processes_->RemoveLeftovers(job_id);
  VirtualNetwork::Remove(Prefix(job_id));
}

}  // namespace ringside::coordinator
