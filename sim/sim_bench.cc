// Speed of the simulator: events a second of its machine, folded steps of large clusters, plans a second of
// the fast form, and whole searches.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "plan/compile.h"
#include "sim/catalogue/catalogue.h"
#include "sim/cost/gpu_fold_costs.h"
#include "sim/cost/profile_cost_model.h"
#include "sim/fold/folded.h"
#include "sim/profile.h"
#include "sim/search/local_search.h"
#include "sim/search/gpu_search.h"
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

v1::Scenario OnH100(v1::Scenario scenario, int ranks) {
  scenario.mutable_cluster()->set_device("H100");
  FillNodes(BuiltInCatalogue(), ranks, scenario.mutable_cluster());
  scenario.mutable_plan()->set_precision(v1::PRECISION_BF16);
  scenario.mutable_plan()->add_overlap(v1::OVERLAP_GRAD_REDUCE);
  scenario.mutable_plan()->add_overlap(v1::OVERLAP_PARAM_GATHER);
  return scenario;
}

// A step of the trillion-parameter GPT of Narayanan et al. 2021 under interleaved 1F1B, on so many H100.
void BM_FoldedTrillion(benchmark::State& state) {
  v1::Scenario scenario;
  v1::ModelSpec* model = scenario.mutable_model();
  model->set_layers(128), model->set_hidden(25600), model->set_heads(160);
  model->set_vocab(51200), model->set_seq_len(2048);
  v1::ParallelPlan* plan = scenario.mutable_plan();
  plan->set_tp(8), plan->set_pp(64), plan->set_dp(static_cast<int>(state.range(0)) / 512);
  plan->set_micro_batches(256), plan->set_schedule(v1::SCHEDULE_INTERLEAVED), plan->set_interleave(2);
  plan->set_zero(1), plan->set_sequence_parallel(true), plan->set_recompute(v1::RECOMPUTE_SELECTIVE);
  const auto resolved = plan::Resolve(OnH100(scenario, static_cast<int>(state.range(0))));
  if (!resolved.ok()) return state.SkipWithError(std::string(resolved.status().message()).c_str());
  const GpuCluster cluster = *GpuClusterOf(BuiltInCatalogue(), resolved->scenario.cluster());
  for (auto _ : state) {
    const auto step = SimulateFolded(*resolved, GpuFoldCosts(cluster, *resolved));
    if (!step.ok()) return state.SkipWithError(std::string(step.status().message()).c_str());
    state.counters["instructions"] = static_cast<double>(step->instructions);
    state.counters["step_s"] = step->step_ns / 1e9;
  }
  state.counters["peak_rss_mib"] = PeakRssMib();
}
BENCHMARK(BM_FoldedTrillion)->Arg(1024)->Arg(16384)->Arg(131072)->Unit(benchmark::kMillisecond);

SearchRequest RequestOf(const char* preset, int ranks, int global_batch) {
  SearchRequest request;
  request.base.mutable_model()->set_preset(preset);
  request.base = OnH100(request.base, ranks);
  request.base.mutable_plan()->set_bucket_mib(128);
  request.space.ranks = ranks, request.space.global_batch = global_batch;
  return request;
}

// The fast form of plans of the 175-billion GPT on 1,024 H100, with block costs that are remembered.
void BM_FastForm(benchmark::State& state) {
  const bool lower = state.range(0) == 1;
  const SearchRequest request = RequestOf("gpt3-175b", 1024, 1536);
  const GpuCluster cluster = *GpuClusterOf(BuiltInCatalogue(), request.base.cluster());
  const auto form = FastForm::Create(request.base, cluster, PlanPoint());
  if (!form.ok()) return state.SkipWithError(std::string(form.status().message()).c_str());
  std::vector<PlanPoint> points;
  int64_t seen = 0;
  ForEachPoint(request.space, (*form)->model(), [&](const PlanPoint& point) {
    if (++seen % 997 == 0) points.push_back(point);
    return true;
  });
  std::mt19937 rng(1);
  std::shuffle(points.begin(), points.end(), rng);
  const auto ask = [&](const PlanPoint& point) {
    return lower ? (*form)->LowerBoundNs(point) : (*form)->EstimateNs(point);
  };
  for (const PlanPoint& point : points) benchmark::DoNotOptimize(ask(point));
  int64_t plans = 0;
  for (auto _ : state) {
    for (const PlanPoint& point : points) benchmark::DoNotOptimize(ask(point));
    plans += static_cast<int64_t>(points.size());
  }
  state.counters["plans/s"] = benchmark::Counter(static_cast<double>(plans), benchmark::Counter::kIsRate);
  state.counters["different"] = static_cast<double>(points.size());
}
BENCHMARK(BM_FastForm)->ArgName("lower")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void Search(benchmark::State& state, const SearchRequest& request) {
  const GpuCluster cluster = *GpuClusterOf(BuiltInCatalogue(), request.base.cluster());
  for (auto _ : state) {
    const auto found = SearchCatalogue(request, cluster);
    if (!found.ok()) return state.SkipWithError(std::string(found.status().message()).c_str());
    state.counters["plans"] = static_cast<double>(found->counts.valid);
    state.counters["simulated"] = static_cast<double>(found->counts.simulated);
    state.counters["enumerate_s"] = found->counts.enumerate_seconds;
    state.counters["step_s"] = found->plans[0].step_s;
  }
  state.counters["peak_rss_mib"] = PeakRssMib();
}
void BM_Search7B(benchmark::State& state) {
  Search(state, RequestOf("llama2-7b", 64, 512));
}
BENCHMARK(BM_Search7B)->Unit(benchmark::kMillisecond);
void BM_Search175B(benchmark::State& state) {
  SearchRequest request = RequestOf("gpt3-175b", 4096, 4096);
  request.space.max_micro_batch = 16;
  Search(state, request);
}
BENCHMARK(BM_Search175B)->Unit(benchmark::kMillisecond)->Iterations(1);

void BM_SearchHere(benchmark::State& state) {
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
BENCHMARK(BM_SearchHere)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ringside::sim

BENCHMARK_MAIN();
