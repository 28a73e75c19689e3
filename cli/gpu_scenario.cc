#include "cli/gpu_scenario.h"

#include <charconv>
#include <filesystem>
#include <utility>

#include "base/status_macros.h"
#include "fmt/format.h"
#include "proto/yaml.h"

namespace ringside::cli {
namespace {

constexpr int kMostRanks = 1 << 20;

// Of "DEVICE:N"; 0: no N.
absl::StatusOr<int> DevicesIn(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return 0;
  int ranks = 0;
  const char *begin = text.data() + colon + 1, *end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(begin, end, ranks);
  if (error != std::errc() || parsed != end || ranks < 1 || ranks > kMostRanks) {
    return absl::InvalidArgumentError(
        fmt::format("--cluster {}: use DEVICE:N with N devices, 1 to {}", text, kMostRanks));
  }
  return ranks;
}

}  // namespace

absl::StatusOr<GpuScenario> ReadScenario(const std::string& path, const std::string& cluster, int ranks) {
  GpuScenario out;
  out.path = path;
  RINGSIDE_ASSIGN_OR_RETURN(out.text, proto::ReadYamlText(path));
  RINGSIDE_RETURN_IF_ERROR(proto::ParseYaml(out.text, path, &out.scenario));
  if (!out.scenario.has_name()) out.scenario.set_name(std::filesystem::path(path).stem().string());
  v1::ClusterSpec* spec = out.scenario.mutable_cluster();
  RINGSIDE_ASSIGN_OR_RETURN(const int devices, DevicesIn(cluster));
  if (devices > 0 && ranks > 0 && ranks != devices) {
    return absl::InvalidArgumentError(
        fmt::format("--ranks {}: --cluster {} says otherwise; leave one of them out", ranks, cluster));
  }
  if (!cluster.empty()) spec->set_device(cluster.substr(0, cluster.rfind(':')));
  out.ranks = devices > 0 ? devices : ranks;
  if (out.ranks == 0) return out;
  spec->clear_nodes(), spec->clear_devices_per_node();
  v1::ParallelPlan* plan = out.scenario.mutable_plan();
  const int64_t ways = int64_t{plan->has_tp() ? plan->tp() : 1} * (plan->has_pp() ? plan->pp() : 1) *
                       (plan->has_cp() ? plan->cp() : 1);
  if (!plan->has_dp() && ways > 0 && out.ranks % ways == 0) plan->set_dp(static_cast<int>(out.ranks / ways));
  return out;
}

int RanksOf(const v1::Scenario& scenario) {
  const v1::ClusterSpec& cluster = scenario.cluster();
  if (cluster.has_nodes() && cluster.has_devices_per_node())
    return cluster.nodes() * cluster.devices_per_node();
  const v1::ParallelPlan& plan = scenario.plan();
  if (!plan.has_dp() && !plan.has_tp() && !plan.has_pp() && !plan.has_cp()) return 0;
  const auto ways = [](bool given, int n) { return given ? n : 1; };
  return ways(plan.has_dp(), plan.dp()) * ways(plan.has_tp(), plan.tp()) * ways(plan.has_pp(), plan.pp()) *
         ways(plan.has_cp(), plan.cp());
}

}  // namespace ringside::cli
