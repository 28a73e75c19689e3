// Weak scaling: tokens/s of two ranks, each with the work of one, over twice the tokens/s of one. `./dev
// bench scaling`, `./dev bench scaling --peers`. Ranks are processes over MPI, every set of them one job;
// jobs take turns. What is lost is laid out by kind of op: communication that nothing hides, and work that is
// slower because both cores share the way to memory.
#include <fmt/format.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/status_macros.h"
#include "plan/compile.h"
#include "workers/bench/child_process.h"
#include "workers/bench/mpi_job.h"
#include "workers/bench/pytorch_peer.h"
#include "workers/bench/statistics.h"

namespace {

using namespace ringside;         // NOLINT: a main program
using namespace ringside::bench;  // NOLINT

constexpr int kShownOps = 7;

struct Options {
  std::string preset = "gpt2-124m";
  std::vector<int> lengths = {64, 256};
  std::vector<int> zeros = {0, 1, 2, 3};
  int batch = 4, rounds = 3, steps = 4;
  double bucket_mib = 4;
  bool overlap = false, peers = false;
  std::string json;
};

v1::Scenario ScenarioOf(const Options& options, int length, int ranks, int zero) {
  v1::Scenario scenario;
  scenario.set_name("scaling bench");
  scenario.mutable_model()->set_preset(options.preset);
  scenario.mutable_model()->set_seq_len(length);
  v1::ParallelPlan* plan = scenario.mutable_plan();
  plan->set_dp(ranks), plan->set_zero(zero), plan->set_micro_batch(options.batch);
  plan->set_bucket_mib(options.bucket_mib);
  if (options.overlap) {
    plan->add_overlap(v1::OVERLAP_GRAD_REDUCE);
    plan->add_overlap(v1::OVERLAP_PARAM_GATHER);
  }
  // Longer steps need fewer of them.
  scenario.mutable_run()->set_steps(1 + std::max(2, options.steps * 64 / std::max(64, length)));
  scenario.mutable_run()->set_warmup(1);
  return scenario;
}

struct Entry {
  std::string name;
  int ranks = 1, zero = 0;
  std::vector<double> tokens_per_s;
  std::vector<std::map<std::string, OpTime>> op_times;  // by round
};

class Case {
 public:
  Case(const Options& options, int length) : options_(options), length_(length) {
    entries_.push_back({"1 rank", 1, 0, {}, {}});
    for (int zero : options.zeros) {
      entries_.push_back({fmt::format("2 ranks, dp2, ZeRO {}", zero), 2, zero, {}, {}});
    }
  }

  absl::StatusOr<nlohmann::json> Run() {
    const std::string worker = BesideThisProgram("ringside-worker");
    if (options_.peers) StartPeers();
    for (int round = 0; round < options_.rounds; ++round) {
      for (Entry& entry : entries_) {
        RINGSIDE_ASSIGN_OR_RETURN(const MpiJob job,
                                  RunMpiJob(ScenarioOf(options_, length_, entry.ranks, entry.zero), worker));
        for (double seconds : job.step_s) entry.tokens_per_s.push_back(job.tokens_per_step / seconds);
        entry.op_times.push_back(job.op_times);
      }
      RINGSIDE_RETURN_IF_ERROR(StepPeers());
    }
    return Report();
  }

 private:
  struct Peer {
    std::string name;
    int ranks;
    std::unique_ptr<PyTorchPeer> process;
    std::vector<double> tokens_per_s;
  };

  void StartPeers() {
    const auto resolved = plan::Resolve(ScenarioOf(options_, length_, 1, 0));
    for (int ranks : {1, 2}) {
      auto process = PyTorchPeer::Start(*resolved, ranks);
      if (!process.ok()) {
        fmt::print("PyTorch is left out: {}\n", std::string(process.status().message()));
        return;
      }
      peers_.push_back({ranks == 1 ? "PyTorch, 1 process" : "PyTorch DDP over gloo, 2 processes",
                        ranks,
                        *std::move(process),
                        {}});
    }
  }

  absl::Status StepPeers() {
    const int steps = ScenarioOf(options_, length_, 1, 0).run().steps() - 1;
    for (Peer& peer : peers_) {
      RINGSIDE_ASSIGN_OR_RETURN(const std::vector<double> step_s, peer.process->Step(steps));
      for (double seconds : step_s) {
        peer.tokens_per_s.push_back(static_cast<double>(peer.ranks * options_.batch * length_) / seconds);
      }
    }
    return absl::OkStatus();
  }

  nlohmann::json Report() const {
    fmt::print("\n{}: batch {} x {} tokens a rank, {} rounds{}\n", options_.preset, options_.batch, length_,
               options_.rounds, options_.overlap ? ", overlapped" : "");
    fmt::print("  {:<36}{:>30}{:>22}\n", "", "tokens/s (80 of 100 within)", "of twice the single");
    nlohmann::json rows = nlohmann::json::array();
    const double single = Median(entries_[0].tokens_per_s);
    for (const Entry& entry : entries_) {
      rows.push_back(Row(entry.name, entry.tokens_per_s, entry.ranks, single));
    }
    for (const Peer& peer : peers_) {
      rows.push_back(Row(peer.name, peer.tokens_per_s, peer.ranks, Median(peers_[0].tokens_per_s)));
    }
    for (size_t i = 1; i < entries_.size(); ++i) rows[i]["lost"] = Explain(entries_[i]);
    return {{"preset", options_.preset}, {"batch", options_.batch}, {"seq_len", length_}, {"rows", rows}};
  }

  static nlohmann::json Row(const std::string& name, const std::vector<double>& tokens_per_s, int ranks,
                            double single) {
    const double median = Median(tokens_per_s), share = median / single / ranks;
    fmt::print("  {:<36}{:>30}{:>20.1f} %\n", name, MedianAndSpread(tokens_per_s), 100 * share);
    return {{"name", name}, {"tokens_per_s", tokens_per_s}, {"median", median}, {"share_of_linear", share}};
  }

  // Where the time of a step of two ranks is longer than one rank's.
  nlohmann::json Explain(const Entry& entry) const {
    const auto alone = MeanOf(entries_[0].op_times), together = MeanOf(entry.op_times);
    double step_ms = 0;
    std::map<std::string, OpTime> longer = together;
    for (const auto& [kind, time] : together) step_ms += time.ms;
    for (const auto& [kind, time] : alone) longer[kind].ms -= time.ms;
    fmt::print("  {}: a step of {:.0f} ms, mean of the ranks; longer than of 1 rank by\n", entry.name,
               step_ms);
    nlohmann::json rows = nlohmann::json::array();
    int shown = 0;
    for (const auto& [kind, time] : Sorted(longer)) {
      const double before = alone.contains(kind) ? alone.at(kind).ms : 0, after = before + time.ms;
      rows.push_back({{"kind", kind}, {"ms_1_rank", before}, {"ms_2_ranks", after}});
      if (++shown > kShownOps) continue;
      fmt::print("    {:<42}{:9.1f} ms{:7.1f} %   ({:.1f} -> {:.1f} ms)\n", kind, time.ms,
                 100 * time.ms / step_ms, before, after);
    }
    return rows;
  }

  const Options& options_;
  const int length_;
  std::vector<Entry> entries_;
  std::vector<Peer> peers_;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Tokens/s of two ranks on two cores over twice those of one.");
  app.add_option("--model", options.preset, "preset")->capture_default_str();
  app.add_option("--seq-len", options.lengths, "sequence lengths")->capture_default_str();
  app.add_option("--batch", options.batch, "sequences a rank")->capture_default_str();
  app.add_option("--zero", options.zeros, "ZeRO stages of the two")->capture_default_str();
  app.add_option("--rounds", options.rounds, "turns of everyone")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--steps", options.steps, "of a turn at 64 tokens; longer sequences get fewer, at least 2")
      ->check(CLI::Range(2, 1000))
      ->capture_default_str();
  app.add_option("--bucket-mib", options.bucket_mib, "gradient bucket")->capture_default_str();
  app.add_flag("--overlap", options.overlap, "reduce and gather while computing");
  app.add_flag("--peers", options.peers, "beside it: PyTorch's DistributedDataParallel");
  app.add_option("--json", options.json, "file for the figures; - for standard output");
  CLI11_PARSE(app, argc, argv);
  signal(SIGPIPE, SIG_IGN);  // a peer that ends is an error of its own

  nlohmann::json results = nlohmann::json::array();
  for (int length : options.lengths) {
    const auto result = Case(options, length).Run();
    if (!result.ok()) {
      std::fputs(fmt::format("scaling: {}\n", result.status().ToString()).c_str(), stderr);
      return result.status().code() == absl::StatusCode::kInvalidArgument ? 2 : 1;
    }
    results.push_back(*result);
    std::fflush(stdout);
  }
  return WriteJson(options.json, {{"scaling", results}}) ? 0 : 1;
}
