// How much of this CPU's matrix-multiply rate a training step of one rank gets, and what others get: `./dev
// bench engine`, `./dev bench engine --peers`. Everyone takes turns in the same run, and the machine's
// rates are measured in between, so that a slow or busy machine slows all of them.
#include <fmt/format.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/status_macros.h"
#include "workers/bench/limit.h"
#include "workers/bench/pytorch_peer.h"
#include "workers/bench/rates.h"
#include "workers/bench/statistics.h"
#include "workers/bench/stepped_run.h"
#include "workers/environment.h"

namespace {

using namespace ringside;         // NOLINT: a main program
using namespace ringside::bench;  // NOLINT

constexpr double kTurnGflop = 400;  // steps of one turn: about so much work, some seconds
constexpr int kMostStepsATurn = 40;
constexpr int kShownOps = 10;

struct Options {
  std::vector<std::string> cases = {"gpt2-124m,4,64", "gpt2-124m,4,256", "gpt2-tiny,4,64"};
  int rounds = 4;
  bool peers = false;
  std::string json;
};

// "PRESET,BATCH,LENGTH"
absl::StatusOr<v1::Scenario> ScenarioOf(const std::string& text) {
  const size_t first = text.find(','), second = text.find(',', first + 1);
  const auto bad = absl::InvalidArgumentError(fmt::format("\"{}\" is not PRESET,BATCH,LENGTH", text));
  if (second == std::string::npos) return bad;
  v1::Scenario scenario;
  scenario.set_name(text);
  scenario.mutable_model()->set_preset(text.substr(0, first));
  scenario.mutable_model()->set_seq_len(std::atoi(text.c_str() + second + 1));
  scenario.mutable_plan()->set_micro_batch(std::atoi(text.c_str() + first + 1));
  return scenario;
}

struct Contender {
  std::string name, what;
  std::function<absl::StatusOr<std::vector<double>>(int)> step;
  std::vector<double> step_s;
};

// One case: all contenders side by side.
class Match {
 public:
  Match(const v1::Scenario& scenario, const Options& options) : scenario_(scenario), options_(options) {}

  absl::StatusOr<nlohmann::json> Run() {
    RINGSIDE_ASSIGN_OR_RETURN(const plan::Resolved resolved, plan::Resolve(scenario_));
    const double gflop = static_cast<double>(plan::ModelFlopsPerStep(resolved)) / 1e9;
    steps_a_turn_ = std::clamp(static_cast<int>(kTurnGflop / gflop), 1, kMostStepsATurn);
    scenario_.mutable_run()->set_steps(1 + options_.rounds * (1 + steps_a_turn_));
    RINGSIDE_ASSIGN_OR_RETURN(fp32_, SteppedRun::Start(scenario_));
    contenders_.push_back({"fp32", fp32_->Kernels(), [this](int n) { return fp32_->Step(n); }, {}});
    if (options_.peers) RINGSIDE_RETURN_IF_ERROR(AddPeers(resolved));
    RINGSIDE_RETURN_IF_ERROR(Rounds());
    return Report(resolved, gflop);
  }

 private:
  absl::Status AddPeers(const plan::Resolved& resolved) {
    v1::Scenario narrow = scenario_;
    narrow.mutable_plan()->set_precision(v1::PRECISION_BF16);
    RINGSIDE_ASSIGN_OR_RETURN(bf16_, SteppedRun::Start(narrow));
    contenders_.push_back({"bf16", bf16_->Kernels(), [this](int n) { return bf16_->Step(n); }, {}});
    absl::StatusOr<std::unique_ptr<PyTorchPeer>> peer = PyTorchPeer::Start(resolved);
    if (!peer.ok()) {
      fmt::print("PyTorch is left out: {}\n", std::string(peer.status().message()));
      return absl::OkStatus();
    }
    pytorch_ = *std::move(peer);
    contenders_.push_back({"PyTorch",
                           fmt::format("PyTorch {}, eager, fp32, 1 thread", pytorch_->version()),
                           [this](int n) { return pytorch_->Step(n); },
                           {}});
    return absl::OkStatus();
  }

  absl::Status Rounds() {
    RINGSIDE_ASSIGN_OR_RETURN(single_, kernels::MakeFastKernels<float>());
    gemm_.emplace(single_.get());
    memory_.emplace();
    for (int round = 0; round < options_.rounds; ++round) {
      for (Contender& contender : contenders_) {
        for (int i = 0; i < 3; ++i) gemm_->Sample(), memory_->Sample();
        // The first is not counted: gigabytes that lay idle while others had their turn are slow to come
        // back.
        RINGSIDE_ASSIGN_OR_RETURN(const std::vector<double> seconds, contender.step(1 + steps_a_turn_));
        contender.step_s.insert(contender.step_s.end(), seconds.begin() + 1, seconds.end());
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<nlohmann::json> Report(const plan::Resolved& resolved, double gflop) {
    const double best = gemm_->best(), ours_s = Median(contenders_[0].step_s);
    fmt::print("\n{}: batch {} x {} tokens, {:.1f} GFLOP a step, {} rounds of {} counted steps\n",
               resolved.scenario.model().preset(), resolved.micro_batch, resolved.seq_len, gflop,
               options_.rounds, steps_a_turn_);
    fmt::print("  sgemm {:.1f} GFLOP/s at best, median {}; memory {:.1f} GB/s at best, median {}\n", best,
               MedianAndSpread(gemm_->samples()), memory_->best(), MedianAndSpread(memory_->samples()));
    const Limit limit = LimitOf(resolved, fp32_->program(), best, memory_->best());
    fmt::print("  fp32 {}\n", limit.Text());
    fmt::print("  {:<10}{:>30}{:>12}{:>10}{:>16}{:>14}\n", "", "ms a step (80 of 100 within)", "tokens/s",
               "GFLOP/s", "of best sgemm", "fp32's speed");
    nlohmann::json rows = nlohmann::json::array();
    for (const Contender& contender : contenders_) {
      const double step_s = Median(contender.step_s);
      const double tokens_per_s = static_cast<double>(resolved.tokens_per_step()) / step_s;
      fmt::print("  {:<10}{:>30}{:>12.1f}{:>10.1f}{:>14.1f} %{:>13.2f}x   {}\n", contender.name,
                 MedianAndSpread(contender.step_s, 1e3), tokens_per_s, gflop / step_s,
                 100 * gflop / step_s / best, ours_s / step_s, contender.what);
      rows.push_back({{"name", contender.name},
                      {"what", contender.what},
                      {"step_s", contender.step_s},
                      {"step_s_median", step_s},
                      {"tokens_per_s", tokens_per_s},
                      {"gflops", gflop / step_s},
                      {"fraction_of_sgemm", gflop / step_s / best},
                      {"speed_of_fp32", ours_s / step_s}});
    }
    nlohmann::json kinds = nlohmann::json::array();
    RINGSIDE_RETURN_IF_ERROR(ReportOps("fp32", *fp32_, &kinds));
    if (bf16_ != nullptr) RINGSIDE_RETURN_IF_ERROR(ReportOps("bf16", *bf16_, &kinds));
    return nlohmann::json{{"preset", resolved.scenario.model().preset()},
                          {"batch", resolved.micro_batch},
                          {"seq_len", resolved.seq_len},
                          {"gflop_a_step", gflop},
                          {"cpu_model", workers::DescribeEnvironment("", "").cpu_model()},
                          {"sgemm_gflops", gemm_->samples()},
                          {"sgemm_gflops_best", best},
                          {"memory_gb_per_s", memory_->samples()},
                          {"limit_fraction_of_sgemm", limit.share()},
                          {"contenders", rows},
                          {"by_kind", kinds}};
  }

  absl::Status ReportOps(const char* name, SteppedRun& run, nlohmann::json* kinds) const {
    RINGSIDE_ASSIGN_OR_RETURN(const auto times, run.Finish());
    double all_ms = 0;
    for (const auto& [kind, time] : times) all_ms += time.ms;
    fmt::print("  {}, median of the steps:\n", name);
    int shown = 0;
    for (const auto& [kind, time] : Sorted(times)) {
      kinds->push_back({{"of", name}, {"kind", kind}, {"ms", time.ms}, {"gflop", time.gflop}});
      if (++shown > kShownOps) continue;
      fmt::print("    {:<40}{:9.2f} ms {:5.1f} %{:9.1f} GFLOP/s\n", kind, time.ms, 100 * time.ms / all_ms,
                 time.gflop / time.ms * 1e3);
    }
    return absl::OkStatus();
  }

  v1::Scenario scenario_;
  const Options& options_;
  int steps_a_turn_ = 1;
  std::unique_ptr<SteppedRun> fp32_, bf16_;
  std::unique_ptr<PyTorchPeer> pytorch_;
  std::vector<Contender> contenders_;
  std::unique_ptr<kernels::Kernels<float>> single_;
  std::optional<GemmRate> gemm_;
  std::optional<MemoryRate> memory_;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Training steps of one rank, one thread, against the machine's matrix-multiply rate.");
  app.add_option("--case", options.cases, "PRESET,BATCH,LENGTH; may be repeated")->capture_default_str();
  app.add_option("--rounds", options.rounds, "turns of everyone")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_flag("--peers", options.peers, "beside it: our bf16, and PyTorch where Python has it");
  app.add_option("--json", options.json, "file for the figures; - for standard output");
  CLI11_PARSE(app, argc, argv);
  signal(SIGPIPE, SIG_IGN);  // a peer that ends is an error of its own

  nlohmann::json results = nlohmann::json::array();
  for (const std::string& text : options.cases) {
    const auto scenario = ScenarioOf(text);
    const auto result = scenario.ok() ? Match(*scenario, options).Run() : scenario.status();
    if (!result.ok()) {
      std::fputs(fmt::format("engine: {}\n", result.status().ToString()).c_str(), stderr);
      return result.status().code() == absl::StatusCode::kInvalidArgument ? 2 : 1;
    }
    results.push_back(*result);
    std::fflush(stdout);
  }
  return WriteJson(options.json, {{"engine", results}}) ? 0 : 1;
}
