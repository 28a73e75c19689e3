// `ringside trace what-if PATH`: a kept run replayed with one thing changed.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/command.h"
#include "cli/output.h"
#include "fmt/format.h"
#include "sim/replay/replay.h"
#include "trace/store.h"
#include "trace/table.h"

namespace ringside::cli {
namespace {

std::string Text(const sim::Replay& replay) {
  using Align = trace::Table::Align;
  trace::Table table;
  table.Column("what if", Align::kLeft).Column("step").Column("speedup");
  for (const sim::ReplayedStep& step : replay.steps) {
    table.Row({step.what, fmt::format("{:.2f} ms", 1e3 * step.step_s), fmt::format("{:.2f}x", step.speedup)});
  }
  return fmt::format(
      "measured step {:.2f} ms; its replay is {:+.1f} % off, so trust differences beyond that\n{}",
      1e3 * replay.measured_step_s, 100 * replay.residual(), table.Text());
}

nlohmann::json Json(const sim::Replay& replay) {
  nlohmann::json steps = nlohmann::json::array();
  for (const sim::ReplayedStep& step : replay.steps)
    steps.push_back({{"what", step.what}, {"step_s", step.step_s}, {"speedup", step.speedup}});
  return {{"measured_step_s", replay.measured_step_s}, {"residual", replay.residual()}, {"what_if", steps}};
}

}  // namespace

int TraceWhatIf(const TraceOptions& options) {
  const Output output(options.json);
  const auto trace = trace::LoadTrace(options.path);
  if (!trace.ok()) return Fail(trace.status());
  const auto replay = sim::ReplayTrace(*trace, {.link_factor = options.link_factor});
  if (!replay.ok()) return Fail(replay.status());
  output.Print(Text(*replay));
  if (absl::Status written = output.WriteJson(Json(*replay)); !written.ok()) return Fail(written);
  return kExitOk;
}

}  // namespace ringside::cli
