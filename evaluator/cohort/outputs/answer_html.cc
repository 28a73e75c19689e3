#include "evaluator/cohort/outputs/answer_html.h"

#include "evaluator/cohort/outputs/formats.h"
#include "evaluator/cohort/outputs/page.h"
#include "fmt/format.h"

namespace ringside::cohort {
namespace {

Tone ToneOfFlag(v1::AnswerFlag flag) {
  switch (flag) {
    case v1::ANSWER_FLAG_HEDGED:
    case v1::ANSWER_FLAG_NOT_KNOWN:
      return Tone::kPlain;
    case v1::ANSWER_FLAG_INSTRUCTIONS:
    case v1::ANSWER_FLAG_NO_SENTENCES:
      return Tone::kBad;
    default:
      return Tone::kWarn;
  }
}

std::string HeadHtml(const v1::CohortGrade& grade, const OutputOptions& options) {
  std::string chips = Chip(fmt::format("{} words", grade.words()));
  if (grade.has_theory() && grade.error().empty()) {
    chips += Chip(fmt::format("confidence {:.2f}", grade.theory().confidence()));
  }
  if (grade.has_mark()) chips += Chip(fmt::format("a person gave {:.2f}", grade.mark()));
  for (const int flag : grade.theory().flags()) {
    chips += Chip(FlagName(static_cast<v1::AnswerFlag>(flag)), ToneOfFlag(static_cast<v1::AnswerFlag>(flag)));
  }
  const bool graded = grade.error().empty();
  return fmt::format(
      "<div class=\"head\"><div><h3>{}</h3><p class=\"faint small\">{}</p>{}</div><div class=\"score "
      "{}\">{}</div>"
      "</div>\n",
      Line(TitleOf(options.bank, grade.question())), Line(grade.id(), 200), chips,
      ClassOf(graded ? ToneOf(grade.score()) : Tone::kPlain), graded ? Figure(grade.score()) : "not graded");
}

std::string OpinionHtml(const v1::JudgeOpinion& opinion) {
  if (!opinion.error().empty()) {
    return fmt::format("<div class=\"aside\">The judge {} has no opinion: {}</div>",
                       Line(opinion.model(), 80), Line(opinion.error()));
  }
  std::string points;
  for (const v1::JudgedPoint& point : opinion.points()) {
    points += fmt::format("<li>{}: {} {}</li>", Line(point.point(), 80), Figure(point.earned()),
                          Line(point.reason()));
  }
  return fmt::format(
      "<div class=\"aside\"><b>Opinion of the judge {}: {}</b> (does not count) <br>{}"
      "<details><summary>point by point</summary><ul class=\"plain\">{}</ul></details></div>",
      Line(opinion.model(), 80), Figure(opinion.mark()), Line(opinion.reason()), points);
}

}  // namespace

std::vector<Highlight> HighlightsOf(const v1::TheoryGrade& grade) {
  std::vector<Highlight> highlights;
  for (int i = 0; i < grade.points_size(); ++i) {
    if (grade.points(i).earned() <= 0) continue;  // lost to a misconception
    for (const v1::Span& span : grade.points(i).spans()) highlights.push_back({span, i + 1, false});
  }
  for (const v1::MisconceptionHit& hit : grade.misconceptions()) {
    for (const v1::Span& span : hit.spans()) highlights.push_back({span, 0, true});
  }
  return highlights;
}

std::string PointsHtml(const v1::TheoryGrade& grade, const std::string& question,
                       const evaluator::Bank* bank) {
  std::string html;
  for (int i = 0; i < grade.points_size(); ++i) {
    const v1::PointGrade& point = grade.points(i);
    html += fmt::format(
        "<li><span class=\"no {}\">{}</span><span>{}{}</span><span class=\"faint small\">{} &times; "
        "{:.3g}</span></li>\n",
        ClassOf(ToneOf(point.earned())), i + 1, Line(PointText(bank, question, point.point())),
        point.reason().empty()
            ? ""
            : fmt::format("<br><span class=\"faint small\">{}</span>", Line(point.reason())),
        Figure(point.earned()), point.weight());
  }
  if (!html.empty()) html = fmt::format("<ol class=\"points\">{}</ol>\n", html);
  for (const v1::MisconceptionHit& hit : grade.misconceptions()) {
    std::string lost;
    for (const std::string& point : hit.voided()) {
      for (int i = 0; i < grade.points_size(); ++i) {
        if (grade.points(i).point() == point) lost += fmt::format("{}{}", lost.empty() ? "" : ", ", i + 1);
      }
    }
    html +=
        fmt::format("<div class=\"wrongs\"><b>Wrong.</b> {}{}</div>\n", Line(hit.correction()),
                    lost.empty() ? "" : fmt::format(" <span class=\"small\">Costs point {}.</span>", lost));
  }
  for (const std::string& note : grade.notes())
    html += fmt::format("<p class=\"faint small\">{}</p>\n", Line(note));
  return html;
}

std::string AnswerHtml(const Graded& graded, const OutputOptions& options) {
  const v1::CohortGrade& grade = graded.grade;
  const v1::CohortAnswer& answer = graded.answer;
  std::string html = fmt::format("<article id=\"{}\">{}", Anchor(grade.id()), HeadHtml(grade, options));
  if (const std::string prompt = PromptOf(options.bank, grade.question()); !prompt.empty()) {
    html += fmt::format("<p class=\"faint\" style=\"white-space:pre-wrap\">{}</p>\n", Lines(prompt));
  }
  if (!grade.error().empty()) {
    html += fmt::format("<div class=\"wrongs\"><b>Not graded.</b> {}</div>\n", Line(grade.error()));
  }
  if (grade.has_design() || answer.has_design()) {
    html += DesignHtml(grade.design(), answer.design().rationale(), grade.question(), options.bank);
  } else {
    html += answer.text().empty() ? "<p class=\"faint\">No words.</p>\n"
                                  : fmt::format("<div class=\"said\">{}</div>\n",
                                                MarkedHtml(answer.text(), HighlightsOf(grade.theory())));
    html += PointsHtml(grade.theory(), grade.question(), options.bank);
  }
  if (options.opinion_of) {
    if (const auto opinion = options.opinion_of(answer.id()); opinion) html += OpinionHtml(*opinion);
  }
  return html + "</article>\n";
}

}  // namespace ringside::cohort
