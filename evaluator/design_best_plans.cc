// Searches the best plan of design questions on clusters of the catalogue, as their field best_plan has it,
// and prints it with its figures: `design_best_plans FILE...`. For whoever writes a question.
#include <cstdio>
#include <filesystem>
#include <string>

#include "base/status_macros.h"
#include "evaluator/design/areas.h"
#include "evaluator/design/catalogue_search.h"
#include "evaluator/design/objective.h"
#include "evaluator/design/plan_defaults.h"
#include "evaluator/design/question.h"
#include "evaluator/design/scenario_of.h"
#include "evaluator/design/training.h"
#include "evaluator/run_or_simulate.h"
#include "fmt/format.h"
#include "proto/yaml.h"
#include "ringside/v1/evaluator.pb.h"
#include "sim/profile.h"

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

absl::StatusOr<v1::DeviceProfile> AssumedCpu(const std::string&) {
  return sim::UncalibratedLocalCpu(4);
}

absl::Status Show(const v1::DesignQuestion& question, const std::string& what, const v1::ParallelPlan& plan) {
  RINGSIDE_ASSIGN_OR_RETURN(const v1::Scenario scenario, ScenarioOf(question, plan));
  RunOrSimulateOptions options;
  options.profile_of = AssumedCpu;
  RINGSIDE_ASSIGN_OR_RETURN(const Outcome outcome, RunOrSimulate(nullptr, options).Run(scenario));
  const Measurement& m = outcome.measurement;
  if (outcome.infeasible && m.tokens_per_s == 0) {
    fmt::print("  {} {}: {}\n", what, scenario.name(), outcome.infeasible->reason);
    return absl::OkStatus();
  }
  RINGSIDE_ASSIGN_OR_RETURN(const Worth worth, WorthOf(question, m));
  RINGSIDE_ASSIGN_OR_RETURN(const Training training,
                            TrainingOf(question, m.tokens_per_s, m.ranks, std::nullopt));
  fmt::print("  {} {}: {}, {:.0f} tokens/s, step {:.1f} ms, mfu {:.3f}, peak {:.1f} of {:.0f} MiB{}\n   ",
             what, scenario.name(), ToString(worth), m.tokens_per_s, 1e3 * m.step_s, m.mfu,
             static_cast<double>(m.peak_bytes) / (1 << 20), static_cast<double>(m.limit_bytes) / (1 << 20),
             outcome.infeasible ? " DOES NOT FIT" : "");
  for (const TimeShare& part : m.time) {
    if (part.share > 0.0005) fmt::print(" {} {:.1f} %,", Name(part.bottleneck), 100 * part.share);
  }
  fmt::print(" unnamed {:.1f} %\n   ", 100 * m.unnamed_share);
  for (const MemoryPart& part : m.memory)
    fmt::print(" {} {:.1f} MiB,", part.name, static_cast<double>(part.bytes) / (1 << 20));
  fmt::print(" days {:.4g} cost {:.4g} interval {:.0f} s\n", training.days, training.cost,
             training.interval_s);
  return absl::OkStatus();
}

absl::Status ShowAnswers(const std::string& path, const std::string& answers) {
  RINGSIDE_ASSIGN_OR_RETURN(const v1::DesignQuestion question, LoadQuestion(path));
  v1::GradeDesignRequest given;
  const std::string file = answers + "/" + std::filesystem::path(path).stem().string() + ".yaml";
  RINGSIDE_RETURN_IF_ERROR(proto::ReadYamlFile(file, &given));
  fmt::print("{}\n", question.id());
  for (const v1::DesignAnswer& answer : given.answers()) {
    const absl::Status shown = Show(question, answer.candidate(), answer.plan());
    if (!shown.ok()) fmt::print("  {}: {}\n", answer.candidate(), std::string(shown.message()));
  }
  return absl::OkStatus();
}

absl::Status ShowBest(const std::string& path) {
  RINGSIDE_ASSIGN_OR_RETURN(const v1::DesignQuestion question, LoadQuestion(path));
  if (!IsOnCatalogue(question.cluster())) return absl::OkStatus();
  RINGSIDE_ASSIGN_OR_RETURN(const CatalogueSearch found, SearchQuestion(question, {}));
  fmt::print("{}: {} plans\n", path, found.plans);
  RINGSIDE_RETURN_IF_ERROR(Show(question, "found", found.plan));
  if (question.has_best_plan()) RINGSIDE_RETURN_IF_ERROR(Show(question, "known", question.best_plan()));
  fmt::print("{}", proto::WriteYaml(AsWritten(found.plan)));
  return absl::OkStatus();
}

}  // namespace
}  // namespace ringside::evaluator

int main(int argc, char** argv) {
  const bool answers = argc > 2 && std::string(argv[1]) == "--answers";
  int failed = 0;
  for (int i = answers ? 3 : 1; i < argc; ++i) {
    const absl::Status status =
        answers ? ringside::evaluator::ShowAnswers(argv[i], argv[2]) : ringside::evaluator::ShowBest(argv[i]);
    if (!status.ok()) {
      fmt::print(stderr, "{}: {}\n", argv[i], std::string(status.message()));
      failed = 1;
    }
    std::fflush(stdout);
  }
  return failed;
}
