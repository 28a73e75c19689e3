#include "sim/search/peak_memory.h"

#include <algorithm>
#include <set>

#include "plan/mesh.h"

namespace ringside::sim {
namespace {

constexpr int kFew = 4;  // micro-batches after which GPipe grows evenly

plan::PeakMemory PeakOf(const plan::Resolved& r, int stage, int micro_batches) {
  plan::Resolved shorter = r;
  shorter.micro_batches = micro_batches;
  shorter.scenario.mutable_plan()->set_micro_batches(micro_batches);
  return plan::PredictPeakMemory(plan::CompileRank(shorter, plan::RankAt(r, {stage, 0, 0, 0})));
}

// Micro-batches that fill the pipeline and one that follows.
int Enough(const plan::Resolved& r) {
  if (r.schedule == v1::SCHEDULE_GPIPE) return std::min(r.micro_batches, kFew);
  if (r.schedule == v1::SCHEDULE_INTERLEAVED) return std::min(r.micro_batches, 2 * r.pp);
  return std::min(r.micro_batches, r.pp + 2);
}

}  // namespace

plan::PeakMemory PeakOfStage(const plan::Resolved& r, int stage) {
  if (r.schedule != v1::SCHEDULE_GPIPE || r.micro_batches <= kFew) return PeakOf(r, stage, Enough(r));
  plan::PeakMemory memory = PeakOf(r, stage, kFew);
  const plan::PeakMemory before = PeakOf(r, stage, kFew - 1);
  const int more = r.micro_batches - kFew;
  memory.total += more * (memory.total - before.total);
  for (int c = 0; c < plan::kNumCategories; ++c) {
    memory.by_category[c] += more * (memory.by_category[c] - before.by_category[c]);
  }
  return memory;
}

PlanPeak PeakOfPlan(const plan::Resolved& r) {
  std::set<int> stages = {0, r.pp - 1, std::min(1, r.pp - 1), std::max(0, r.pp - 2)};
  if (r.schedule == v1::SCHEDULE_ZERO_BUBBLE) {
    for (int s = 0; s < r.pp; ++s) stages.insert(s);
  }
  PlanPeak peak;
  for (const int stage : stages) {
    const plan::PeakMemory memory = PeakOfStage(r, stage);
    if (memory.total > peak.memory.total) peak = {memory, stage};
  }
  return peak;
}

}  // namespace ringside::sim
