// Speed of the simulator: events a second of its machine, and whole plans a second of the search.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include "plan/compile.h"
#include "sim/cost/profile_cost_model.h"
#include "sim/fold/folded.h"
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

class PlainCosts : public FoldCosts {
 public:
  double ComputeNs(const plan::Op& op, plan::DType real) const override {
    return 3000 + 2e-6 * static_cast<double>(plan::CostOf(op, real).flops);
  }
  double CollectiveNs(const plan::Op& op, const plan::Program& program) const override {
    const double members = static_cast<double>(program.groups[op.group].ranks.size());
    return 2 * (members - 1) * 1000 + 1e-2 * static_cast<double>(op.bytes);
  }
  double TransferNs(int64_t bytes, int, int) const override {
    return 5000 + 0.02 * static_cast<double>(bytes);
  }
};

// A step of the trillion-parameter GPT of Narayanan et al. 2021 under interleaved 1F1B, on so many GPUs.
void BM_FoldedTrillion(benchmark::State& state) {
  v1::Scenario scenario;
  v1::ModelSpec* model = scenario.mutable_model();
  model->set_layers(128), model->set_hidden(25600), model->set_heads(160);
  model->set_vocab(51200), model->set_seq_len(2048);
  v1::ParallelPlan* plan = scenario.mutable_plan();
  plan->set_tp(8), plan->set_pp(64), plan->set_dp(static_cast<int>(state.range(0)) / 512);
  plan->set_micro_batches(256), plan->set_schedule(v1::SCHEDULE_INTERLEAVED), plan->set_interleave(2);
  plan->set_zero(1), plan->set_sequence_parallel(true), plan->set_precision(v1::PRECISION_BF16);
  plan->set_recompute(v1::RECOMPUTE_SELECTIVE);
  plan->add_overlap(v1::OVERLAP_GRAD_REDUCE);
  const auto resolved = plan::Resolve(scenario);
  if (!resolved.ok()) return state.SkipWithError(std::string(resolved.status().message()).c_str());
  const PlainCosts costs;
  for (auto _ : state) {
    const auto step = SimulateFolded(*resolved, costs);
    if (!step.ok()) return state.SkipWithError(std::string(step.status().message()).c_str());
    state.counters["instructions"] = static_cast<double>(step->instructions);
  }
  state.counters["peak_rss_mib"] = PeakRssMib();
}
BENCHMARK(BM_FoldedTrillion)->Arg(16384)->Arg(131072)->Unit(benchmark::kMillisecond);

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
