#include <algorithm>

#include "cli/demo.h"
#include "cli/demo_findings.h"
#include "cli/units.h"
#include "evaluator/design/report.h"
#include "fmt/format.h"
#include "trace/format.h"
#include "trace/table.h"

namespace ringside::cli {
namespace {

constexpr size_t kColumns = 112;

// Breaks a sentence into indented lines.
std::string Wrapped(const std::string& sentence) {
  std::string text = "  ";
  size_t column = 2;
  for (size_t at = 0; at < sentence.size();) {
    const size_t end = std::min(sentence.find(' ', at), sentence.size());
    if (column > 2 && column + 1 + end - at > kColumns) {
      text += "\n  ";
      column = 2;
    } else if (column > 2) {
      text += ' ';
      ++column;
    }
    text += sentence.substr(at, end - at);
    column += end - at;
    at = end + 1;
  }
  return text + "\n";
}

std::vector<std::string> Cells(const trace::RunSummary& summary) {
  const trace::RankSummary& rank = FullestRank(summary);
  const auto category = [&rank](const char* name) -> int64_t {
    const auto bytes = rank.peak_bytes.find(name);
    return bytes == rank.peak_bytes.end() ? 0 : bytes->second;
  };
  return {TokensPerSecond(summary.tokens_per_s),
          Milliseconds(summary.step_s_median),
          trace::FormatPercent(ExposedShare(summary)),
          trace::FormatPercent(ShareOf(summary, "pipeline_bubble")),
          Mib(rank.peak_total_bytes),
          Mib(category("weights")),
          Mib(category("gradients")),
          Mib(category("optimizer")),
          Mib(category("activations")),
          Mib(category("communication") + category("workspace"))};
}

std::string PlanTable(const DemoResult& result) {
  trace::Table table;
  table.Column("plan", trace::Table::Align::kLeft).Column("", trace::Table::Align::kLeft);
  table.Column("tokens/s").Column("step ms").Column("exposed comm").Column("bubble").Column("peak MiB");
  table.Column("weights").Column("grads").Column("optim").Column("activ").Column("comm");
  for (const PlanRun& plan : result.plans) {
    std::vector<std::string> measured = Cells(plan.run.summary);
    measured.insert(measured.begin(), {plan.title, "measured"});
    table.Row(std::move(measured));
    std::vector<std::string> predicted = Cells(plan.run.prediction->summary);
    const double error = plan.run.prediction->summary.step_s_median / plan.run.summary.step_s_median - 1;
    predicted.insert(predicted.begin(), {"", fmt::format("predicted ({})", SignedPercent(error))});
    table.Row(std::move(predicted));
  }
  return table.Text();
}

std::string LinkTable(const LinkExperiment& links) {
  trace::Table table;
  table.Column("links", trace::Table::Align::kLeft)
      .Column("step ms")
      .Column("predicted")
      .Column("ring moves at");
  for (const auto* run : {&*links.equal, &*links.slow}) {
    table.Row({run == &*links.equal ? "all equal" : "node 2 slow", Milliseconds(run->summary.step_s_median),
               Milliseconds(run->prediction->summary.step_s_median),
               fmt::format("{:.2f} Gbit/s", RingGbps(*run))});
  }
  return table.Text();
}

}  // namespace

std::string DemoText(const DemoResult& result) {
  std::string text = "\n1. Four plans, run for real and predicted\n";
  text += Wrapped(SetupSentence(result)) + PlanTable(result);
  for (const std::string& sentence : {FastestSentence(result), PredictionSentence(result),
                                      ExactnessSentence(result), SameLossSentence(result)}) {
    text += Wrapped(sentence);
  }
  text += "\n2. The same dp4 on four virtual nodes, then with one slow link\n";
  if (result.links.unavailable.empty()) text += LinkTable(result.links);
  text += Wrapped(SlowLinkSentence(result));
  text += "\n3. Three answers to one design question, run and scored\n";
  text += evaluator::RankingTable(result.grading.cards);
  text += fmt::format(
      "\nReport {}\nTraces {}/traces/*/trace.json (open in https://ui.perfetto.dev or chrome://tracing)\n",
      result.report, result.out);
  return text;
}

}  // namespace ringside::cli
