// Problems and plans for tests of the search.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "sim/catalogue/catalogue.h"
#include "sim/cost/gpu_cluster.h"
#include "sim/search/plan_point.h"

namespace ringside::sim::testing {

struct Problem {
  std::string preset, device;
  int ranks = 8, global_batch = 64, layers = 0, seq_len = 0;  // 0: as the preset has it
  std::string stack;
};

inline v1::Scenario ScenarioOf(const Problem& problem) {
  v1::Scenario base;
  base.set_name(problem.preset);
  base.mutable_model()->set_preset(problem.preset);
  if (problem.layers > 0) base.mutable_model()->set_layers(problem.layers);
  if (problem.seq_len > 0) base.mutable_model()->set_seq_len(problem.seq_len);
  base.mutable_cluster()->set_device(problem.device);
  if (!problem.stack.empty()) base.mutable_cluster()->set_stack(problem.stack);
  FillNodes(BuiltInCatalogue(), problem.ranks, base.mutable_cluster());
  base.mutable_plan()->set_precision(v1::PRECISION_BF16);
  base.mutable_plan()->set_bucket_mib(128);
  base.mutable_plan()->add_overlap(v1::OVERLAP_GRAD_REDUCE);
  base.mutable_plan()->add_overlap(v1::OVERLAP_PARAM_GATHER);
  return base;
}

inline std::vector<int> DivisorsOf(int n) {
  std::vector<int> all;
  for (int d = 1; d <= n; ++d) {
    if (n % d == 0) all.push_back(d);
  }
  return all;
}

// A valid plan for the problem.
inline PlanPoint DrawPoint(std::mt19937_64& rng, const plan::Resolved& model, int ranks, int global_batch) {
  const auto pick = [&rng](const std::vector<int>& of) {
    return of[std::uniform_int_distribution<size_t>(0, of.size() - 1)(rng)];
  };
  const auto draw = [&rng](int low, int high) { return std::uniform_int_distribution<int>(low, high)(rng); };
  for (;;) {
    PlanPoint p;
    p.tp = pick(DivisorsOf(ranks));
    p.pp = pick(DivisorsOf(ranks / p.tp));
    p.cp = draw(0, 2) == 0 ? pick(DivisorsOf(ranks / p.tp / p.pp)) : 1;
    p.dp = ranks / p.tp / p.pp / p.cp;
    if (global_batch % p.dp != 0) continue;
    p.ep = model.experts > 0 ? pick(DivisorsOf(p.dp)) : 1;
    p.micro_batch = pick(DivisorsOf(global_batch / p.dp));
    if (p.micro_batch > 8) continue;
    p.micro_batches = global_batch / p.dp / p.micro_batch;
    p.zero = draw(0, 3);
    p.zero_group = p.zero > 0 ? (draw(0, 1) == 0 ? p.dp * p.cp : pick(DivisorsOf(p.dp * p.cp))) : 1;
    p.schedule = static_cast<v1::PipelineSchedule>(draw(v1::SCHEDULE_GPIPE, v1::SCHEDULE_ZERO_BUBBLE));
    if (p.pp == 1) p.schedule = v1::SCHEDULE_1F1B;
    if (p.schedule == v1::SCHEDULE_INTERLEAVED) p.chunks = pick(DivisorsOf(std::max(1, model.layers / p.pp)));
    if (p.schedule == v1::SCHEDULE_INTERLEAVED && p.chunks == 1) continue;
    p.recompute = static_cast<v1::Recompute>(draw(v1::RECOMPUTE_NONE, v1::RECOMPUTE_FULL));
    p.sequence_parallel = p.tp > 1 && draw(0, 1) == 0;
    p.precision = v1::PRECISION_BF16;
    p.placement = draw(0, 7) == 0 ? v1::PLACEMENT_TP_ACROSS : v1::PLACEMENT_TP_INSIDE;
    if (IsValid(model, p)) return p;
  }
}

}  // namespace ringside::sim::testing
