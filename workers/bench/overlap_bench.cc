// How much of the communication that a step shows without overlap does overlapping hide? `./dev bench
// overlap`: two scenarios that differ in plan.overlap alone, on virtual nodes with a slow link, run in turns
// by `ringside run`. Exposed communication is what trace::Summarize says of each run: a rank neither computed
// nor waited for a late one, while it communicated.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/status_macros.h"
#include "workers/bench/child_process.h"
#include "workers/bench/statistics.h"

namespace {

using namespace ringside;         // NOLINT: a main program
using namespace ringside::bench;  // NOLINT

// Of one run, the mean of the ranks.
struct Figures {
  double step_s = 0, compute_s = 0, exposed_s = 0, wire_s = 0;
};

absl::StatusOr<Figures> RunScenario(const std::string& file) {
  const std::string out =
      std::filesystem::temp_directory_path() / fmt::format("ringside-overlap-{}.json", getpid());
  RINGSIDE_ASSIGN_OR_RETURN(const auto child,
                            ChildProcess::Start({BesideThisProgram("ringside"), "run", file, "--json", out}));
  const absl::Status ended = child->ReadToEnd().status();
  nlohmann::json run = nlohmann::json::parse(std::ifstream(out), nullptr, /*allow_exceptions=*/false);
  std::filesystem::remove(out);
  RINGSIDE_RETURN_IF_ERROR(ended);
  if (!run.is_object() || !run.contains("ranks") || run["ranks"].empty()) {
    return absl::InternalError("its figures were not understood");
  }
  Figures figures{.step_s = run.value("step_s_median", 0.0)};
  const auto ranks = static_cast<double>(run["ranks"].size());
  for (const auto& rank : run["ranks"]) {
    figures.compute_s += rank.value("compute_s", 0.0) / ranks;
    figures.exposed_s += rank.value("exposed_comm_s", 0.0) / ranks;
    figures.wire_s += rank.value("wire_s", 0.0) / ranks;
  }
  return figures;
}

struct Variant {
  const char* name;
  std::string file;
  std::vector<double> step_s, compute_s, exposed_s, wire_s;
};

nlohmann::json Report(const Variant& of) {
  fmt::print("  {:<14}{:>26}{:>26}{:>26}{:>26}\n", of.name, MedianAndSpread(of.step_s, 1e3),
             MedianAndSpread(of.compute_s, 1e3), MedianAndSpread(of.wire_s, 1e3),
             MedianAndSpread(of.exposed_s, 1e3));
  return {{"name", of.name},           {"file", of.file},     {"step_s", of.step_s},
          {"compute_s", of.compute_s}, {"wire_s", of.wire_s}, {"exposed_s", of.exposed_s}};
}

}  // namespace

int main(int argc, char** argv) {
  std::string with = RINGSIDE_SCENARIOS "/overlap-1gbit.yaml", json;
  std::string without = RINGSIDE_SCENARIOS "/no-overlap-1gbit.yaml";
  int rounds = 5;
  CLI::App app("Communication that overlapping hides, on a slow link.");
  app.add_option("--with", with, "scenario with plan.overlap")->capture_default_str();
  app.add_option("--without", without, "the same without")->capture_default_str();
  app.add_option("--rounds", rounds, "runs of each, in turns")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--json", json, "file for the figures; - for standard output");
  CLI11_PARSE(app, argc, argv);

  Variant variants[] = {{"not overlapped", without, {}, {}, {}, {}}, {"overlapped", with, {}, {}, {}, {}}};
  std::vector<double> hidden;  // by round
  for (int round = 0; round < rounds; ++round) {
    for (Variant& variant : variants) {
      const auto figures = RunScenario(variant.file);
      if (!figures.ok()) {
        std::fputs(fmt::format("overlap: {}: {}\n", variant.file, figures.status().ToString()).c_str(),
                   stderr);
        return 1;
      }
      variant.step_s.push_back(figures->step_s), variant.compute_s.push_back(figures->compute_s);
      variant.exposed_s.push_back(figures->exposed_s), variant.wire_s.push_back(figures->wire_s);
    }
    hidden.push_back(1 - variants[1].exposed_s.back() / variants[0].exposed_s.back());
  }
  fmt::print("{} runs of each, ms a step, mean of the ranks: median (80 of 100 within)\n", rounds);
  fmt::print("  {:<14}{:>26}{:>26}{:>26}{:>26}\n", "", "step", "computing", "on the wire", "exposed");
  nlohmann::json rows = nlohmann::json::array();
  for (const Variant& variant : variants) rows.push_back(Report(variant));
  const double share = 1 - Median(variants[1].exposed_s) / Median(variants[0].exposed_s);
  fmt::print("  hidden of what is exposed without: {:.1f} % (of the medians); round by round {} %\n",
             100 * share, MedianAndSpread(hidden, 100));
  return WriteJson(json, {{"overlap", rows}, {"hidden_share", share}}) ? 0 : 1;
}
