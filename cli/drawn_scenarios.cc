#include "cli/drawn_scenarios.h"

#include <random>
#include <string>

#include "fmt/format.h"
#include "plan/testing.h"

namespace ringside::cli {
namespace {

constexpr plan::LayoutLimits kLimits = {
    .max_ranks = 4, .layers = 4, .heads = 4, .seq_len = 64, .global_batch = 8, .context_parallel = false};
constexpr double kGbps[] = {0.5, 1, 2, 5};

// "SCHEDULE_1F1B" -> "1F1B": a name has 100 characters.
std::string Short(const std::string& name) {
  return name.substr(name.find('_') + 1);
}

}  // namespace

std::vector<v1::Scenario> DrawScenarios(int count, uint64_t seed) {
  std::mt19937_64 rng(seed);
  std::vector<v1::Scenario> scenarios;
  for (int i = 0; i < count; ++i) {
    const bool limited = i % 2 == 1;
    plan::Layout layout = plan::DrawLayout(rng, kLimits);
    while (limited && layout.ranks() == 1) layout = plan::DrawLayout(rng, kLimits);
    v1::Scenario scenario = plan::ScenarioOf(layout, "gpt2-tiny");
    std::string name = fmt::format(
        "{} dp{} tp{}{} pp{} {} x {} of {}, {}, zero {}/{}{}, {}", i, layout.dp, layout.tp,
        layout.sequence_parallel ? "sp" : "", layout.pp, layout.micro_batches, layout.interleave,
        layout.micro_batch, Short(v1::PipelineSchedule_Name(layout.schedule)), layout.zero, layout.zero_group,
        layout.overlap ? " overlap" : "", Short(v1::Recompute_Name(layout.recompute)));
    if (limited) {
      // Nodes of one rank, or two of them with half of the ranks each.
      const int ranks = layout.ranks();
      const int nodes = ranks % 2 == 0 && rng() % 2 == 0 ? 2 : ranks;
      const double gbps = kGbps[rng() % std::size(kGbps)];
      v1::ClusterSpec* cluster = scenario.mutable_cluster();
      cluster->set_nodes(nodes);
      cluster->set_devices_per_node(ranks / nodes);
      cluster->mutable_links()->mutable_inter_node()->set_gbps(gbps);
      name += fmt::format(", {} nodes {} Gbit/s", nodes, gbps);
    }
    scenario.set_name(name);
    scenario.mutable_run()->set_steps(12);
    scenario.mutable_run()->set_warmup(2);
    scenarios.push_back(std::move(scenario));
  }
  return scenarios;
}

}  // namespace ringside::cli
