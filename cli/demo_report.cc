#include <algorithm>
#include <filesystem>

#include "cli/demo.h"
#include "cli/demo_findings.h"
#include "cli/html.h"
#include "cli/units.h"
#include "evaluator/design/rank.h"
#include "evaluator/design/report.h"
#include "evaluator/design/scenario_of.h"
#include "fmt/format.h"
#include "trace/charts_svg.h"
#include "trace/format.h"
#include "trace/timeline_svg.h"

namespace ringside::cli {
namespace {

constexpr double kPictureWidthPx = 1100;

std::string Findings(std::initializer_list<std::string> sentences) {
  std::string items;
  for (const std::string& sentence : sentences) items += fmt::format("<li>{}</li>\n", Escaped(sentence));
  return fmt::format("<ul class=\"findings\">\n{}</ul>\n", items);
}

std::vector<std::string> Cells(const std::string& title, const std::string& what,
                               const trace::RunSummary& summary, const std::string& error) {
  const trace::RankSummary& fullest = FullestRank(summary);
  int64_t sent = 0;
  for (const trace::RankSummary& rank : summary.ranks) {
    for (const auto& [collective, bytes] : rank.sent_bytes) sent += bytes;
  }
  return {title,
          what,
          TokensPerSecond(summary.tokens_per_s),
          Milliseconds(summary.step_s_median),
          error,
          trace::FormatPercent(ShareOf(summary, "compute")),
          trace::FormatPercent(ExposedShare(summary)),
          trace::FormatPercent(ShareOf(summary, "pipeline_bubble")),
          trace::FormatPercent(ShareOf(summary, "skew")),
          Mib(fullest.peak_total_bytes),
          Mib(sent)};
}

std::string PlanTable(const DemoResult& result) {
  HtmlTable table({"plan", "", "tokens/s", "step ms", "error", "compute", "exposed comm.", "bubble", "skew",
                   "peak MiB, fullest rank", "MiB sent a step, all ranks"},
                  2);
  for (const PlanRun& plan : result.plans) {
    const trace::RunSummary& predicted = plan.run.prediction->summary;
    table.Row(Cells(plan.title, "measured", plan.run.summary, ""));
    table.Row(Cells("", "predicted", predicted,
                    SignedPercent(predicted.step_s_median / plan.run.summary.step_s_median - 1)),
              /*faint=*/true);
  }
  return table.Html();
}

std::string Timeline(const v1::Trace& trace, const std::string& title, const std::string& id,
                     int64_t scale_ns) {
  trace::TimelineOptions options;
  options.width_px = kPictureWidthPx;
  options.title = title;
  options.id = id;
  options.scale_ns = scale_ns;
  const absl::StatusOr<std::string> svg = trace::TimelineSvg(trace, options);
  return svg.ok() ? *svg : Paragraph(std::string(svg.status().message()));
}

// The longest of the steps shown, so that pictures of one kind have one scale.
int64_t CommonScale(const std::vector<const v1::Trace*>& traces) {
  int64_t scale_ns = 0;
  for (const v1::Trace* trace : traces) {
    scale_ns = std::max(scale_ns, trace::TimelineSpanNs(*trace).value_or(0));
  }
  return scale_ns;
}

std::string PlansSection(const DemoResult& result) {
  std::vector<trace::ChartRun> runs;
  std::vector<const v1::Trace*> traces;
  for (const PlanRun& plan : result.plans) {
    runs.push_back({plan.title, &plan.run.summary, &plan.run.prediction->summary});
    traces.push_back(&plan.run.trace);
    traces.push_back(&plan.run.prediction->trace);
  }
  std::string html = "<h2>Four plans, run for real and predicted</h2>\n";
  html += Paragraph(
      "The same model, the same data, four ways to lay it out over four ranks. Each was compiled into one "
      "program per "
      "rank, which MPI workers executed, and which the simulator executed again on a virtual clock.");
  html += PlanTable(result);
  html += Findings({FastestSentence(result), PredictionSentence(result), ExactnessSentence(result),
                    SameLossSentence(result)});
  trace::ChartOptions chart;
  chart.width_px = kPictureWidthPx;
  chart.title = "Where the time of a step goes";
  chart.id = "time-split";
  html += Figure(trace::TimeSplitChartSvg(runs, chart),
                 "Mean over the ranks. Exposed communication is what computation could not hide; the bubble "
                 "is a pipeline "
                 "stage waiting for its neighbour; skew is a collective waiting for a rank that is late.");
  chart.title = "Peak memory by category";
  chart.id = "memory";
  html += Figure(
      trace::MemoryChartSvg(runs, chart),
      "dp4 keeps the whole model on every rank; tp4 and pp4 divide it. The ends of the pipeline hold the "
      "embedding and the loss, so its ranks differ.");
  html += Paragraph(
      "The pictures below show the step of median length, all on one time scale: the upper row of a rank is "
      "what it "
      "computes (F: forward, B: backward, with the micro-batch), the rows below it what it sends and "
      "receives. What the "
      "compute row waits for has the colour of the communication, paler; hatched is the pipeline's bubble; "
      "white is "
      "overhead, or the rank's core being used by another rank.");
  const int64_t scale_ns = CommonScale(traces);
  for (const PlanRun& plan : result.plans) {
    const std::string& title = plan.title;
    html += fmt::format("<h3>One step of {}</h3>\n", Escaped(title)) + Paragraph(plan.costs);
    html +=
        Figure(Timeline(plan.run.trace, title + ", measured", title + "-measured", scale_ns) +
               Timeline(plan.run.prediction->trace, title + ", predicted", title + "-predicted", scale_ns));
  }
  return html;
}

std::string LinkSection(const DemoResult& result) {
  std::string html = "<h2>One slow link</h2>\n";
  html += Paragraph(
      "The plan dp4 again, now on four nodes: network namespaces on this machine, joined by links whose rate "
      "the kernel "
      "limits. First all links are equal, then one is slow.");
  if (result.links.unavailable.empty()) {
    HtmlTable table({"links", "step ms", "predicted", "error", "ring moves at", "exposed comm."});
    for (const auto* run : {&*result.links.equal, &*result.links.slow}) {
      const double predicted_s = run->prediction->summary.step_s_median;
      table.Row(
          {run == &*result.links.equal ? "all equal" : "one slow", Milliseconds(run->summary.step_s_median),
           Milliseconds(predicted_s), SignedPercent(predicted_s / run->summary.step_s_median - 1),
           fmt::format("{:.2f} Gbit/s", RingGbps(*run)), trace::FormatPercent(ExposedShare(run->summary))});
    }
    html += table.Html();
  }
  html += Findings({SlowLinkSentence(result)});
  if (!result.links.unavailable.empty()) return html;
  const int64_t scale_ns = CommonScale({&result.links.equal->trace, &result.links.slow->trace});
  html += Figure(Timeline(result.links.equal->trace, "all links equal, measured", "t-equal", scale_ns) +
                     Timeline(result.links.slow->trace, "one slow link, measured", "t-slow", scale_ns),
                 "Both on one scale. Only one node has the slow link, yet all four ranks wait: in every "
                 "round of the ring "
                 "someone stands next to it.");
  html += Paragraph("What the kernel counted on the links: " + result.links.slow->job.launcher_note());
  return html;
}

std::string GradingSection(const Grading& grading) {
  std::string html =
      fmt::format("<h2>Three answers to one design question</h2>\n<blockquote>{}</blockquote>\n",
                  Paragraphs(grading.question.prompt()));
  html += Paragraph(
      "Each plan was run as the four above. A score is the weighted mean of five areas; every area says what "
      "was measured "
      "and where.");
  HtmlTable table({"place", "candidate", "plan", "score", "feasible", "efficiency", "tokens/s predicted",
                   "memory predicted", "bottleneck"},
                  3);
  const std::vector<evaluator::Ranked> ranking = evaluator::Rank(grading.cards);
  for (const evaluator::Ranked& ranked : ranking) {
    const v1::Scorecard& card = grading.cards[ranked.index];
    const auto area = [&card](const char* name) -> std::string {
      for (const v1::AreaScore& score : card.areas()) {
        if (score.area() == name) return fmt::format("{:.2f}", score.score());
      }
      return "-";
    };
    table.Row({ranked.place > 0 ? fmt::to_string(ranked.place) : "-", card.candidate(),
               evaluator::PlanName(grading.answers[ranked.index].plan()),
               card.error().empty() ? fmt::format("{:.3f}", card.total()) : "not graded", area("feasibility"),
               area("efficiency"), area("throughput_prediction"), area("memory_prediction"),
               area("bottleneck")});
  }
  html += table.Html() + evaluator::ScorecardStyle();
  for (const evaluator::Ranked& ranked : ranking) {
    html += evaluator::ScorecardHtml(grading.cards[ranked.index], ranked.place);
  }
  return html;
}

std::string TraceLink(const DemoResult& result, const ScenarioRun& run) {
  const std::string file =
      std::filesystem::path(run.trace_dir).lexically_relative(result.out).string() + "/trace.json";
  return fmt::format("<li><a href=\"{0}\"><code>{0}</code></a></li>\n", Escaped(file));
}

std::string FilesSection(const DemoResult& result) {
  std::string html = "<h2>Traces, and where the figures are from</h2>\n";
  html += fmt::format(
      "<p>Every run left its trace beside this page: <code>trace.json</code> opens in "
      "<a href=\"https://ui.perfetto.dev\">Perfetto</a> or <code>chrome://tracing</code>, "
      "<code>trace.pb</code> is the "
      "whole record, <code>summary.json</code> its figures.</p>\n");
  html += "<ul>\n";
  for (const PlanRun& plan : result.plans) html += TraceLink(result, plan.run);
  for (const auto* run : {&result.links.equal, &result.links.slow}) {
    if (run->has_value()) html += TraceLink(result, **run);
  }
  html += "</ul>\n";
  const v1::Environment& environment = result.plans.front().run.trace.environment();
  HtmlTable facts({"", ""}, 2);
  facts.Row({"machine", fmt::format("{}, {} cores", environment.cpu_model(), environment.cores())});
  facts.Row({"kernels", environment.kernels()});
  facts.Row({"transport", environment.transport()});
  facts.Row({"Ringside", environment.ringside_version()});
  facts.Row({"device profile",
             fmt::format("{}, measured on {}", result.profile.source, result.profile.profile.measured_on())});
  for (const std::string& note : environment.notes()) facts.Row({"note", note});
  return html + facts.Html();
}

}  // namespace

std::string DemoReportHtml(const DemoResult& result) {
  std::string body = "<h1>Four plans for one small GPT</h1>\n";
  body += fmt::format("<p class=\"lead\">{}</p>\n", Escaped(SetupSentence(result)));
  body += PlansSection(result) + LinkSection(result) + GradingSection(result.grading) + FilesSection(result);
  return Page("Ringside: four plans for one small GPT", body);
}

}  // namespace ringside::cli
