// `ringside validate RUNS.csv`: published runs predicted, and the error per source.
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/command.h"
#include "cli/output.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "sim/analytic/validation.h"
#include "sim/calibration/link_file.h"
#include "sim/catalogue/catalogue.h"

namespace ringside::cli {
namespace {

using sim::analytic::Breakdown;
using sim::analytic::Memory;
using sim::analytic::RunPrediction;
using sim::analytic::SourceSummary;

constexpr double kGib = 1 << 30;

nlohmann::json ToJson(const Breakdown& b) {
  return {{"gemm", b.gemm},           {"attention", b.attention},         {"elementwise", b.elementwise},
          {"host", b.host},           {"layer_comm", b.layer_comm},       {"bubble", b.bubble},
          {"optimizer", b.optimizer}, {"pipeline_comm", b.pipeline_comm}, {"replica_comm", b.replica_comm},
          {"straggler", b.straggler}};
}

nlohmann::json ToJson(const Memory& m) {
  return {{"weights", m.weights / kGib},         {"gradients", m.gradients / kGib},
          {"optimizer", m.optimizer / kGib},     {"gathered", m.gathered / kGib},
          {"activations", m.activations / kGib}, {"transient", m.transient / kGib},
          {"logits", m.logits / kGib},           {"workspace", m.workspace / kGib},
          {"context", m.context / kGib},         {"fragmentation", m.fragmentation / kGib}};
}

nlohmann::json ToJson(const RunPrediction& run) {
  nlohmann::json row = {{"id", run.id}, {"stack", run.stack}};
  if (!run.refused.empty()) {
    row["refused"] = run.refused;
    return row;
  }
  row["predicted_step_s"] = run.estimate.step_s;
  row["predicted_tokens_per_s_per_gpu"] = run.estimate.tokens_per_s_per_gpu;
  row["predicted_mem_gib"] = run.estimate.memory.allocated() / kGib;
  row["predicted_mem_total_gib"] = run.estimate.memory.total() / kGib;
  row["fits"] = run.estimate.fits;
  row["evidence"] = std::string(Name(run.evidence.grade));
  row["band_kind"] = std::string(run.evidence.kind);
  row["step_s_band_80"] = {run.estimate.step_s * run.evidence.low(),
                           run.estimate.step_s * run.evidence.high()};
  if (run.measured_step_s > 0) row["in_band"] = run.InBand();
  row["step_s_by_cause"] = ToJson(run.estimate.breakdown);
  row["mem_gib_by_term"] = ToJson(run.estimate.memory);
  return row;
}

nlohmann::json ToJson(const SourceSummary& s) {
  return {{"predicted", s.predicted},
          {"refused", s.refused},
          {"timed", s.timed},
          {"step_error_median", s.median_error},
          {"step_error_mean", s.mean_error},
          {"in_band_80", s.in_band},
          {"spearman", s.spearman},
          {"spearman_groups", s.groups},
          {"weighed", s.weighed},
          {"memory_error_median", s.memory_error},
          {"ran_and_fits", s.ran_fits},
          {"ran_and_does_not_fit", s.ran_fails},
          {"failed_and_fits", s.failed_fits},
          {"failed_and_does_not_fit", s.failed_fails}};
}

std::string Table(const std::vector<SourceSummary>& summaries) {
  std::string text = fmt::format("{:8} {:>9} {:>8} {:>7} {:>8} {:>8} {:>8} {:>9} {:>8}   fits: {:>9} {:>9}\n",
                                 "source", "predicted", "refused", "median", "mean", "in band", "spearman",
                                 "weighed", "memory", "of ran", "of failed");
  for (const SourceSummary& s : summaries) {
    text += fmt::format("{:8} {:9} {:8} {:6.1f}% {:7.1f}% {:>8} {:>8} {:9} {:>8}         {:>9} {:>9}\n",
                        s.source, s.predicted, s.refused, 100 * s.median_error, 100 * s.mean_error,
                        s.timed > 0 ? fmt::format("{:.0f}%", 100 * s.in_band) : "-",
                        s.groups > 0 ? fmt::format("{:.3f}", s.spearman) : "-", s.weighed,
                        s.weighed > 0 ? fmt::format("{:.1f}%", 100 * s.memory_error) : "-",
                        fmt::format("{}/{}", s.ran_fits, s.ran_fits + s.ran_fails),
                        fmt::format("{}/{}", s.failed_fits, s.failed_fits + s.failed_fails));
  }
  return text;
}

// One line for each reason.
std::string Refusals(const std::vector<RunPrediction>& runs) {
  std::map<std::string, int> reasons;
  for (const RunPrediction& run : runs)
    if (!run.refused.empty()) ++reasons[run.refused];
  std::string text;
  for (const auto& [reason, count] : reasons) text += fmt::format("refused {}: {}\n", count, reason);
  return text;
}

absl::StatusOr<std::string> ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf()))
    return absl::NotFoundError(fmt::format("{}: cannot be read: {}", path, std::strerror(errno)));
  return text.str();
}

}  // namespace

int Validate(const ValidateOptions& options) {
  const Output output(options.json);
  const auto text = ReadText(options.runs);
  if (!text.ok()) return Fail(text.status());
  const auto rows = sim::analytic::ParseCsv(*text, options.runs);
  if (!rows.ok()) return Fail(rows.status());
  v1::Catalogue catalogue = sim::BuiltInCatalogue();
  if (!options.links.empty()) {
    const auto links = ReadText(options.links);
    if (!links.ok()) return Fail(links.status());
    auto merged = sim::WithLinks(catalogue, *links, options.links);
    if (!merged.ok()) return Fail(merged.status());
    catalogue = *std::move(merged);
  }
  const std::vector<RunPrediction> runs = sim::analytic::PredictRuns(catalogue, *rows);
  const std::vector<SourceSummary> summaries = sim::analytic::Summarize(runs);
  output.Print(Table(summaries));
  output.Print(Refusals(runs));
  nlohmann::json document = {{"rows", nlohmann::json::array()}, {"summary", nlohmann::json::object()}};
  for (const RunPrediction& run : runs) document["rows"].push_back(ToJson(run));
  for (const SourceSummary& summary : summaries) document["summary"][summary.source] = ToJson(summary);
  if (absl::Status written = output.WriteJson(document); !written.ok()) return Fail(written);
  return kExitOk;
}

}  // namespace ringside::cli
