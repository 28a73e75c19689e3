// What in a trace proves a mistake: figures with plainly stated definitions, over one run or over a run and a
// reference. docs/debugging.md says which figure belongs to which mistake.
//
// Losses and metrics are those of RunSummary: of every step, warm-up included. "Final" is the mean over the
// last tenth of the steps (at least one). A loss or norm that is not a finite number counts as infinite.
// Gradient norms are the square roots of the metrics grad_square_sum..., over the loss scale where there is
// one.
//
// Errors: FAILED_PRECONDITION: the trace lacks a metric, or the losses, that the figure is made of.
// INVALID_ARGUMENT: an unknown figure, or a reference that is missing.
#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ringside/v1/trace.pb.h"
#include "trace/summary.h"

namespace ringside::trace {

struct Evidence {
  const v1::Trace* trace = nullptr;  // of the run
  const RunSummary* run = nullptr;
  const RunSummary* reference = nullptr;  // null: none
};

struct Figure {
  std::string_view name;
  std::string_view definition;  // for documents
  std::string_view metric;      // the trace must have one that begins so; empty: none needed
  bool needs_reference = false;
  absl::StatusOr<double> (*of)(const Evidence& evidence) = nullptr;
};

const std::vector<Figure>& Figures();
const Figure* FindFigure(std::string_view name);  // null: no such figure

// The figures themselves.
absl::StatusOr<double> NonFiniteLossShare(const RunSummary& run);
absl::StatusOr<double> LossSpike(const RunSummary& run);
absl::StatusOr<double> LossRiseShare(const RunSummary& run);
absl::StatusOr<double> FinalLoss(const RunSummary& run);
absl::StatusOr<double> InitialLossRatio(const RunSummary& run, const v1::Trace& trace);
absl::StatusOr<double> FinalLossRatio(const RunSummary& run, const v1::Trace& trace);
absl::StatusOr<double> EvalGap(const RunSummary& run);
absl::StatusOr<double> EvalRise(const RunSummary& run);
absl::StatusOr<double> EvalJitter(const RunSummary& run);
absl::StatusOr<double> DeadShare(const RunSummary& run);
absl::StatusOr<double> LayerGradientRatio(const RunSummary& run);
absl::StatusOr<double> GradientSpike(const RunSummary& run);
absl::StatusOr<double> SkippedShare(const RunSummary& run);
absl::StatusOr<double> SamplesReadTwice(const v1::Trace& trace);
absl::StatusOr<double> GradientNormRatio(const RunSummary& run, const RunSummary& reference);
absl::StatusOr<double> FirstLossDistance(const RunSummary& run, const RunSummary& reference);
absl::StatusOr<double> LossBehind(const RunSummary& run, const RunSummary& reference);
absl::StatusOr<double> Slowdown(const RunSummary& run, const RunSummary& reference);

}  // namespace ringside::trace
