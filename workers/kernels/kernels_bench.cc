// Rates of the fast kernels on the shapes of GPT-2 124M, one thread: GFLOP/s of the products, GB/s (10^9
// bytes of CostOf's uncached traffic) of what memory bounds, and the whole training step as a fraction of
// the sgemm rate of the same run.
//   kernels_bench --benchmark_filter=Step     the steps alone (needs 4 GB)
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "plan/compile.h"
#include "plan/op_schema.h"
#include "workers/kernels/testing/single_rank.h"

namespace ringside::kernels {
namespace {

constexpr int64_t kC = 768, kHeads = 12, kHeadDim = 64, kVocab = 50257;

template <class R = float>
std::unique_ptr<Kernels<R>> Make(GemmLibrary library = GemmLibrary::kAuto) {
  FastKernelOptions options;
  options.gemm = library;
  auto kernels = MakeFastKernels<R>(options);
  if (!kernels.ok()) {
    fmt::print(stderr, "{}\n", kernels.status().ToString());
    std::exit(1);
  }
  return *std::move(kernels);
}

// Values around zero, different from element to element.
std::vector<float> Values(int64_t n) {
  std::vector<float> values(n);
  for (int64_t i = 0; i < n; ++i) values[i] = static_cast<float>(i % 251 - 125) / 125.0f;
  return values;
}

// Runs one op over and over; all its operands are distinct and initialised.
void RunOpBenchmark(benchmark::State& state, const plan::Op& op, GemmLibrary library) {
  const auto kernels = Make(library);
  const auto schema = plan::SchemaOf(op);
  RINGSIDE_CHECK(schema.ok());
  std::vector<std::vector<float>> memory;
  std::vector<void*> operands;
  plan::Op run = op;
  for (const plan::OperandSpec& operand : schema->operands) {
    memory.push_back(Values(operand.elems));
    if (operand.element == plan::Element::kInt)
      std::fill(memory.back().begin(), memory.back().end(), 0.0f);  // token 0
    operands.push_back(memory.back().data());
    run.operands.push_back({});
  }
  StepContext context;
  context.lr = 1e-3, context.beta1 = 0.9, context.beta2 = 0.95, context.eps = 1e-8,
  context.weight_decay = 0.1;
  for (auto _ : state) {
    RunOp(*kernels, run, absl::MakeConstSpan(operands), context);
    benchmark::ClobberMemory();
  }
  const plan::OpCost cost = plan::CostOf(run, plan::DType::kF32);
  const auto rate = [&](int64_t amount) {
    return benchmark::Counter(static_cast<double>(amount), benchmark::Counter::kIsIterationInvariantRate);
  };
  state.counters["FLOP/s"] = rate(cost.flops);
  state.counters["B/s"] = rate(cost.bytes);
  state.SetLabel(kernels->Describe());
}

plan::Op MakeOp(plan::OpKind kind, std::initializer_list<int64_t> dims, uint32_t flags = 0) {
  plan::Op op;
  op.kind = kind;
  op.dims = dims;
  op.flags = flags;
  if (kind == plan::OpKind::kLayerNorm) op.scalars = {1e-5};
  if (kind == plan::OpKind::kXentLoss) op.scalars = {1e-3, 1.0};
  return op;
}

void RegisterGemms(int64_t rows) {
  struct Layer {
    const char* name;
    int64_t out, in;
  };
  const Layer layers[] = {{"qkv", 3 * kC, kC},
                          {"proj", kC, kC},
                          {"fc", 4 * kC, kC},
                          {"fc_proj", kC, 4 * kC},
                          {"head", kVocab, kC}};
  for (const auto& [library_name, library] :
       {std::pair{"onednn", GemmLibrary::kOneDnn}, {"openblas", GemmLibrary::kOpenBlas}}) {
    for (const Layer& layer : layers) {
      const std::pair<const char*, plan::Op> passes[] = {
          {"forward", MakeOp(plan::OpKind::kGemm, {rows, layer.out, layer.in}, plan::kTransB)},
          {"dx", MakeOp(plan::OpKind::kGemm, {rows, layer.in, layer.out})},
          {"dw", MakeOp(plan::OpKind::kGemm, {layer.out, layer.in, rows}, plan::kTransA)}};
      for (const auto& [pass, op] : passes) {
        benchmark::RegisterBenchmark(
            fmt::format("Gemm/{}/{}/{}/{}", rows, layer.name, pass, library_name).c_str(),
            [op = op, library = library](benchmark::State& state) { RunOpBenchmark(state, op, library); });
      }
    }
  }
}

void RegisterOthers(int64_t batch, int64_t t) {
  using plan::OpKind;
  const int64_t n = batch * t;
  const std::pair<const char*, plan::Op> ops[] = {
      {"LayerNorm", MakeOp(OpKind::kLayerNorm, {n, kC})},
      {"LayerNormBackward", MakeOp(OpKind::kLayerNormBackward, {n, kC}, plan::kAccumulate)},
      {"BiasResidual", MakeOp(OpKind::kBiasResidual, {n, kC}, plan::kBias)},
      {"BiasGrad", MakeOp(OpKind::kBiasGrad, {n, 4 * kC})},
      {"GemmBiasGelu", MakeOp(OpKind::kGemm, {n, 4 * kC, kC}, plan::kTransB | plan::kBias | plan::kGelu)},
      {"GeluBackward", MakeOp(OpKind::kGeluBackward, {n * 4 * kC})},
      {"Attention", MakeOp(OpKind::kAttention, {batch, t, kHeads, kHeads, kHeadDim})},
      {"AttentionBackward", MakeOp(OpKind::kAttentionBackward, {batch, t, kHeads, kHeads, kHeadDim})},
      {"XentMax", MakeOp(OpKind::kXentMax, {n, kVocab})},
      {"XentSum", MakeOp(OpKind::kXentSum, {n, kVocab, 0})},
      {"XentLoss", MakeOp(OpKind::kXentLoss, {n, kVocab, 0})},
      {"AdamW", MakeOp(OpKind::kAdamW, {4 * kC * kC * 8}, plan::kDecay)},
  };
  for (const auto& [name, op] : ops) {
    benchmark::RegisterBenchmark(
        fmt::format("{}/B{}_T{}", name, batch, t).c_str(),
        [op = op](benchmark::State& state) { RunOpBenchmark(state, op, GemmLibrary::kAuto); });
  }
}

// Wall time, and CPU time of this thread, which other processes on the machine disturb less.
struct Seconds {
  double wall, cpu;
};
class Stopwatch {
 public:
  Seconds Elapsed() const {
    const Seconds now = Now();
    return {now.wall - begin_.wall, now.cpu - begin_.cpu};
  }

 private:
  static Seconds Now() { return {Read(CLOCK_MONOTONIC), Read(CLOCK_THREAD_CPUTIME_ID)}; }
  static double Read(clockid_t clock) {
    timespec now;
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  }
  const Seconds begin_ = Now();
};

// The best sgemm rate of the machine, by either clock: the better library on a large square and on the
// model's own forms.
struct Gflops {
  double wall, cpu;
};
Gflops BestGflops() {
  Gflops best = {0, 0};
  for (const GemmLibrary library : {GemmLibrary::kOneDnn, GemmLibrary::kOpenBlas}) {
    const auto kernels = Make(library);
    for (const auto& [m, n, k] :
         {std::array<int64_t, 3>{2048, 2048, 2048}, {1024, 3072, 768}, {256, 768, 3072}}) {
      const std::vector<float> a = Values(m * k), b = Values(k * n);
      std::vector<float> c(m * n);
      for (int repeat = 0; repeat < 6; ++repeat) {
        const Stopwatch watch;
        kernels->Gemm(a.data(), b.data(), nullptr, c.data(), nullptr, m, n, k, false, false, false);
        const Seconds elapsed = watch.Elapsed();
        const double gflop = 2e-9 * static_cast<double>(m * n * k);
        best = {std::max(best.wall, gflop / elapsed.wall), std::max(best.cpu, gflop / elapsed.cpu)};
      }
    }
  }
  return best;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// A whole training step of GPT-2 124M. Model FLOPs are 6 * (matrix parameters) * tokens: attention, norms,
// loss and optimizer count as time, not as work.
template <class R>
void TrainStep(benchmark::State& state, v1::Precision precision) {
  const int64_t batch = 4, t = state.range(0);
  v1::Scenario scenario;
  scenario.mutable_model()->set_preset("gpt2-124m");
  scenario.mutable_model()->set_seq_len(static_cast<int32_t>(t));
  scenario.mutable_plan()->set_micro_batch(static_cast<int32_t>(batch));
  scenario.mutable_plan()->set_precision(precision);
  auto programs = plan::Compile(scenario);
  RINGSIDE_CHECK(programs.ok());
  const auto kernels = Make<R>();
  testing::SingleRank<R> rank(std::move(programs->at(0)), kernels.get());
  rank.Step(0);
  rank.ResetTimes();
  int64_t step = 1;
  std::vector<double> wall, cpu;
  for (auto _ : state) {
    const Stopwatch watch;
    rank.Step(step++);
    const Seconds elapsed = watch.Elapsed();
    wall.push_back(elapsed.wall);
    cpu.push_back(elapsed.cpu);
    state.SetIterationTime(elapsed.wall);
  }
  const Gflops peak = BestGflops();
  const double matrix_params = 12.0 * 12 * kC * kC + static_cast<double>(kVocab * kC);
  const double gflop = 6e-9 * matrix_params * static_cast<double>(batch * t);
  state.counters["tokens/s"] = static_cast<double>(batch * t) / Median(wall);
  state.counters["GFLOP/s"] = gflop / Median(wall);
  state.counters["sgemm_GFLOP/s"] = peak.wall;
  state.counters["of_sgemm"] = gflop / Median(wall) / peak.wall;
  state.counters["of_sgemm_cpu_time"] = gflop / Median(cpu) / peak.cpu;
  int64_t total_ns = 0;
  for (const int64_t ns : rank.kind_ns()) total_ns += ns;
  std::string label = kernels->Describe() + "; time:";
  std::vector<int> kinds(plan::kNumOpKinds);
  std::iota(kinds.begin(), kinds.end(), 0);
  std::sort(kinds.begin(), kinds.end(), [&](int a, int b) { return rank.kind_ns()[a] > rank.kind_ns()[b]; });
  for (const int kind : kinds) {
    const double share = static_cast<double>(rank.kind_ns()[kind]) / static_cast<double>(total_ns);
    if (share > 0.001)
      label += fmt::format(" {} {:.1f}%", plan::Name(static_cast<plan::OpKind>(kind)), 100 * share);
  }
  state.SetLabel(label);
}

}  // namespace
}  // namespace ringside::kernels

int main(int argc, char** argv) {
  using namespace ringside::kernels;
  namespace v1 = ringside::v1;
  RegisterGemms(256);
  RegisterOthers(4, 64);
  RegisterOthers(4, 256);
  for (const int t : {64, 256}) {
    const auto add = [&](const char* name, auto run) {
      benchmark::RegisterBenchmark(name, run)
          ->Arg(t)
          ->ArgName("T")
          ->UseManualTime()
          ->Iterations(t == 64 ? 5 : 3)
          ->Unit(benchmark::kMillisecond);
    };
    add("TrainStep124M/fp32", [](benchmark::State& s) { TrainStep<float>(s, v1::PRECISION_FP32); });
    add("TrainStep124M/bf16", [](benchmark::State& s) { TrainStep<Bf16>(s, v1::PRECISION_BF16); });
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
