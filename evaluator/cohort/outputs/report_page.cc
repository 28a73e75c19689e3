// report.html: the cohort on one page.
#include <cmath>

#include "base/status_macros.h"
#include "evaluator/cohort/outputs/chart.h"
#include "evaluator/cohort/outputs/formats.h"
#include "evaluator/cohort/outputs/output_file.h"
#include "evaluator/cohort/outputs/page.h"
#include "evaluator/cohort/outputs/report_tables.h"
#include "evaluator/cohort/outputs/walk.h"
#include "fmt/format.h"

namespace ringside::cohort {
namespace {

constexpr int64_t kMaxListed = 10'000;

std::string HeadHtml(const CohortFigures& figures, const OutputOptions& options, int64_t generation) {
  const ItemAnalysis& items = figures.items;
  std::string html = PageBegin(options.title);
  html += fmt::format(
      "<header><div><h1>{}</h1><p class=\"faint\">{} answers of {} candidates to {} questions{}</p></div>"
      "<div class=\"big\">{}<small>mean mark of 1</small></div></header>\n",
      Line(options.title, 200), items.answers, items.candidates, items.items.size(),
      generation > 1 ? fmt::format("; grading {}", generation) : "",
      items.answers == 0 ? "&ndash;" : Figure(items.mean));
  html += "<div class=\"tiles\">";
  html += Tile("Not graded", std::to_string(items.errors), "count as answers with the score 0");
  html += Tile("To look at", std::to_string(figures.attention_total), "answers that need a person");
  html += Tile("Alike", std::to_string(figures.similar.size()), "pairs of answers");
  html += Tile("Cronbach's alpha", Figure(items.alpha),
               std::isnan(items.alpha)
                   ? "not defined: too few answered every question"
                   : fmt::format("over {} who answered every question", items.complete_candidates));
  if (figures.agreement.count() > 0) {
    html += Tile("Agreement", Figure(figures.agreement.pearson()),
                 fmt::format("correlation with {} marks of people", figures.agreement.count()));
  }
  return html + "</div>\n";
}

std::string DistributionSection(const CohortFigures& figures, const evaluator::Bank* bank) {
  return fmt::format("<section><h2>Marks</h2><div class=\"charts\">{}{}{}</div></section>\n",
                     HistogramFigure(figures.candidate_marks, "Candidates by their mean mark", "candidates"),
                     HistogramFigure(figures.answer_scores, "Graded answers by their score", "answers"),
                     QuestionsFigure(figures.items.items, bank));
}

}  // namespace

absl::Status WriteReport(const CohortStore& store, const CohortFigures& figures,
                         const OutputOptions& options) {
  RINGSIDE_ASSIGN_OR_RETURN(const int64_t generation, store.generation());
  RINGSIDE_ASSIGN_OR_RETURN(OutputFile file, OutputFile::Create(options.folder + "/report.html"));
  file.Write(HeadHtml(figures, options, generation) + DistributionSection(figures, options.bank) +
             QuestionsSection(figures, options.bank) + AgreementSection(figures, options.bank) +
             AttentionSection(figures, options.bank) + SimilarSection(figures, options.bank));
  file.Write(
      "<section><h2>Candidates</h2>\n<p class=\"faint\">By their anonymous names. The mark is the mean over "
      "the "
      "questions that were answered.</p>\n<div class=\"scroll\"><table><thead><tr><th>Candidate</th><th "
      "class=\"n\">Mark</th><th class=\"n\">Questions</th><th class=\"n\">Answers</th><th class=\"n\">Not "
      "graded</th></tr></thead>\n<tbody>\n");
  RINGSIDE_ASSIGN_OR_RETURN(CandidateTotals totals, CandidateTotals::Of(store));
  for (int64_t listed = 0; listed < kMaxListed; ++listed) {
    RINGSIDE_ASSIGN_OR_RETURN(const std::optional<CandidateTotal> total, totals.Next());
    if (!total) break;
    file.Write(fmt::format(
        "<tr><td><a href=\"{}\">{}</a></td><td class=\"n\">{}</td><td class=\"n\">{}</td><td "
        "class=\"n\">{}</td>"
        "<td class=\"n\">{}</td></tr>\n",
        PagePath(total->candidate), total->candidate.empty() ? "(no name)" : Line(total->candidate, 100),
        FigureWithBar(total->mark), total->questions, total->answers, total->errors));
  }
  file.Write("</tbody></table></div>\n");
  if (figures.items.candidates > kMaxListed) {
    file.Write(fmt::format("<p class=\"faint small\">{} of {}; the pages of all are in candidates/.</p>\n",
                           kMaxListed, figures.items.candidates));
  }
  file.Write("</section>\n" + PageEnd());
  return file.Commit();
}

}  // namespace ringside::cohort
