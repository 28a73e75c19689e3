// Training steps of one rank on a GPU: the engine's benchmark of docs/measurements/gpu.md. The program is
// that of the CPU's benchmark; the times of ops are between CUDA events.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/status_macros.h"
#include "plan/compile.h"
#include "workers/rank_runner.h"
#include "workers/transport/thread_transport.h"

namespace {

using namespace ringside;           // NOLINT: a main program
using namespace ringside::workers;  // NOLINT

struct Options {
  std::string preset = "gpt2-124m", precision = "fp32", json;
  int batch = 8, seq_len = 512, steps = 8;
};

absl::StatusOr<nlohmann::json> Run(const Options& options) {
  v1::Scenario scenario;
  scenario.set_name("gpu bench");
  scenario.mutable_model()->set_preset(options.preset);
  scenario.mutable_model()->set_seq_len(options.seq_len);
  scenario.mutable_plan()->set_micro_batch(options.batch);
  scenario.mutable_plan()->set_precision(options.precision == "bf16" ? v1::PRECISION_BF16
                                                                     : v1::PRECISION_FP32);
  scenario.mutable_run()->set_steps(options.steps + 2);
  scenario.mutable_run()->set_warmup(2);
  RINGSIDE_ASSIGN_OR_RETURN(const plan::Resolved resolved, plan::Resolve(scenario));
  RINGSIDE_ASSIGN_OR_RETURN(const std::vector<plan::Program> programs, plan::Compile(scenario));
  const plan::Program& program = programs[0];
  RINGSIDE_ASSIGN_OR_RETURN(KernelSet kernels, MakeKernels(program.real, v1::KERNELS_FAST));
  ThreadNetwork network(1);
  const auto transport = network.Endpoint(0);
  const SteadyClock clock;
  RunControl control;
  std::vector<double> step_s;
  RankRun run{&program, &kernels, transport.get(), &clock, &control};
  run.on_step = [&](const StepReport& report) {
    if (report.step >= program.run.warmup()) step_s.push_back(static_cast<double>(report.step_ns) / 1e9);
  };
  RINGSIDE_ASSIGN_OR_RETURN(const v1::RankTrace trace, RunRank(run));
  std::sort(step_s.begin(), step_s.end());
  const double median_s = step_s[step_s.size() / 2];
  const double flops = static_cast<double>(plan::ModelFlopsPerStep(resolved));
  std::map<std::string, double> ms;  // by kind, of all measured steps that have spans
  for (const v1::OpSpan& span : trace.spans()) {
    if (span.step() < program.run.warmup()) continue;
    const plan::Op& op = program.ops[span.op()];
    ms[fmt::format("{} {}", plan::Name(op.phase), plan::Name(op.kind))] +=
        static_cast<double>(span.end_ns() - span.start_ns()) / 1e6 / options.steps;
  }
  fmt::print("{} {} batch {} x {}: median step {:.2f} ms, {:.0f} tokens/s, {:.2f} TFLOP/s; {}\n",
             options.preset, options.precision, options.batch, options.seq_len, median_s * 1e3,
             static_cast<double>(program.tokens_per_step) / median_s, flops / median_s / 1e12,
             kernels.Describe());
  for (const auto& [kind, of] : ms) fmt::print("  {:<36}{:9.3f} ms\n", kind, of);
  return nlohmann::json{{"preset", options.preset},
                        {"precision", options.precision},
                        {"batch", options.batch},
                        {"seq_len", options.seq_len},
                        {"kernels", kernels.Describe()},
                        {"step_s_median", median_s},
                        {"step_s_best", step_s.front()},
                        {"tokens_per_s", static_cast<double>(program.tokens_per_step) / median_s},
                        {"tflops", flops / median_s / 1e12},
                        {"peak_bytes", trace.peak_total_bytes()},
                        {"loss_last", trace.steps(trace.steps_size() - 1).loss()},
                        {"ms_by_kind", ms}};
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Training steps of one rank on a GPU (RINGSIDE_DEVICE=cpu: on the CPU).");
  app.add_option("--model", options.preset, "preset")->capture_default_str();
  app.add_option("--precision", options.precision, "fp32 or bf16")
      ->check(CLI::IsMember({"fp32", "bf16"}))
      ->capture_default_str();
  app.add_option("--batch", options.batch, "sequences a step")->capture_default_str();
  app.add_option("--seq-len", options.seq_len, "tokens of a sequence")->capture_default_str();
  app.add_option("--steps", options.steps, "measured steps")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--json", options.json, "file for the figures");
  CLI11_PARSE(app, argc, argv);
  setenv("RINGSIDE_DEVICE", "cuda", /*overwrite=*/0);
  const auto result = Run(options);
  if (!result.ok()) {
    fmt::print(stderr, "gpu_bench: {}\n", result.status().ToString());
    return 1;
  }
  if (!options.json.empty() && !(std::ofstream(options.json) << result->dump(2) << "\n")) {
    fmt::print(stderr, "gpu_bench: cannot write {}\n", options.json);
    return 1;
  }
  return 0;
}
