// `ringside doctor`: what this machine can do, and what each missing part costs.
#include <utility>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/probe.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "plan/compile.h"
#include "plan/presets.h"
#include "trace/table.h"

namespace ringside::cli {
namespace {

int64_t ParametersOf(const plan::ModelPreset& preset) {
  v1::Scenario scenario;
  scenario.mutable_model()->set_preset(std::string(preset.name));
  const auto resolved = plan::Resolve(scenario);
  return resolved.ok() ? plan::NumParameters(*resolved) : 0;
}

nlohmann::json ToJson(const std::vector<Finding>& findings) {
  nlohmann::json checks = nlohmann::json::array();
  for (const Finding& finding : findings) {
    checks.push_back({{"part", finding.part},
                      {"works", finding.works},
                      {"required", finding.required},
                      {"found", finding.found},
                      {"cost", finding.cost}});
  }
  nlohmann::json presets = nlohmann::json::array();
  for (const plan::ModelPreset& preset : plan::ModelPresets()) {
    presets.push_back(
        {{"name", preset.name}, {"parameters", ParametersOf(preset)}, {"source", preset.source}});
  }
  return {{"checks", std::move(checks)}, {"model_presets", std::move(presets)}};
}

std::string PresetTable() {
  trace::Table table;
  table.Column("model preset", trace::Table::Align::kLeft)
      .Column("parameters")
      .Column("layers")
      .Column("hidden");
  table.Column("heads").Column("vocab").Column("seq_len").Column("figures from", trace::Table::Align::kLeft);
  for (const plan::ModelPreset& preset : plan::ModelPresets()) {
    table.Row({std::string(preset.name),
               fmt::format("{:.1f} M", static_cast<double>(ParametersOf(preset)) / 1e6),
               fmt::to_string(preset.layers), fmt::to_string(preset.hidden), fmt::to_string(preset.heads),
               fmt::to_string(preset.vocab), fmt::to_string(preset.seq_len), std::string(preset.source)});
  }
  return table.Text();
}

}  // namespace

int Doctor(const CommonOptions& options) {
  const Output output(options.json);
  const std::vector<Finding> findings = ProbeAll();
  bool can_run = true;
  trace::Table table;
  for (int i = 0; i < 3; ++i) table.Column("", trace::Table::Align::kLeft);
  for (const Finding& finding : findings) {
    table.Row({finding.works ? "ok" : finding.required ? "MISSING" : "-", finding.part, finding.found});
    if (!finding.cost.empty()) table.Row({"", "", "  " + finding.cost});
    can_run = can_run && (finding.works || !finding.required);
  }
  output.Print(table.Text() + "\n" + PresetTable());
  if (absl::Status written = output.WriteJson(ToJson(findings)); !written.ok()) return Fail(written);
  return can_run ? kExitOk : kExitFailed;
}

}  // namespace ringside::cli
