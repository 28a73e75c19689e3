// Scenarios for tests: small models under any layout.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <string>

#include "ringside/v1/scenario.pb.h"

namespace ringside::plan {

struct Layout {
  int dp = 1, tp = 1, pp = 1, micro_batch = 1, micro_batches = 1;
  v1::PipelineSchedule schedule = v1::SCHEDULE_1F1B;
  bool overlap = false;
  double bucket_mib = 4;
  int zero = 0;
  v1::Recompute recompute = v1::RECOMPUTE_NONE;
  int cp = 1, ep = 1;
  bool sequence_parallel = false;
  int interleave = 1;
  int zero_group = 0;  // 0: all replicas
  v1::CollectiveAlgorithm algorithm = v1::ALGORITHM_AUTO;

  int ranks() const { return dp * tp * pp * cp; }
};

inline v1::Scenario ScenarioOf(const Layout& layout, const char* preset = "gpt2-nano") {
  v1::Scenario scenario;
  scenario.set_name("test");
  scenario.mutable_model()->set_preset(preset);
  v1::ParallelPlan* plan = scenario.mutable_plan();
  plan->set_dp(layout.dp);
  plan->set_tp(layout.tp);
  plan->set_pp(layout.pp);
  plan->set_cp(layout.cp);
  plan->set_ep(layout.ep);
  plan->set_micro_batch(layout.micro_batch);
  plan->set_micro_batches(layout.micro_batches);
  plan->set_schedule(layout.schedule);
  plan->set_interleave(layout.interleave);
  plan->set_bucket_mib(layout.bucket_mib);
  plan->set_zero(layout.zero);
  if (layout.zero_group > 0) plan->set_zero_group(layout.zero_group);
  plan->set_recompute(layout.recompute);
  plan->set_algorithm(layout.algorithm);
  plan->set_sequence_parallel(layout.sequence_parallel);
  if (layout.overlap) {
    plan->add_overlap(v1::OVERLAP_GRAD_REDUCE);
    plan->add_overlap(v1::OVERLAP_PARAM_GATHER);
  }
  return scenario;
}

inline std::string ToString(const Layout& l) {
  return fmt::format(
      "dp{} tp{} pp{} cp{} ep{}, micro_batch {} x {}, {} interleave {}{}{}, zero {} group {}, recompute {}, "
      "bucket {}, {}",
      l.dp, l.tp, l.pp, l.cp, l.ep, l.micro_batch, l.micro_batches, v1::PipelineSchedule_Name(l.schedule),
      l.interleave, l.sequence_parallel ? " sp" : "", l.overlap ? " overlap" : "", l.zero, l.zero_group,
      v1::Recompute_Name(l.recompute), l.bucket_mib, v1::CollectiveAlgorithm_Name(l.algorithm));
}

// What a layout has to fit: layouts are drawn to divide it.
struct LayoutLimits {
  int max_ranks = 8, layers = 4, heads = 4, seq_len = 16, global_batch = 8;
  int experts = 0;
  bool context_parallel = true;  // false: experts with a capacity
};

// A random layout that trains on `global_batch` sequences a step.
inline Layout DrawLayout(std::mt19937_64& rng, const LayoutLimits& limits) {
  const auto draw = [&rng](int low, int high) { return std::uniform_int_distribution<int>(low, high)(rng); };
  for (;;) {
    Layout l;
    const int most = limits.max_ranks;
    l.dp = draw(1, most), l.tp = draw(1, std::min(most, limits.heads)),
    l.pp = draw(1, std::min(most, limits.layers));
    l.cp = limits.context_parallel && draw(0, 2) == 0 ? draw(2, 4) : 1;
    if (l.ranks() > most || limits.seq_len % (2 * l.cp) != 0) continue;
    if (limits.heads % l.tp != 0 || limits.layers % l.pp != 0 || limits.global_batch % l.dp != 0) continue;
    l.micro_batch = draw(1, limits.global_batch / l.dp);
    if (limits.global_batch % (l.dp * l.micro_batch) != 0) continue;
    l.micro_batches = limits.global_batch / (l.dp * l.micro_batch);
    l.schedule = static_cast<v1::PipelineSchedule>(draw(v1::SCHEDULE_GPIPE, v1::SCHEDULE_ZERO_BUBBLE));
    if (l.schedule == v1::SCHEDULE_INTERLEAVED) {
      l.interleave = draw(1, limits.layers / l.pp);
      if (l.pp == 1 || l.micro_batches % l.pp != 0 || limits.layers % (l.pp * l.interleave) != 0) continue;
    }
    l.overlap = draw(0, 1) == 0;
    l.bucket_mib = draw(0, 1) == 0 ? 0.05 : 4;
    l.zero = draw(0, 3);
    const int replicas = l.dp * l.cp;
    if (l.zero > 0 && draw(0, 2) == 0) {
      l.zero_group = draw(1, replicas);
      if (replicas % l.zero_group != 0) continue;
    }
    if (limits.experts > 0) {
      l.ep = draw(1, l.dp);
      if (l.dp % l.ep != 0 || limits.experts % l.ep != 0) continue;
    }
    l.recompute = static_cast<v1::Recompute>(draw(v1::RECOMPUTE_NONE, v1::RECOMPUTE_FULL));
    l.sequence_parallel = l.tp > 1 && draw(0, 1) == 0;
    if (l.sequence_parallel && l.micro_batch * limits.seq_len / l.cp % l.tp != 0) continue;
    return l;
  }
}

}  // namespace ringside::plan
