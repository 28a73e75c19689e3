#include "cli/scenario_file.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <utility>

#include "base/status_macros.h"
#include "fmt/core.h"
#include "proto/yaml.h"

namespace ringside::cli {
namespace {

absl::Status FitRanks(int ranks, v1::ParallelPlan* plan) {
  const int64_t model_ways = int64_t{plan->has_tp() ? plan->tp() : 1} *
                             int64_t{plan->has_pp() ? plan->pp() : 1} *
                             int64_t{plan->has_cp() ? plan->cp() : 1};
  if (model_ways < 1) return absl::OkStatus();  // Resolve says what is wrong with it
  if (!plan->has_dp() && ranks % model_ways == 0) {
    plan->set_dp(static_cast<int32_t>(ranks / model_ways));
    return absl::OkStatus();
  }
  const int64_t planned = model_ways * (plan->has_dp() ? plan->dp() : 1);
  if (planned == ranks) return absl::OkStatus();
  return absl::InvalidArgumentError(
      plan->has_dp()
          ? fmt::format(
                "plan.dp: dp x tp x pp x cp is {} ranks, but --ranks {} was asked for; change one of them",
                planned, ranks)
          : fmt::format("plan: --ranks {} is no multiple of tp x pp x cp = {}", ranks, model_ways));
}

}  // namespace

absl::StatusOr<CompiledScenario> CompileScenario(v1::Scenario scenario, int ranks) {
  if (ranks > 0) RINGSIDE_RETURN_IF_ERROR(FitRanks(ranks, scenario.mutable_plan()));
  CompiledScenario compiled;
  RINGSIDE_ASSIGN_OR_RETURN(compiled.resolved, plan::Resolve(scenario));
  RINGSIDE_ASSIGN_OR_RETURN(compiled.programs, plan::Compile(scenario));
  compiled.scenario = compiled.resolved.scenario;
  return compiled;
}

absl::StatusOr<CompiledScenario> LoadScenario(const std::string& path, int ranks) {
  RINGSIDE_ASSIGN_OR_RETURN(const std::string text, proto::ReadYamlText(path));
  v1::Scenario scenario;
  RINGSIDE_RETURN_IF_ERROR(proto::ParseYaml(text, path, &scenario));
  if (!scenario.has_name()) scenario.set_name(std::filesystem::path(path).stem().string());
  absl::StatusOr<CompiledScenario> compiled = CompileScenario(std::move(scenario), ranks);
  if (!compiled.ok()) return proto::LocateError(compiled.status(), text, path);
  return compiled;
}

}  // namespace ringside::cli
