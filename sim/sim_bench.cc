// Speed of the simulator: events a second of its machine, and whole plans a second of the search.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include "plan/compile.h"
#include "sim/cost/profile_cost_model.h"
#include "sim/profile.h"
#include "sim/search.h"
#include "sim/simulate.h"

namespace ringside::sim {
namespace {

double PeakRssMib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// One ring all-reduce, every rank on a node of its own behind a 100 Gbit/s link: ranks, MiB.
void BM_RingAllReduce(benchmark::State& state) {
  const auto ranks = static_cast<int>(state.range(0));
  SimulateRequest request;
  plan::Group everyone{"dp", {}};
  for (int r = 0; r < ranks; ++r) everyone.ranks.push_back(r);
  plan::Op op;
  op.kind = plan::OpKind::kAllReduce;
  op.stream = plan::Stream::kDp;
  op.group = 0;
  op.dims = {state.range(1) << 18};
  for (int r = 0; r < ranks; ++r) {
    plan::Program program;
    program.rank = program.node = r;
    program.world_size = ranks;
    program.groups = {everyone};
    program.ops = {op};
    request.programs.push_back(std::move(program));
  }
  request.profile = UncalibratedLocalCpu(1);
  request.core_sharing = CoreSharing::kPerNode;
  request.cluster.mutable_links()->mutable_inter_node()->set_gbps(100);
  request.steps = 1;
  int64_t events = 0;
  for (auto _ : state) {
    const auto timeline = SimulateTimes(request);
    if (!timeline.ok()) return state.SkipWithError(std::string(timeline.status().message()).c_str());
    events += timeline->events;
  }
  state.counters["events/s"] = benchmark::Counter(static_cast<double>(events), benchmark::Counter::kIsRate);
  state.counters["peak_rss_mib"] = PeakRssMib();
}
BENCHMARK(BM_RingAllReduce)
    ->Args({8, 4})
    ->Args({64, 4})
    ->Args({256, 4})
    ->Args({4096, 64})
    ->Unit(benchmark::kMillisecond);

// A training step of a small GPT on eight ranks that share two cores.
void BM_TrainingStep(benchmark::State& state) {
  v1::Scenario scenario;
  scenario.mutable_model()->set_preset("gpt2-tiny");
  scenario.mutable_plan()->set_dp(2);
  scenario.mutable_plan()->set_tp(2);
  scenario.mutable_plan()->set_pp(2);
  scenario.mutable_plan()->set_micro_batches(8);
  scenario.mutable_plan()->add_overlap(v1::OVERLAP_GRAD_REDUCE);
  const auto programs = plan::Compile(scenario);
  if (!programs.ok()) return state.SkipWithError(std::string(programs.status().message()).c_str());
  SimulateRequest request{*programs, UncalibratedLocalCpu(2)};
  request.steps = 4;
  int64_t events = 0;
  for (auto _ : state) {
    const auto timeline = SimulateTimes(request);
    if (!timeline.ok()) return state.SkipWithError(std::string(timeline.status().message()).c_str());
    events += timeline->events;
  }
  state.counters["events/s"] = benchmark::Counter(static_cast<double>(events), benchmark::Counter::kIsRate);
}
BENCHMARK(BM_TrainingStep)->Unit(benchmark::kMillisecond);

void BM_Search(benchmark::State& state) {
  v1::Scenario scenario;
  scenario.mutable_model()->set_preset("gpt2-tiny");
  SearchConstraints constraints;
  constraints.ranks = 4;
  constraints.global_batch = 16;
  int64_t plans = 0;
  for (auto _ : state) {
    const auto found =
        SearchPlans(scenario, constraints, UncalibratedLocalCpu(2), v1::OBJECTIVE_TOKENS_PER_S, 0);
    if (!found.ok()) return state.SkipWithError(std::string(found.status().message()).c_str());
    plans += static_cast<int64_t>(found->size());
  }
  state.counters["plans/s"] = benchmark::Counter(static_cast<double>(plans), benchmark::Counter::kIsRate);
}
BENCHMARK(BM_Search)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ringside::sim

BENCHMARK_MAIN();
