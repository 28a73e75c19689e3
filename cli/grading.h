// Design answers graded on a cluster: what `grade` prints and the demo shows.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/cluster.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "evaluator/run_or_simulate.h"
#include "ringside/v1/design.pb.h"

namespace ringside::cli {

struct GradingOptions {
  std::string question;              // file
  std::vector<std::string> answers;  // files
  std::string out;                   // directory: traces/ and scorecards.json
  std::string profile;               // for what is simulated; empty: as `simulate` chooses
  Progress* progress = nullptr;      // may be null
  Interrupt* interrupt = nullptr;    // may be null
};

struct Grading {
  v1::DesignQuestion question;
  std::vector<v1::DesignAnswer> answers;  // by file; empty where it was malformed
  std::vector<v1::Scorecard> cards;       // by answer
  std::vector<absl::Status> unread;       // answers whose file was malformed; their cards say so, too
};

// INVALID_ARGUMENT, NOT_FOUND: the question. CANCELLED: interrupted. Else what kept the best plan from being
// found.
absl::StatusOr<Grading> GradeAnswers(const GradingOptions& options, Cluster& cluster);

// How every grader of this program runs scenarios. `jobs` outlives what is made of it. `trace_dir` empty:
// traces are not kept.
evaluator::RunOrSimulateOptions RunnerOptions(const std::string& profile, const std::string& trace_dir);

}  // namespace ringside::cli
