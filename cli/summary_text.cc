#include "cli/summary_text.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "cli/units.h"
#include "fmt/format.h"
#include "trace/format.h"
#include "trace/table.h"

namespace ringside::cli {
namespace {

constexpr size_t kMaxRanksShown = 16;
constexpr double kSmallestShareShown = 0.0005;

std::string LossText(const trace::RunSummary& summary) {
  std::vector<double> known;
  for (const auto& loss : summary.loss) {
    if (loss.has_value()) known.push_back(*loss);
  }
  if (known.empty()) return "";
  std::string text = fmt::format("  loss        {:.4f} at the first step, {:.4f} at the last of {}\n",
                                 known.front(), known.back(), known.size());
  if (const auto step = summary.first_non_finite_loss_step()) {
    text += fmt::format(
        "  WARNING     the training diverged: the loss of step {} of {} is {}; lower the "
        "learning rate\n",
        *step + 1, summary.loss.size(), *summary.loss[*step]);
  }
  return text;
}

// A figure as it is shown: gradient norms in place of their squares, without the loss scale.
double Shown(const trace::RunSummary& summary, const std::string& name, size_t step, double value) {
  if (name.rfind("grad_square_sum", 0) != 0) return value;
  const auto scale = summary.metrics.find("loss_scale");
  const bool scaled = scale != summary.metrics.end() && scale->second[step].has_value();
  return std::sqrt(value) / (scaled ? *scale->second[step] : 1.0);
}

// First and last value of the figures that a run traces beside the loss.
std::string MetricsText(const trace::RunSummary& summary) {
  constexpr size_t kMostShown = 12;
  constexpr std::string_view kSquared = "grad_square_sum";
  std::string text;
  size_t shown = 0;
  for (const auto& [name, values] : summary.metrics) {
    if (values.empty() || !values.front().has_value() || !values.back().has_value()) continue;
    if (shown++ == kMostShown) return text + "  ...         (--json has all figures)\n";
    const bool squared = name.rfind(kSquared, 0) == 0;
    text += fmt::format("  {:<11} {:.5g} at the first step, {:.5g} at the last\n",
                        squared ? "grad_norm" + name.substr(kSquared.size()) : name,
                        Shown(summary, name, 0, *values.front()),
                        Shown(summary, name, values.size() - 1, *values.back()));
  }
  return text;
}

std::string RankTable(const trace::RunSummary& summary) {
  static constexpr const char* kCategories[] = {"weights",     "gradients",     "optimizer",
                                                "activations", "communication", "workspace"};
  trace::Table table;
  table.Column("rank").Column("host", trace::Table::Align::kLeft).Column("peak MiB");
  for (const char* category : kCategories) table.Column(category);
  table.Column("sent MiB/step").Column("exposed ms").Column("bubble ms").Column("skew ms");
  for (size_t i = 0; i < std::min(summary.ranks.size(), kMaxRanksShown); ++i) {
    const trace::RankSummary& rank = summary.ranks[i];
    std::vector<std::string> cells = {fmt::to_string(rank.rank), rank.host, Mib(rank.peak_total_bytes)};
    for (const char* category : kCategories) {
      const auto bytes = rank.peak_bytes.find(category);
      cells.push_back(bytes == rank.peak_bytes.end() ? "-" : Mib(bytes->second));
    }
    int64_t sent = 0;
    for (const auto& [what, bytes] : rank.sent_bytes) sent += bytes;
    cells.insert(cells.end(), {Mib(sent), Milliseconds(rank.exposed_comm_s), Milliseconds(rank.bubble_s),
                               Milliseconds(rank.skew_s)});
    table.Row(std::move(cells));
  }
  std::string text = table.Text();
  if (summary.ranks.size() > kMaxRanksShown) {
    text +=
        fmt::format("  ... and {} more ranks (--json has them all)\n", summary.ranks.size() - kMaxRanksShown);
  }
  return text;
}

}  // namespace

std::string SharesText(const trace::RunSummary& summary) {
  std::vector<std::pair<std::string, double>> shares(summary.shares.begin(), summary.shares.end());
  std::stable_sort(shares.begin(), shares.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (auto& [name, share] : shares) {
    if (share < kSmallestShareShown) continue;
    std::replace(name.begin(), name.end(), '_', ' ');
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, trace::FormatPercent(share));
  }
  return text;
}

std::string SummaryText(const trace::RunSummary& summary) {
  std::string text =
      fmt::format("{}: {} ranks, {} over {} steps (after {} of warm-up)\n", summary.name, summary.world_size,
                  summary.origin, summary.measured_steps, summary.warmup_steps);
  text += fmt::format("  step        {} ms median ({} to {} ms)\n", Milliseconds(summary.step_s_median),
                      Milliseconds(summary.step_s_p10), Milliseconds(summary.step_s_p90));
  text += fmt::format("  speed       {} tokens/s, {:.1f} GFLOP/s over all ranks\n",
                      TokensPerSecond(summary.tokens_per_s), summary.gflops_per_s);
  text += LossText(summary) + MetricsText(summary);
  text += fmt::format("  time        {}\n", SharesText(summary));
  if (summary.overlap.has_value()) {
    text += fmt::format("  overlap     {} of the time on the wire was hidden behind computation\n",
                        trace::FormatPercent(*summary.overlap));
  }
  return text + "\n" + RankTable(summary);
}

}  // namespace ringside::cli
