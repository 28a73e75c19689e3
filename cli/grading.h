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
  std::vector<std::string> answers;  // files of one answer, or of a list of them
  std::string out;                   // directory: traces/, scorecards.json and report.html
  std::string profile;               // for what is simulated; empty: as `simulate` chooses
  Progress* progress = nullptr;      // may be null
  Interrupt* interrupt = nullptr;    // may be null
};

struct Grading {
  v1::DesignQuestion question;
  std::vector<v1::DesignAnswer>
      answers;                       // in the order of the files; where malformed, as much as could be read
  std::vector<v1::Scorecard> cards;  // by answer
  std::vector<absl::Status> unread;  // malformed answers: FILE:LINE: FIELD: REASON; their cards say so, too
};

// INVALID_ARGUMENT, NOT_FOUND: the question. CANCELLED: interrupted. Else what kept the best plan from being
// found.
absl::StatusOr<Grading> GradeAnswers(const GradingOptions& options, Cluster& cluster);

// A trace is kept in `trace_dir`, in a directory named after scenario and plan, with a fingerprint of the
// whole scenario. kAll: a second run of an equal scenario gets a directory of its own, so that evidence given
// to one client never changes. kLatest: it takes the place of the first, for one user's output directory.
enum class KeepTraces { kAll, kLatest };

// How every grader of this program runs scenarios. `trace_dir` empty: traces are not kept.
evaluator::RunOrSimulateOptions RunnerOptions(const std::string& profile, const std::string& trace_dir,
                                              KeepTraces keep = KeepTraces::kAll);

}  // namespace ringside::cli
