// Searches the best plan of design questions on clusters of the catalogue, as their field best_plan has it,
// and prints it with its figures: `design_best_plans FILE...`. For whoever writes a question.
#include <cstdio>
#include <string>

#include "evaluator/design/areas.h"
#include "evaluator/design/catalogue_run.h"
#include "evaluator/design/catalogue_search.h"
#include "evaluator/design/objective.h"
#include "evaluator/design/plan_defaults.h"
#include "evaluator/design/question.h"
#include "evaluator/design/scenario_of.h"
#include "fmt/format.h"
#include "proto/yaml.h"

namespace ringside::evaluator {
namespace {

// Without what goes without saying.
v1::ParallelPlan AsWritten(v1::ParallelPlan plan) {
  plan.clear_overlap();
  plan.clear_bucket_mib();
  if (plan.precision() == v1::PRECISION_BF16) plan.clear_precision();
  if (plan.zero() == 0) plan.clear_zero();
  if (plan.recompute() == v1::RECOMPUTE_NONE) plan.clear_recompute();
  if (!plan.sequence_parallel()) plan.clear_sequence_parallel();
  if (plan.pp() == 1) plan.clear_schedule();
  if (plan.cp() == 1) plan.clear_cp();
  if (plan.ep() == 1) plan.clear_ep();
  return plan;
}

absl::Status Print(const std::string& path) {
  absl::StatusOr<v1::DesignQuestion> question = LoadQuestion(path);
  if (!question.ok()) return question.status();
  if (!IsOnCatalogue(question->cluster())) return absl::OkStatus();
  const bool known = question->has_best_plan();
  const absl::StatusOr<CatalogueSearch> found = SearchQuestion(*question, {});
  if (!found.ok()) return found.status();
  const auto show = [&](const char* what, const v1::ParallelPlan& plan) -> absl::Status {
    const absl::StatusOr<v1::Scenario> scenario = ScenarioOf(*question, plan);
    if (!scenario.ok()) return scenario.status();
    const absl::StatusOr<Outcome> outcome = RunOnCatalogue(*scenario);
    if (!outcome.ok()) return outcome.status();
    const Measurement& m = outcome->measurement;
    const absl::StatusOr<Worth> worth = WorthOf(*question, m);
    fmt::print("  {} {}: {}, {:.0f} tokens/s, step {:.1f} ms, mfu {:.3f}, peak {:.0f} of {:.0f} MiB{}\n   ",
               what, scenario->name(), worth.ok() ? ToString(*worth) : "", m.tokens_per_s, 1e3 * m.step_s,
               m.mfu, static_cast<double>(m.peak_bytes) / (1 << 20),
               static_cast<double>(m.limit_bytes) / (1 << 20), outcome->infeasible ? " DOES NOT FIT" : "");
    for (const TimeShare& part : m.time) fmt::print(" {} {:.1f} %", Name(part.bottleneck), 100 * part.share);
    fmt::print(" unnamed {:.1f} %\n   ", 100 * m.unnamed_share);
    for (const MemoryPart& part : m.memory)
      fmt::print(" {} {:.1f} GiB", part.name, static_cast<double>(part.bytes) / (1 << 30));
    fmt::print("\n");
    return absl::OkStatus();
  };
  fmt::print("{}: {} plans\n", path, found->plans);
  absl::Status shown = show("found", found->plan);
  if (known) shown.Update(show("known", question->best_plan()));
  fmt::print("{}", proto::WriteYaml(AsWritten(found->plan)));
  return shown;
}

}  // namespace
}  // namespace ringside::evaluator

int main(int argc, char** argv) {
  int failed = 0;
  for (int i = 1; i < argc; ++i) {
    if (const absl::Status status = ringside::evaluator::Print(argv[i]); !status.ok()) {
      fmt::print(stderr, "{}: {}\n", argv[i], std::string(status.message()));
      failed = 1;
    }
    std::fflush(stdout);
  }
  return failed;
}
