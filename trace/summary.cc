#include "trace/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/status_macros.h"
#include "trace/attribution.h"
#include "trace/axis.h"
#include "trace/trace_index.h"

namespace ringside::trace {
namespace {

double Seconds(double ns) {
  return ns * 1e-9;
}

// Nearest rank: the smallest value that at least `fraction` of all values do not exceed.
double Percentile(const std::vector<double>& sorted, double fraction) {
  const auto rank = static_cast<size_t>(std::ceil(fraction * static_cast<double>(sorted.size())));
  return sorted[std::clamp<size_t>(rank, 1, sorted.size()) - 1];
}

double Median(const std::vector<double>& sorted) {
  const size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

int64_t LastEnd(const TraceIndex& index, int step) {
  int64_t end = index.mark(0, step)->end_ns();
  for (int rank = 1; rank < index.num_ranks(); ++rank) end = std::max(end, index.mark(rank, step)->end_ns());
  return end;
}

int64_t FirstStart(const TraceIndex& index, int step) {
  int64_t start = index.mark(0, step)->start_ns();
  for (int rank = 1; rank < index.num_ranks(); ++rank)
    start = std::min(start, index.mark(rank, step)->start_ns());
  return start;
}

absl::Status AddStepTimes(const TraceIndex& index, RunSummary* out) {
  const std::vector<int>& steps = index.steps();
  for (size_t i = 0; i < steps.size(); ++i) {
    if (steps[i] < out->warmup_steps) continue;
    const bool follows = i > 0 && steps[i - 1] == steps[i] - 1;
    const int64_t begin = follows ? LastEnd(index, steps[i - 1]) : FirstStart(index, steps[i]);
    out->step_s.push_back(Seconds(static_cast<double>(LastEnd(index, steps[i]) - begin)));
  }
  if (out->step_s.empty()) {
    return absl::FailedPreconditionError(
        fmt::format("no step to measure: {} ended on every rank and the first {} are warm-up", steps.size(),
                    out->warmup_steps));
  }
  std::vector<double> sorted = out->step_s;
  std::sort(sorted.begin(), sorted.end());
  out->measured_steps = static_cast<int>(sorted.size());
  out->step_s_median = Median(sorted);
  out->step_s_min = sorted.front();
  out->step_s_max = sorted.back();
  out->step_s_p10 = Percentile(sorted, 0.1);
  const auto n = static_cast<double>(sorted.size());
  const auto order_statistic = [&](double rank) {  // from 1
    return sorted[static_cast<size_t>(std::clamp(rank, 1.0, n)) - 1];
  };
  out->step_s_median_low = order_statistic(std::floor((n + 1) / 2 - 0.98 * std::sqrt(n)));
  out->step_s_median_high = order_statistic(std::ceil((n + 1) / 2 + 0.98 * std::sqrt(n)));
  out->step_s_p90 = Percentile(sorted, 0.9);
  return absl::OkStatus();
}

std::vector<std::optional<double>> LossByStep(const TraceIndex& index) {
  std::vector<std::optional<double>> loss;
  for (const int step : index.steps()) {
    std::optional<double>& value = loss.emplace_back();
    for (int rank = 0; rank < index.num_ranks() && !value.has_value(); ++rank) {
      const v1::StepMark& mark = *index.mark(rank, step);
      if (mark.has_loss()) value = mark.loss();
    }
  }
  return loss;
}

RankSummary DescribeRank(const v1::RankTrace& recorded) {
  RankSummary rank;
  rank.rank = recorded.rank();
  rank.host = recorded.host();
  for (const v1::CategoryBytes& peak : recorded.peak_bytes()) {
    if (peak.category() == v1::CATEGORY_UNSPECIFIED || !v1::MemoryCategory_IsValid(peak.category())) continue;
    const auto category =
        static_cast<plan::Category>(peak.category() - 1);  // the enumerators stand in one order
    rank.peak_bytes[std::string(plan::Name(category))] = peak.bytes();
  }
  rank.peak_total_bytes = recorded.peak_total_bytes();
  for (const v1::CollectiveBytes& sent : recorded.sent_bytes()) {
    if (sent.sent_bytes() != 0) rank.sent_bytes[sent.collective() + "/" + sent.axis()] += sent.sent_bytes();
  }
  return rank;
}

void AddMean(const TimeSplit& split, double steps, RankSummary* rank) {
  const auto mean_s = [&](int64_t ns) { return Seconds(static_cast<double>(ns) / steps); };
  rank->step_s += mean_s(split.total_ns());
  rank->compute_s += mean_s(split.compute_ns);
  rank->exposed_comm_s += mean_s(split.exposed_total_ns());
  rank->bubble_s += mean_s(split.bubble_ns);
  rank->skew_s += mean_s(split.skew_total_ns());
  rank->other_s += mean_s(split.other_ns);
  rank->wire_s += mean_s(split.wire_ns);
  rank->hidden_s += mean_s(split.hidden_ns);
  for (const auto& [axis, ns] : split.exposed_ns) rank->exposed_comm_by_axis_s[axis] += mean_s(ns);
  for (const auto& [phase, ns] : split.compute_by_phase) rank->compute_by_phase_s[phase] += mean_s(ns);
}

absl::Status AddTimes(const TraceIndex& index, RunSummary* out) {
  std::vector<int> steps;
  for (const int step : index.steps()) {
    if (step >= out->warmup_steps && index.HasSpans(step)) steps.push_back(step);
  }
  if (steps.empty()) return absl::FailedPreconditionError("no measured step has all of its ops recorded");
  out->attributed_steps = static_cast<int>(steps.size());
  for (RankSummary& rank : out->ranks) {
    for (const int step : steps) {
      RINGSIDE_ASSIGN_OR_RETURN(const TimeSplit split, SplitStep(index, rank.rank, step));
      AddMean(split, static_cast<double>(steps.size()), &rank);
    }
  }
  return absl::OkStatus();
}

std::string ShareOfAxis(const std::string& axis) {
  return std::string(FamilyOf(axis)) + "_communication";
}

// By name: of every step that ended on all ranks, the sum of the ranks' partial figures, or what any rank
// knows.
void AddMetrics(const TraceIndex& index, const v1::Trace& trace, RunSummary* out) {
  const std::vector<int>& steps = index.steps();
  for (int rank = 0; rank < index.num_ranks(); ++rank) {
    const v1::Program& program = trace.programs(rank);
    for (size_t i = 0; i < steps.size(); ++i) {
      const v1::StepMark& mark = *index.mark(rank, steps[i]);
      for (int m = 0; m < std::min(mark.metrics_size(), program.metrics_size()); ++m) {
        auto [values, is_new] = out->metrics.try_emplace(program.metrics(m).name());
        values->second.resize(steps.size());
        std::optional<double>& value = values->second[i];
        if (program.metrics(m).partial() && value.has_value()) {
          *value += mark.metrics(m);
        } else {
          value = mark.metrics(m);
        }
      }
    }
  }
}

void AddShares(RunSummary* out) {
  double total = 0, wire = 0, hidden = 0;
  std::map<std::string, double>& shares = out->shares;
  for (const char* name : {"compute", "pipeline_bubble", "skew", "other"}) shares[name] = 0;
  for (const std::string_view axis : kAxisFamilies) shares[ShareOfAxis(std::string(axis))] = 0;
  for (const RankSummary& rank : out->ranks) {
    shares["compute"] += rank.compute_s;
    shares["pipeline_bubble"] += rank.bubble_s;
    shares["skew"] += rank.skew_s;
    shares["other"] += rank.other_s;
    for (const auto& [axis, s] : rank.exposed_comm_by_axis_s) shares[ShareOfAxis(axis)] += s;
    total += rank.step_s;
    wire += rank.wire_s;
    hidden += rank.hidden_s;
  }
  for (auto& [name, share] : shares) {
    share = total > 0 ? share / total : 0;
    if (out->bottleneck.empty() || share > shares[out->bottleneck]) out->bottleneck = name;
  }
  if (wire > 0) out->overlap = hidden / wire;
}

nlohmann::json Number(double value) {
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json();
}

nlohmann::json ToJson(const RankSummary& rank) {
  nlohmann::json peak = rank.peak_bytes;
  peak["total"] = rank.peak_total_bytes;
  return {{"rank", rank.rank},
          {"host", rank.host},
          {"peak_bytes", peak},
          {"sent_bytes", nlohmann::json(rank.sent_bytes)},
          {"step_s", rank.step_s},
          {"compute_s", rank.compute_s},
          {"exposed_comm_s", rank.exposed_comm_s},
          {"bubble_s", rank.bubble_s},
          {"skew_s", rank.skew_s},
          {"other_s", rank.other_s},
          {"exposed_comm_by_axis_s", nlohmann::json(rank.exposed_comm_by_axis_s)},
          {"compute_by_phase_s", nlohmann::json(rank.compute_by_phase_s)},
          {"wire_s", rank.wire_s},
          {"hidden_s", rank.hidden_s}};
}

}  // namespace

int64_t RunSummary::peak_total_bytes() const {
  int64_t peak = 0;
  for (const RankSummary& rank : ranks) peak = std::max(peak, rank.peak_total_bytes);
  return peak;
}

absl::StatusOr<RunSummary> Summarize(const v1::Trace& trace) {
  RINGSIDE_ASSIGN_OR_RETURN(const TraceIndex index, TraceIndex::Create(trace));
  RunSummary out;
  out.name = trace.scenario().name();
  out.origin = trace.origin() == v1::ORIGIN_SIMULATED ? "simulated" : "measured";
  out.world_size = index.num_ranks();
  out.warmup_steps = index.warmup();
  RINGSIDE_RETURN_IF_ERROR(AddStepTimes(index, &out));
  out.tokens_per_step = trace.programs(0).tokens_per_step();
  if (out.step_s_median > 0) out.tokens_per_s = static_cast<double>(out.tokens_per_step) / out.step_s_median;
  out.loss = LossByStep(index);
  AddMetrics(index, trace, &out);
  for (const v1::Program& program : trace.programs()) {
    for (const v1::OpDef& op : program.ops()) out.flops_per_step += op.flops();
  }
  if (out.step_s_median > 0)
    out.gflops_per_s = static_cast<double>(out.flops_per_step) / out.step_s_median * 1e-9;
  for (const v1::RankTrace& rank : trace.ranks()) {
    out.ranks.push_back(DescribeRank(rank));
    out.clock_residual_s =
        std::max(out.clock_residual_s, Seconds(static_cast<double>(rank.clock_residual_ns())));
  }
  RINGSIDE_RETURN_IF_ERROR(AddTimes(index, &out));
  AddShares(&out);
  return out;
}

std::optional<int> RunSummary::first_non_finite_loss_step() const {
  const auto first = std::find_if(loss.begin(), loss.end(), [](const std::optional<double>& value) {
    return value.has_value() && !std::isfinite(*value);
  });
  if (first == loss.end()) return std::nullopt;
  return static_cast<int>(first - loss.begin());
}

nlohmann::json ToJson(const RunSummary& summary) {
  const std::optional<int> diverged = summary.first_non_finite_loss_step();
  nlohmann::json loss = nlohmann::json::array();
  for (const auto& value : summary.loss)
    loss.push_back(value.has_value() ? Number(*value) : nlohmann::json());
  nlohmann::json metrics = nlohmann::json::object();
  for (const auto& [name, values] : summary.metrics) {
    for (const auto& value : values)
      metrics[name].push_back(value.has_value() ? Number(*value) : nlohmann::json());
  }
  nlohmann::json ranks = nlohmann::json::array();
  for (const RankSummary& rank : summary.ranks) ranks.push_back(ToJson(rank));
  return {{"name", summary.name},
          {"origin", summary.origin},
          {"world_size", summary.world_size},
          {"warmup_steps", summary.warmup_steps},
          {"measured_steps", summary.measured_steps},
          {"attributed_steps", summary.attributed_steps},
          {"step_s_median", summary.step_s_median},
          {"step_s_min", summary.step_s_min},
          {"step_s_max", summary.step_s_max},
          {"step_s_p10", summary.step_s_p10},
          {"step_s_median_low", summary.step_s_median_low},
          {"step_s_median_high", summary.step_s_median_high},
          {"step_s_p90", summary.step_s_p90},
          {"step_s", summary.step_s},
          {"tokens_per_step", summary.tokens_per_step},
          {"tokens_per_s", summary.tokens_per_s},
          {"loss", loss},
          {"metrics", metrics},
          {"first_non_finite_loss_step", diverged.has_value() ? nlohmann::json(*diverged) : nlohmann::json()},
          {"flops_per_step", summary.flops_per_step},
          {"gflops_per_s", summary.gflops_per_s},
          {"ranks", ranks},
          {"shares", nlohmann::json(summary.shares)},
          {"bottleneck", summary.bottleneck},
          {"overlap", summary.overlap.has_value() ? nlohmann::json(*summary.overlap) : nlohmann::json()},
          {"clock_residual_s", summary.clock_residual_s}};
}

}  // namespace ringside::trace
