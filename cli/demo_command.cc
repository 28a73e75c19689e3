// `ringside demo`: what Ringside is for, once, in a few minutes.

#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/demo.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"

namespace ringside::cli {

int Demo(const DemoOptions& options) {
  Progress progress;
  Interrupt interrupt;
  auto cluster = Cluster::Open({"", &progress, &interrupt});
  if (!cluster.ok()) return Fail(cluster.status());
  const auto result = RunDemo(options, **cluster, &progress, &interrupt);
  progress.Clear();
  if (!result.ok()) return Fail(result.status());
  const absl::Status said = PrintToStdout(DemoText(*result));
  return said.ok() ? kExitOk : Fail(said);
}

}  // namespace ringside::cli
