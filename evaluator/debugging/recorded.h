// Runs as small files: the figures of a trace that a debugging round shows, written down with four digits.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ringside/v1/debugging.pb.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::evaluator {

// `id` and `what` as in v1::RecordedRun. Curves: loss, eval_loss, gradient_norm (square root, without the
// loss scale), dead_share.layer.N, loss_scale, skipped_steps; values: gradient_norm.layer.N (median over the
// steps), classes, tokens_per_s, tokens_per_step, peak_bytes, share.NAME, bytes.COLLECTIVE/AXIS (sent by all
// ranks in one step). What the trace does not have is left out. Errors as trace::Summarize.
absl::StatusOr<v1::RecordedRun> RecordRun(const v1::Trace& trace, std::string_view id, std::string_view what);

// The run with this id; null: there is none, or it failed.
const v1::RecordedRun* FindRun(const v1::RecordedRound& round, std::string_view id);

// Empty: there is no such curve.
std::vector<double> CurveOf(const v1::RecordedRun& run, std::string_view name);
std::optional<double> ValueOf(const v1::RecordedRun& run, std::string_view name);

// Names of the curves or values that begin so, by the number that they end with.
std::vector<std::string> NamesBeginning(const v1::RecordedRun& run, std::string_view prefix);

}  // namespace ringside::evaluator
