// `ringside demo`: what Ringside is for, once, in a few minutes.
#include <memory>

#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/demo.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"

namespace ringside::cli {
namespace {

int Show(const DemoOptions& options) {
  Progress progress;
  Interrupt interrupt;
  auto cluster = Cluster::Open({"", &progress, &interrupt});
  if (!cluster.ok()) return Fail(cluster.status());
  const auto result = RunDemo(options, **cluster, &progress, &interrupt);
  progress.Clear();
  if (!result.ok()) return Fail(result.status());
  Output().Print(DemoText(*result));
  return kExitOk;
}

}  // namespace

void AddDemoCommand(CLI::App& app, Action* action) {
  CLI::App* command = app.add_subcommand(
      "demo", "Train one small GPT under four plans, slow a link, grade three answers, write a report");
  const auto options = std::make_shared<DemoOptions>();
  command->add_option("--source", options->source, "The source tree, for its scenarios and questions")
      ->capture_default_str();
  command->add_option("--out", options->out, "Report and traces")->capture_default_str();
  command->callback([=] { *action = [options] { return Show(*options); }; });
}

}  // namespace ringside::cli
