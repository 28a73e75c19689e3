// How much of this CPU's matrix-multiply rate a training step gets: GPT-2 124M on one rank, in process.
// `./dev bench engine`. The sgemm rate is measured in the same run, by the same library, between the
// steps, so that a slow or busy machine slows both.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/status_macros.h"
#include "plan/compile.h"
#include "workers/environment.h"
#include "workers/rank_runner.h"
#include "workers/transport/thread_transport.h"

namespace {

using namespace ringside;           // NOLINT: a main program
using namespace ringside::workers;  // NOLINT

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// GFLOP/s of C[m,n] = A[m,k] B[n,k]^T, as the layers of the model call it.
class SgemmRate {
 public:
  explicit SgemmRate(ringside::kernels::Kernels<float>* kernels)
      : kernels_(kernels), a_(kMost, 0.5f), b_(kMost, 0.25f), c_(kMost, 0.0f) {}

  // The best of several big shapes, once.
  void Sample() {
    double best = 0;
    for (int64_t n : {1024, 1536, 2048}) {
      const int64_t m = 1024, k = 1024;
      const auto start = std::chrono::steady_clock::now();
      kernels_->Gemm(a_.data(), b_.data(), nullptr, c_.data(), nullptr, m, n, k, false, true, false);
      const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
      best = std::max(best, 2e-9 * static_cast<double>(m * n * k) / elapsed.count());
    }
    samples_.push_back(best);
  }

  double best() const { return *std::max_element(samples_.begin(), samples_.end()); }
  double median() const { return Median(samples_); }

 private:
  static constexpr int64_t kMost = 2048 * 1024;
  kernels::Kernels<float>* const kernels_;
  std::vector<float> a_, b_, c_;
  std::vector<double> samples_;
};

struct Case {
  int batch, seq_len, steps;
};

v1::Scenario ScenarioOf(const std::string& preset, const Case& of) {
  v1::Scenario scenario;
  scenario.set_name("engine bench");
  scenario.mutable_model()->set_preset(preset);
  scenario.mutable_model()->set_seq_len(of.seq_len);
  scenario.mutable_plan()->set_micro_batch(of.batch);
  scenario.mutable_run()->set_steps(of.steps + 1);  // the first one faults pages in
  scenario.mutable_run()->set_warmup(1);
  return scenario;
}

struct KindTime {
  double ms = 0;  // of one step
  double gflop = 0;
};

// By "phase kind", the mean of the measured steps.
std::map<std::string, KindTime> TimeByKind(const plan::Program& program, const v1::RankTrace& trace) {
  std::map<std::string, KindTime> out;
  const double steps = program.run.steps() - program.run.warmup();
  for (const v1::OpSpan& span : trace.spans()) {
    if (span.step() < program.run.warmup()) continue;
    const plan::Op& op = program.ops[span.op()];
    KindTime& of = out[fmt::format("{} {}", plan::Name(op.phase), plan::Name(op.kind))];
    of.ms += static_cast<double>(span.end_ns() - span.start_ns()) / 1e6 / steps;
    of.gflop += static_cast<double>(op.flops) / 1e9 / steps;
  }
  return out;
}

absl::StatusOr<nlohmann::json> RunCase(const std::string& preset, const Case& of) {
  const v1::Scenario scenario = ScenarioOf(preset, of);
  RINGSIDE_ASSIGN_OR_RETURN(const plan::Resolved resolved, plan::Resolve(scenario));
  RINGSIDE_ASSIGN_OR_RETURN(const std::vector<plan::Program> programs, plan::Compile(scenario));
  const plan::Program& program = programs[0];
  RINGSIDE_ASSIGN_OR_RETURN(KernelSet kernels, MakeKernels(program.real, program.run.kernels()));
  RINGSIDE_ASSIGN_OR_RETURN(const std::unique_ptr<kernels::Kernels<float>> single,
                            kernels::MakeFastKernels<float>());
  SgemmRate sgemm(single.get());
  ThreadNetwork network(1);
  const auto transport = network.Endpoint(0);
  const SteadyClock clock;
  RunControl control;
  std::vector<double> step_s;
  RankRun run{&program, &kernels, transport.get(), &clock, &control};
  run.on_step = [&](const StepReport& report) {
    if (report.step >= program.run.warmup()) step_s.push_back(static_cast<double>(report.step_ns) / 1e9);
    for (int i = 0; i < 3; ++i) sgemm.Sample();
  };
  RINGSIDE_ASSIGN_OR_RETURN(const v1::RankTrace trace, RunRank(run));

  const double flops = static_cast<double>(plan::ModelFlopsPerStep(resolved));
  const double median_s = Median(step_s), best_s = *std::min_element(step_s.begin(), step_s.end());
  const double gflops = flops / median_s / 1e9;
  fmt::print("\n{} batch {} x {} tokens, {} steps, {}\n", preset, of.batch, of.seq_len, of.steps,
             kernels.Describe());
  fmt::print("  step      median {:8.1f} ms   best {:8.1f} ms\n", median_s * 1e3, best_s * 1e3);
  fmt::print("  tokens/s  median {:8.1f}      best {:8.1f}\n", program.tokens_per_step / median_s,
             program.tokens_per_step / best_s);
  fmt::print("  GFLOP/s   median {:8.1f}      best {:8.1f}   ({:.1f} GFLOP a step)\n", gflops,
             flops / best_s / 1e9, flops / 1e9);
  fmt::print("  sgemm     median {:8.1f}      best {:8.1f} GFLOP/s\n", sgemm.median(), sgemm.best());
  fmt::print("  fraction of the sgemm rate: {:.1f} % (median step, best sgemm); {:.1f} % (median, median)\n",
             100 * gflops / sgemm.best(), 100 * gflops / sgemm.median());
  nlohmann::json kinds = nlohmann::json::array();
  auto by_kind = TimeByKind(program, trace);
  std::vector<std::pair<std::string, KindTime>> sorted(by_kind.begin(), by_kind.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.second.ms > b.second.ms; });
  double all_ms = 0;
  for (const auto& [name, time] : sorted) all_ms += time.ms;
  for (size_t i = 0; i < sorted.size(); ++i) {
    const auto& [name, time] = sorted[i];
    kinds.push_back({{"kind", name}, {"ms", time.ms}, {"gflop", time.gflop}});
    if (i >= 10) continue;
    fmt::print("    {:<32}{:9.1f} ms {:5.1f} %{:9.1f} GFLOP/s\n", name, time.ms, 100 * time.ms / all_ms,
               time.gflop / time.ms * 1e3);
  }
  return nlohmann::json{{"preset", preset},
                        {"batch", of.batch},
                        {"seq_len", of.seq_len},
                        {"steps", of.steps},
                        {"kernels", kernels.Describe()},
                        {"cpu_model", DescribeEnvironment("", "").cpu_model()},
                        {"step_s_median", median_s},
                        {"step_s_best", best_s},
                        {"tokens_per_s", program.tokens_per_step / median_s},
                        {"gflops", gflops},
                        {"gflops_best", flops / best_s / 1e9},
                        {"sgemm_gflops_best", sgemm.best()},
                        {"sgemm_gflops_median", sgemm.median()},
                        {"fraction_of_sgemm", gflops / sgemm.best()},
                        {"peak_bytes", trace.peak_total_bytes()},
                        {"by_kind", kinds}};
}

}  // namespace

int main(int argc, char** argv) {
  std::string preset = "gpt2-124m", json;
  int steps = 8;
  std::vector<int> lengths = {64, 256};
  CLI::App app("Training steps of one rank against the machine's matrix-multiply rate.");
  app.add_option("--model", preset, "preset")->capture_default_str();
  app.add_option("--seq-len", lengths, "sequence lengths, batch 4 each")->capture_default_str();
  app.add_option("--steps", steps, "measured steps of the shortest; longer ones get fewer")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--json", json, "file for the figures; - for standard output");
  CLI11_PARSE(app, argc, argv);

  nlohmann::json results = nlohmann::json::array();
  for (int seq_len : lengths) {
    const int fewer = std::max(3, steps * 64 / std::max(64, seq_len));
    const auto result = RunCase(preset, {4, seq_len, std::min(steps, fewer)});
    if (!result.ok()) {
      std::fputs(fmt::format("engine: {}\n", result.status().ToString()).c_str(), stderr);
      return result.status().code() == absl::StatusCode::kInvalidArgument ? 2 : 1;
    }
    results.push_back(*result);
  }
  if (json.empty()) return 0;
  const std::string text = nlohmann::json{{"engine", results}}.dump(2) + "\n";
  if (json == "-") {
    std::cout << text;
    return 0;
  }
  std::ofstream out(json);
  if (!(out << text).flush()) {
    std::fputs(fmt::format("engine: cannot write {}\n", json).c_str(), stderr);
    return 1;
  }
  return 0;
}
