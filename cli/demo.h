// The demo: everything Ringside is for, once, on small input. demo_run.cc does it, demo_findings.cc says what
// came of it, demo_text.cc and demo_report.cc show it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/grading.h"
#include "cli/interrupt.h"
#include "cli/profile_location.h"
#include "cli/progress.h"
#include "cli/scenario_run.h"

namespace ringside::cli {

struct PlanRun {
  std::string title;  // "dp4"
  std::string costs;  // what this kind of parallelism costs, one sentence
  ScenarioRun run;    // with a prediction
};

// The same plan over four nodes: all links equal, then one slow.
struct LinkExperiment {
  std::string unavailable;  // why it could not be done; empty: it was
  std::optional<ScenarioRun> equal, slow;
};

struct DemoResult {
  ChosenProfile profile;
  std::vector<PlanRun> plans;
  LinkExperiment links;
  Grading grading;
  std::string out;     // directory
  std::string report;  // the page in it
};

// Calibrates first if this machine has no profile. CANCELLED: interrupted.
absl::StatusOr<DemoResult> RunDemo(const DemoOptions& options, Cluster& cluster, Progress* progress,
                                   Interrupt* interrupt);

// One screenful for a terminal.
std::string DemoText(const DemoResult& result);

// A page that needs nothing but itself.
std::string DemoReportHtml(const DemoResult& result);

}  // namespace ringside::cli
