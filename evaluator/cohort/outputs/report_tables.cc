#include "evaluator/cohort/outputs/report_tables.h"

#include "evaluator/cohort/outputs/formats.h"
#include "evaluator/cohort/outputs/page.h"
#include "fmt/format.h"

namespace ringside::cohort {
namespace {

constexpr size_t kMaxQuestions = 1000;
constexpr size_t kMaxShownPairs = 100;

std::string Section(std::string_view title, std::string_view lead, const std::string& content_html) {
  return fmt::format("<section><h2>{}</h2>\n<p class=\"faint\">{}</p>\n{}</section>\n", Line(title),
                     Line(lead), content_html);
}

std::string Table(std::string_view head_html, const std::string& rows_html) {
  return fmt::format(
      "<div class=\"scroll\"><table><thead><tr>{}</tr></thead>\n<tbody>\n{}</tbody></table></div>\n",
      head_html, rows_html);
}

std::string QuestionCell(const evaluator::Bank* bank, const std::string& question) {
  const std::string title = TitleOf(bank, question);
  return fmt::format(
      "<td>{}{}</td>", Line(title, 200),
      title == question ? "" : fmt::format("<br><span class=\"faint\">{}</span>", Line(question, 120)));
}

std::string Rest(size_t shown, size_t all, std::string_view where) {
  return shown >= all
             ? ""
             : fmt::format("<p class=\"faint small\">{} of {}; all are in {}.</p>", shown, all, where);
}

}  // namespace

std::string QuestionsSection(const CohortFigures& figures, const evaluator::Bank* bank) {
  std::string rows;
  const size_t shown = std::min(kMaxQuestions, figures.items.items.size());
  for (size_t i = 0; i < shown; ++i) {
    const ItemStatistics& item = figures.items.items[i];
    std::string flags;
    for (const std::string& flag : item.flags) flags += Chip(flag, Tone::kWarn);
    rows += fmt::format(
        "<tr>{}<td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>"
        "<td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>\n",
        QuestionCell(bank, item.question), item.answers,
        item.errors == 0 ? "<span class=\"faint\">0</span>" : std::to_string(item.errors),
        FigureWithBar(item.facility), Figure(item.spread), Figure(item.discrimination),
        Figure(item.alpha_without), flags);
  }
  return Section(
      "Questions",
      "Facility is the mean score. Discrimination is the correlation of a question's scores with the "
      "candidates' means over the other questions. The last figure is Cronbach's alpha of the others.",
      Table("<th>Question</th><th class=\"n\">Answers</th><th class=\"n\">Not graded</th><th "
            "class=\"n\">Facility</th><th class=\"n\">Spread</th><th class=\"n\">Discrimination</th><th "
            "class=\"n\">Alpha without</th><th>To look at</th>",
            rows) +
          Rest(shown, figures.items.items.size(), "summary.json"));
}

std::string AgreementSection(const CohortFigures& figures, const evaluator::Bank* bank) {
  const Agreement& all = figures.agreement;
  if (all.count() + figures.marked_errors == 0) return "";
  std::string tiles =
      Tile("Pearson", Figure(all.pearson()), "score and mark rise together: 1; no relation: 0") +
      Tile("Pearson given length", Figure(all.partial()),
           "what is left when the number of words is taken out") +
      Tile("Weighted kappa", Figure(all.qwk()), "quadratic, on five levels; far misses weigh more") +
      Tile("Kappa", Figure(all.kappa()), "the same level, beyond chance") +
      Tile("RMSE", Figure(all.rmse()), "typical distance of score and mark");
  std::string rows;
  size_t shown = 0;
  for (const auto& [question, agreement] : figures.agreement_by_question) {
    if (++shown > kMaxQuestions) break;
    rows += fmt::format(
        "<tr>{}<td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>"
        "<td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
        QuestionCell(bank, question), agreement.count(), Figure(agreement.pearson()),
        Figure(agreement.partial()), Figure(agreement.qwk()), Figure(agreement.kappa()),
        Figure(agreement.rmse()));
  }
  const std::string lead = fmt::format(
      "{} answers have both a score and a person's mark.{}", all.count(),
      figures.marked_errors == 0
          ? ""
          : fmt::format(" {} more have a mark and could not be graded; they are not in these figures.",
                        figures.marked_errors));
  return Section(
      "Agreement with people", lead,
      fmt::format("<div class=\"tiles\">{}</div>", tiles) +
          Table("<th>Question</th><th class=\"n\">Marks</th><th class=\"n\">Pearson</th><th "
                "class=\"n\">Given length</th><th class=\"n\">Weighted kappa</th><th class=\"n\">Kappa</th>"
                "<th class=\"n\">RMSE</th>",
                rows));
}

std::string AttentionSection(const CohortFigures& figures, const evaluator::Bank* bank) {
  if (figures.attention.empty()) return "";
  std::string rows;
  for (const Attention& answer : figures.attention) {
    rows +=
        fmt::format("<tr><td>{}</td>{}<td class=\"n\">{}</td><td>{}</td></tr>\n",
                    AnswerLink(answer.candidate, answer.id, answer.id), QuestionCell(bank, answer.question),
                    answer.rank == 0 ? "&ndash;" : Figure(answer.score), Line(answer.reason, 300));
  }
  const bool all = figures.attention.size() == static_cast<size_t>(figures.attention_total);
  return Section(
      "A person should look at these",
      fmt::format("{} answers: what could not be graded counts as 0 until somebody has looked.{}",
                  figures.attention_total,
                  all ? "" : fmt::format(" The {} most pressing are shown.", figures.attention.size())),
      Table("<th>Answer</th><th>Question</th><th class=\"n\">Score</th><th>Why</th>", rows));
}

std::string SimilarSection(const CohortFigures& figures, const evaluator::Bank* bank) {
  if (figures.similar.empty()) return "";
  std::string rows;
  const size_t shown = std::min(kMaxShownPairs, figures.similar.size());
  for (size_t i = 0; i < shown; ++i) {
    const SimilarPair& pair = figures.similar[i];
    rows += fmt::format(
        "<tr><td class=\"n\">{}</td><td>{}</td><td>{}</td>{}</tr>\n", FigureWithBar(pair.similarity),
        AnswerLink(pair.candidate_of_first, pair.first, pair.candidate_of_first + " " + pair.first),
        AnswerLink(pair.candidate_of_second, pair.second, pair.candidate_of_second + " " + pair.second),
        QuestionCell(bank, pair.question));
  }
  return Section(
      "Answers that are alike",
      fmt::format("Pairs of different candidates that share at least {:.0f} % of their runs of {} words, "
                  "leaving out the question, its reference points and what many say. A reason to look, and "
                  "no proof.",
                  100 * figures.similarity_threshold, kRunWords),
      Table("<th class=\"n\">Shared</th><th>One</th><th>Other</th><th>Question</th>", rows) +
          Rest(shown, figures.similar.size(), "summary.json"));
}

}  // namespace ringside::cohort
