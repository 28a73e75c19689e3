// Scenarios for tests: small models under any layout.
#pragma once

#include <algorithm>
#include <random>

#include "ringside/v1/scenario.pb.h"

namespace ringside::plan {

struct Layout {
  int dp = 1, tp = 1, pp = 1, micro_batch = 1, micro_batches = 1;
  v1::PipelineSchedule schedule = v1::SCHEDULE_1F1B;
  bool overlap = false;
  double bucket_mib = 4;
  int zero = 0;
  v1::Recompute recompute = v1::RECOMPUTE_NONE;
};

inline v1::Scenario ScenarioOf(const Layout& layout, const char* preset = "gpt2-nano") {
  v1::Scenario scenario;
  scenario.set_name("test");
  scenario.mutable_model()->set_preset(preset);
  v1::ParallelPlan* plan = scenario.mutable_plan();
  plan->set_dp(layout.dp);
  plan->set_tp(layout.tp);
  plan->set_pp(layout.pp);
  plan->set_micro_batch(layout.micro_batch);
  plan->set_micro_batches(layout.micro_batches);
  plan->set_schedule(layout.schedule);
  plan->set_bucket_mib(layout.bucket_mib);
  plan->set_zero(layout.zero);
  plan->set_recompute(layout.recompute);
  if (layout.overlap) plan->add_overlap(v1::OVERLAP_GRAD_REDUCE);
  return scenario;
}

// A layout on at most `max_ranks` ranks that divides a model of `layers` layers and `heads` heads and
// trains on `global_batch` sequences a step.
inline Layout DrawLayout(std::mt19937_64& rng, int max_ranks, int layers, int heads, int global_batch) {
  const auto draw = [&rng](int low, int high) { return std::uniform_int_distribution<int>(low, high)(rng); };
  for (;;) {
    Layout layout;
    layout.dp = draw(1, max_ranks), layout.tp = draw(1, max_ranks), layout.pp = draw(1, max_ranks);
    if (layout.dp * layout.tp * layout.pp > max_ranks) continue;
    if (heads % layout.tp != 0 || layers % layout.pp != 0 || global_batch % layout.dp != 0) continue;
    layout.micro_batch = draw(1, global_batch / layout.dp);
    if (global_batch % (layout.dp * layout.micro_batch) != 0) continue;
    layout.micro_batches = global_batch / (layout.dp * layout.micro_batch);
    layout.schedule = draw(0, 1) == 0 ? v1::SCHEDULE_GPIPE : v1::SCHEDULE_1F1B;
    layout.overlap = draw(0, 1) == 0;
    layout.bucket_mib = draw(0, 1) == 0 ? 0.05 : 4;
    layout.zero = draw(0, 1);
    layout.recompute = static_cast<v1::Recompute>(draw(v1::RECOMPUTE_NONE, v1::RECOMPUTE_FULL));
    return layout;
  }
}

}  // namespace ringside::plan
