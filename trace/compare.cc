#include "trace/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/status_macros.h"
#include "trace/format.h"
#include "trace/table.h"
#include "trace/trace_index.h"

namespace ringside::trace {
namespace {

double RelativeError(double measured, double predicted) {
  if (measured == predicted) return 0;
  return predicted / measured - 1;
}

double MeanOverRanks(const RunSummary& summary, double RankSummary::*field) {
  double sum = 0;
  for (const RankSummary& rank : summary.ranks) sum += rank.*field;
  return summary.ranks.empty() ? 0 : sum / static_cast<double>(summary.ranks.size());
}

void AddCounts(int rank, const std::map<std::string, int64_t>& measured,
               const std::map<std::string, int64_t>& predicted, std::vector<ByteCount>* out) {
  std::map<std::string, ByteCount> counts;
  for (const auto& [name, bytes] : measured) counts[name].measured = bytes;
  for (const auto& [name, bytes] : predicted) counts[name].predicted = bytes;
  for (auto& [name, count] : counts) out->push_back({rank, name, count.measured, count.predicted});
}

// Mean seconds of one op over the steps that count; steps after the warm-up with all ops recorded.
double MeanDuration(const TraceIndex& index, const std::vector<int>& steps, int rank, int32_t op) {
  int64_t sum_ns = 0;
  for (const int step : steps) {
    const v1::OpSpan& span = *index.span(rank, step, op);
    const bool communicates = index.ops(rank)[op].is_communication();
    sum_ns += span.end_ns() - (communicates ? index.TransferBegin(rank, step, op) : span.start_ns());
  }
  return static_cast<double>(sum_ns) * 1e-9 / static_cast<double>(steps.size());
}

std::vector<int> CountedSteps(const TraceIndex& index) {
  std::vector<int> steps;
  for (const int step : index.steps()) {
    if (step >= index.warmup() && index.HasSpans(step)) steps.push_back(step);
  }
  return steps;
}

absl::StatusOr<std::vector<KindDuration>> CompareKinds(const TraceIndex& measured,
                                                       const TraceIndex& predicted) {
  const std::vector<int> measured_steps = CountedSteps(measured), predicted_steps = CountedSteps(predicted);
  std::map<std::string, KindDuration> by_kind;
  std::map<std::string, std::vector<double>> errors;
  for (int rank = 0; rank < measured.num_ranks(); ++rank) {
    if (measured.ops(rank).size() != predicted.ops(rank).size()) {
      return absl::InvalidArgumentError(fmt::format("rank {} has {} ops in the one trace and {} in the other",
                                                    rank, measured.ops(rank).size(),
                                                    predicted.ops(rank).size()));
    }
    for (int32_t op = 0; op < static_cast<int32_t>(measured.ops(rank).size()); ++op) {
      const OpInfo& info = measured.ops(rank)[op];
      if (info.kind != predicted.ops(rank)[op].kind) {
        return absl::InvalidArgumentError(
            fmt::format("rank {} op {} is {} in the one trace and {} in the other", rank, op,
                        plan::Name(info.kind), plan::Name(predicted.ops(rank)[op].kind)));
      }
      if (info.kind == plan::OpKind::kJoin) continue;  // does nothing
      std::string kind(plan::Name(info.kind));
      if (info.is_communication()) kind += "/" + info.axis;
      const double measured_s = MeanDuration(measured, measured_steps, rank, op);
      const double predicted_s = MeanDuration(predicted, predicted_steps, rank, op);
      KindDuration& sum = by_kind[kind];
      ++sum.ops;
      sum.measured_s += measured_s;
      sum.predicted_s += predicted_s;
      if (measured_s > 0) errors[kind].push_back(std::abs(RelativeError(measured_s, predicted_s)));
    }
  }
  std::vector<KindDuration> kinds;
  for (auto& [kind, duration] : by_kind) {
    duration.kind = kind;
    std::vector<double>& all = errors[kind];
    std::sort(all.begin(), all.end());
    if (!all.empty()) duration.median_op_error = all[(all.size() - 1) / 2];
    kinds.push_back(duration);
  }
  std::stable_sort(kinds.begin(), kinds.end(),
                   [](const KindDuration& a, const KindDuration& b) { return a.measured_s > b.measured_s; });
  return kinds;
}

bool AllEqual(const std::vector<ByteCount>& counts) {
  return std::all_of(counts.begin(), counts.end(), [](const ByteCount& count) { return count.equal(); });
}

std::string SignedPercent(double error) {
  return std::isfinite(error) ? fmt::format("{:+.1f} %", error * 100) : "-";
}

std::string QuantityText(const std::string& name, double value) {
  return name.ends_with("_s") && name != "tokens_per_s" ? FormatSeconds(value) : FormatCount(value);
}

std::string CountsText(const std::string& what, const std::vector<ByteCount>& counts) {
  if (counts.empty()) return fmt::format("  {}: none recorded\n", what);
  if (AllEqual(counts)) return fmt::format("  {}: all {} counts equal to the byte\n", what, counts.size());
  Table table;
  table.Column("rank")
      .Column(what, Table::Align::kLeft)
      .Column("measured B")
      .Column("predicted B")
      .Column("off by");
  for (const ByteCount& count : counts) {
    if (count.equal()) continue;
    table.Row({fmt::format("{}", count.rank), count.name, fmt::format("{}", count.measured),
               fmt::format("{}", count.predicted), fmt::format("{:+}", count.predicted - count.measured)});
  }
  return fmt::format("  {}: NOT EQUAL\n{}", what, table.Text(4));
}

nlohmann::json CountsJson(const std::vector<ByteCount>& counts) {
  nlohmann::json json = nlohmann::json::array();
  for (const ByteCount& count : counts) {
    json.push_back({{"rank", count.rank},
                    {"name", count.name},
                    {"measured", count.measured},
                    {"predicted", count.predicted},
                    {"equal", count.equal()}});
  }
  return json;
}

nlohmann::json Finite(double value) {
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json();
}

}  // namespace

double Quantity::error() const {
  return RelativeError(measured, predicted);
}

bool Comparison::peak_bytes_equal() const {
  return AllEqual(peak_bytes);
}
bool Comparison::sent_bytes_equal() const {
  return AllEqual(sent_bytes);
}

absl::StatusOr<Comparison> Compare(const RunSummary& measured, const RunSummary& predicted) {
  if (measured.ranks.size() != predicted.ranks.size()) {
    return absl::InvalidArgumentError(
        fmt::format("{} ranks were measured but {} predicted; compare runs of one plan",
                    measured.ranks.size(), predicted.ranks.size()));
  }
  Comparison out;
  out.quantities = {{"step_s", measured.step_s_median, predicted.step_s_median},
                    {"tokens_per_s", measured.tokens_per_s, predicted.tokens_per_s}};
  const std::pair<const char*, double RankSummary::*> kMeans[] = {
      {"compute_s", &RankSummary::compute_s},
      {"exposed_comm_s", &RankSummary::exposed_comm_s},
      {"bubble_s", &RankSummary::bubble_s},
      {"skew_s", &RankSummary::skew_s},
      {"other_s", &RankSummary::other_s}};
  for (const auto& [name, field] : kMeans) {
    out.quantities.push_back({name, MeanOverRanks(measured, field), MeanOverRanks(predicted, field)});
  }
  for (size_t i = 0; i < measured.ranks.size(); ++i) {
    const RankSummary& m = measured.ranks[i];
    const RankSummary& p = predicted.ranks[i];
    AddCounts(m.rank, m.peak_bytes, p.peak_bytes, &out.peak_bytes);
    out.peak_bytes.push_back({m.rank, "total", m.peak_total_bytes, p.peak_total_bytes});
    AddCounts(m.rank, m.sent_bytes, p.sent_bytes, &out.sent_bytes);
  }
  return out;
}

absl::StatusOr<Comparison> Compare(const v1::Trace& measured, const v1::Trace& predicted) {
  RINGSIDE_ASSIGN_OR_RETURN(const RunSummary measured_summary, Summarize(measured));
  RINGSIDE_ASSIGN_OR_RETURN(const RunSummary predicted_summary, Summarize(predicted));
  RINGSIDE_ASSIGN_OR_RETURN(Comparison out, Compare(measured_summary, predicted_summary));
  RINGSIDE_ASSIGN_OR_RETURN(const TraceIndex measured_index, TraceIndex::Create(measured));
  RINGSIDE_ASSIGN_OR_RETURN(const TraceIndex predicted_index, TraceIndex::Create(predicted));
  RINGSIDE_ASSIGN_OR_RETURN(out.kinds, CompareKinds(measured_index, predicted_index));
  return out;
}

std::string ToText(const Comparison& comparison) {
  Table table;
  table.Column("", Table::Align::kLeft).Column("measured").Column("predicted").Column("error");
  for (const Quantity& quantity : comparison.quantities) {
    table.Row({quantity.name, QuantityText(quantity.name, quantity.measured),
               QuantityText(quantity.name, quantity.predicted), SignedPercent(quantity.error())});
  }
  std::string text = table.Text() + "\n" + CountsText("peak memory", comparison.peak_bytes) +
                     CountsText("bytes sent", comparison.sent_bytes);
  if (comparison.kinds.empty()) return text;
  Table kinds;
  kinds.Column("op kind, all ranks", Table::Align::kLeft)
      .Column("ops")
      .Column("measured")
      .Column("predicted");
  kinds.Column("error").Column("median |error| of an op");
  for (const KindDuration& kind : comparison.kinds) {
    kinds.Row({kind.kind, fmt::format("{}", kind.ops), FormatSeconds(kind.measured_s),
               FormatSeconds(kind.predicted_s),
               SignedPercent(RelativeError(kind.measured_s, kind.predicted_s)),
               FormatPercent(kind.median_op_error)});
  }
  return text + "\n" + kinds.Text();
}

nlohmann::json ToJson(const Comparison& comparison) {
  nlohmann::json quantities = nlohmann::json::object();
  for (const Quantity& quantity : comparison.quantities) {
    quantities[quantity.name] = {{"measured", Finite(quantity.measured)},
                                 {"predicted", Finite(quantity.predicted)},
                                 {"error", Finite(quantity.error())}};
  }
  nlohmann::json kinds = nlohmann::json::array();
  for (const KindDuration& kind : comparison.kinds) {
    kinds.push_back({{"kind", kind.kind},
                     {"ops", kind.ops},
                     {"measured_s", kind.measured_s},
                     {"predicted_s", kind.predicted_s},
                     {"error", Finite(RelativeError(kind.measured_s, kind.predicted_s))},
                     {"median_op_error", Finite(kind.median_op_error)}});
  }
  return {{"quantities", quantities},
          {"peak_bytes", CountsJson(comparison.peak_bytes)},
          {"peak_bytes_equal", comparison.peak_bytes_equal()},
          {"sent_bytes", CountsJson(comparison.sent_bytes)},
          {"sent_bytes_equal", comparison.sent_bytes_equal()},
          {"kinds", kinds}};
}

}  // namespace ringside::trace
