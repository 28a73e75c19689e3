#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "evaluator/design/text.h"
#include "evaluator/interview/marks.h"
#include "evaluator/interview/phases.h"
#include "evaluator/interview/ratings.h"
#include "evaluator/interview/report.h"

namespace ringside::evaluator {
namespace {

constexpr size_t kMaxChars = 20'000;

constexpr char kStyle[] = R"(
:root{--ink:#1b1f24;--faint:#57606a;--line:#d8dee4;--tint:#f6f8fa;--accent:#0b5cad;--good:#1a7f4b;--mid:#b07c10;--bad:#b3372f}
*{box-sizing:border-box}body{margin:0;background:#eef1f4;color:var(--ink);font:15px/1.55 system-ui,"Segoe UI",Arial,sans-serif}
main{max-width:1000px;margin:32px auto;background:#fff;padding:40px 48px 56px;border:1px solid var(--line);border-radius:10px}
header{display:flex;justify-content:space-between;align-items:flex-start;gap:24px;border-bottom:1px solid var(--line);padding-bottom:20px}
h1{font-size:27px;margin:0;letter-spacing:-.01em}h2{font-size:18px;margin:34px 0 8px}p{margin:6px 0}
.faint{color:var(--faint)}.score{font-size:44px;font-weight:650;line-height:1;text-align:right}.score small{display:block;font-size:13px;font-weight:400;color:var(--faint);margin-top:6px}
table{border-collapse:collapse;width:100%}th{font-size:13px;text-align:left;color:var(--faint);font-weight:600;padding:6px 12px 6px 0;border-bottom:2px solid var(--line)}
td{padding:10px 12px 10px 0;border-bottom:1px solid var(--line);vertical-align:top}td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.badge{display:inline-block;padding:2px 10px;border-radius:11px;font-size:13px;font-weight:600;color:#fff;background:var(--faint);white-space:nowrap}
.novice{background:var(--bad)}.intermediate{background:var(--mid)}.expert{background:var(--good)}
.bar{background:var(--line);height:8px;border-radius:4px;width:110px;margin-top:7px}.bar div{height:8px;border-radius:4px;background:var(--accent)}
.two{display:grid;grid-template-columns:1fr 1fr;gap:0 36px}ol,ul{margin:4px 0;padding-left:20px}li{margin:6px 0}
details{border:1px solid var(--line);border-radius:7px;margin:8px 0;padding:9px 14px}summary{cursor:pointer}summary b{font-weight:600}
blockquote{margin:8px 0;padding:8px 14px;background:var(--tint);border-left:3px solid var(--line);white-space:pre-wrap}
mark{background:#d6f2df;color:inherit;padding:0 1px;border-radius:2px}mark.wrong{background:#fbdcd9}
pre{background:var(--tint);padding:12px 14px;border-radius:7px;overflow-x:auto;font:12.5px/1.45 ui-monospace,Menlo,Consolas,monospace;white-space:pre-wrap}
.plus{color:var(--good)}.minus{color:var(--bad)}a{color:var(--accent)}
@media print{body{background:#fff}main{border:0;margin:0;padding:0}details{break-inside:avoid}}
@media(max-width:760px){main{padding:24px 18px;margin:0}.two{grid-template-columns:1fr}}
)";

std::string E(std::string_view text) {
  return EscapeHtml(text, kMaxChars);
}

std::string RatingClass(v1::Rating rating) {
  return rating == v1::RATING_EXPERT         ? "expert"
         : rating == v1::RATING_INTERMEDIATE ? "intermediate"
         : rating == v1::RATING_NOVICE       ? "novice"
                                             : "";
}

std::string Bar(double share) {
  return fmt::format("<div class=\"bar\"><div style=\"width:{}%\"></div></div>", Percent(share));
}

std::string Head(const v1::InterviewSession& session) {
  const v1::InterviewScorecard& card = session.scorecard();
  const std::string name = card.candidate().empty() ? "Interview" : E(card.candidate());
  std::string about = card.role().empty() ? "" : E(card.role()) + " &middot; ";
  about += fmt::format("{} questions &middot; {} minutes &middot; {}", card.questions(),
                       session.active_ms() / 60'000, E(card.ended()));
  if (session.setup().started_unix_s() > 0)
    about += " &middot; " + DateText(session.setup().started_unix_s());
  return fmt::format(
      "<header><div><h1>{}</h1><p class=\"faint\">{}</p></div><div class=\"score\">{}<small>of "
      "100</small></div></header>\n",
      name, about, Percent(card.score()));
}

std::string Areas(const v1::InterviewScorecard& card) {
  std::string rows;
  for (const v1::AreaRating& area : card.areas()) {
    const bool asked = area.rating() != v1::RATING_UNSPECIFIED;
    rows += fmt::format(
        "<tr><td><b>{}</b>{}</td><td><span class=\"badge {}\">{}</span></td><td "
        "class=\"n\">{}</td><td>{}{}</td></tr>\n",
        E(area.title()), asked ? Bar(area.score()) : "", RatingClass(area.rating()),
        RatingName(area.rating()), asked ? fmt::format("{}", Percent(area.score())) : "&ndash;",
        E(area.justification()),
        area.rubric().empty() ? "" : fmt::format("<p class=\"faint\">{}</p>", E(area.rubric())));
  }
  return fmt::format(
      "<h2>Ratings</h2><table><tr><th "
      "style=\"width:20%\">Area</th><th>Rating</th><th>Score</th><th>Why</th></tr>{}</table>\n",
      rows);
}

std::string Advice(const v1::InterviewScorecard& card) {
  std::string strengths, improvements, resources;
  for (const std::string& strength : card.strengths()) strengths += fmt::format("<li>{}</li>", E(strength));
  for (const v1::Improvement& improvement : card.improvements()) {
    improvements += fmt::format("<li>{} <span class=\"faint\">{}</span></li>", E(improvement.text()),
                                E(improvement.because()));
  }
  for (const v1::RecommendedResource& resource : card.resources()) {
    const bool link = resource.url().starts_with("https://") || resource.url().starts_with("http://");
    const std::string title =
        link ? fmt::format("<a href=\"{}\">{}</a>", E(resource.url()), E(resource.title()))
             : E(resource.title());
    resources += fmt::format("<li>{}, {} <span class=\"faint\">{}</span></li>", title, E(resource.by()),
                             E(resource.because()));
  }
  return fmt::format(
      "<div class=\"two\"><div><h2>Strengths</h2><ol>{}</ol></div><div><h2>What to work "
      "on</h2><ol>{}</ol></div></div>\n"
      "<h2>To read</h2><ul>{}</ul>\n",
      strengths, improvements, resources);
}

std::string Observed(const v1::InterviewScorecard& card) {
  std::string items;
  for (const v1::Observation& seen : card.observations()) {
    items += fmt::format("<li><b class=\"{}\">{}</b> {} <span class=\"faint\">{}{}</span></li>",
                         seen.strong() ? "plus" : "minus", seen.strong() ? "+" : "&minus;", E(seen.text()),
                         E(seen.seen()),
                         seen.quote().empty() ? "" : fmt::format(" &ldquo;{}&rdquo;", E(seen.quote())));
  }
  return items.empty()
             ? ""
             : fmt::format("<h2>Observed</h2><ul style=\"list-style:none;padding-left:0\">{}</ul>\n", items);
}

std::string TimeAndReview(const v1::InterviewScorecard& card) {
  std::string times, reviews;
  for (const v1::PhaseTime& phase : card.phases()) {
    times += fmt::format("<tr><td>{}</td><td class=\"n\">{} / {}</td><td class=\"n\">{}</td></tr>",
                         E(phase.title()), MinutesText(phase.spent_ms()), MinutesText(phase.budget_ms()),
                         phase.questions());
  }
  for (int i = 0; i < card.review_size() && i < 8; ++i) {
    reviews += fmt::format("<tr><td>{}</td><td class=\"n\">{}</td></tr>", E(card.review(i).title()),
                           ReviewDay(card.review(i)));
  }
  std::string html = fmt::format(
      "<div "
      "class=\"two\"><div><h2>Time</h2><table><tr><th>Part</th><th>Spent</th><th>Questions</th></tr>{}</"
      "table></div>"
      "<div><h2>To answer again</h2><table><tr><th>Question</th><th>On</th></tr>{}</table></div></div>\n",
      times, reviews);
  if (card.hints() > 0)
    html += fmt::format("<p class=\"faint\">{} hints, at the price of up to {:.2f} questions.</p>",
                        card.hints(), card.hint_price());
  for (const std::string& note : card.notes()) html += fmt::format("<p class=\"faint\">{}</p>", E(note));
  return html;
}

// The answer with what earned points, and what was wrong, marked.
std::string Marked(const std::string& said, const v1::TheoryGrade& grade) {
  enum : char { kPlain, kEarned, kWrong };
  std::vector<char> marks(said.size(), kPlain);
  const auto mark = [&](const v1::Span& span, char as) {
    const auto clamp = [&](int at) {
      return std::clamp<size_t>(static_cast<size_t>(std::max(0, at)), 0, said.size());
    };
    for (size_t i = clamp(span.begin()); i < clamp(span.end()); ++i) marks[i] = as;
  };
  for (const v1::PointGrade& point : grade.points()) {
    for (const v1::Span& span : point.spans()) mark(span, kEarned);
  }
  for (const v1::MisconceptionHit& hit : grade.misconceptions()) {
    for (const v1::Span& span : hit.spans()) mark(span, kWrong);
  }
  // A character is marked as its first byte is.
  for (size_t i = 1; i < said.size(); ++i) {
    if ((static_cast<unsigned char>(said[i]) & 0xC0) == 0x80) marks[i] = marks[i - 1];
  }
  std::string html;
  for (size_t begin = 0; begin < said.size();) {
    size_t end = begin + 1;
    while (end < said.size() && marks[end] == marks[begin] && said[end] != '\n' && said[begin] != '\n') ++end;
    const std::string piece =
        said[begin] == '\n' ? "\n" : E(std::string_view(said).substr(begin, end - begin));
    html += marks[begin] == kPlain || piece == "\n"
                ? piece
                : fmt::format("<mark{}>{}</mark>", marks[begin] == kWrong ? " class=\"wrong\"" : "", piece);
    begin = end;
  }
  return html;
}

std::string QuestionHtml(const InterviewContext& context, const v1::AskedQuestion& asked) {
  std::string body;
  if (!asked.has_debugging())
    body += fmt::format("<p>{}</p>", E(asked.parts().empty() ? "" : asked.parts(0).prompt()));
  const std::string said = AllAnswers(asked);
  body += said.empty() ? "<p class=\"faint\">No answer.</p>"
                       : fmt::format("<blockquote>{}</blockquote>", Marked(said, asked.grade()));
  if (asked.has_debugging()) {
    std::string checks;
    for (const v1::EvidenceRequest& request : asked.debugging().requests())
      checks += (checks.empty() ? "" : ", ") + request.id();
    body += fmt::format("<p>Looked at, in this order: {}. Order: {} of 100.</p>",
                        checks.empty() ? "nothing" : E(checks), Percent(asked.debugging().order_score()));
    for (const std::string& note : asked.debugging().notes())
      body += fmt::format("<p class=\"faint\">{}</p>", E(note));
  }
  if (asked.has_design()) {
    std::string rows;
    for (const v1::AreaScore& area : asked.design().areas()) {
      if (area.weight() > 0)
        rows += fmt::format("<tr><td>{}</td><td class=\"n\">{}</td><td>{}</td></tr>", E(area.area()),
                            Percent(area.score()), E(area.reason()));
    }
    body += fmt::format("<p>{} ({})</p><table>{}</table>", E(asked.design().plan_name()),
                        asked.design().basis() == v1::ORIGIN_MEASURED ? "measured" : "simulated", rows);
  }
  const v1::TheoryQuestion* reference = FindQuestion(context, asked.id());
  std::string points;
  for (const v1::PointGrade& point : asked.grade().points()) {
    std::string text = point.point();
    for (int i = 0; reference != nullptr && i < reference->points_size(); ++i) {
      if (reference->points(i).id() == point.point()) text = reference->points(i).text();
    }
    const bool earned = point.earned() >= 0.5;
    points += fmt::format("<li><b class=\"{}\">{}</b> {}</li>", earned ? "plus" : "minus",
                          earned ? "+" : "&minus;", E(text));
  }
  if (!points.empty()) body += fmt::format("<ul style=\"list-style:none;padding-left:0\">{}</ul>", points);
  for (const v1::MisconceptionHit& hit : asked.grade().misconceptions())
    body += fmt::format("<p class=\"minus\">{}</p>", E(hit.correction()));
  for (const std::string& note : asked.grade().notes())
    body += fmt::format("<p class=\"faint\">{}</p>", E(note));
  if (reference != nullptr && !reference->diagram().empty()) {
    if (const v1::Diagram* diagram = context.bank->FindDiagram(reference->diagram()); diagram != nullptr) {
      std::string lines;
      for (size_t at = 0; at < diagram->text().size();) {
        const size_t end = std::min(diagram->text().find('\n', at), diagram->text().size());
        lines += E(std::string_view(diagram->text()).substr(at, end - at)) + "\n";
        at = end + 1;
      }
      body += fmt::format("<p class=\"faint\">{}</p><pre>{}</pre>", E(diagram->title()), lines);
    }
  }
  const std::string mark =
      CountsForScore(asked) ? fmt::format("{}", Percent(asked.score())) : "does not count";
  return fmt::format(
      "<details><summary><b>{}</b> <span class=\"faint\">{} &middot; {} &middot; "
      "{}{}</span></summary>{}</details>\n",
      E(asked.title()), mark, LevelName(asked.level()), E(asked.reason()),
      asked.hints().empty() ? "" : fmt::format(" &middot; {} hints", asked.hints_size()), body);
}

}  // namespace

std::string ScorecardHtml(const InterviewContext& context, const v1::InterviewSession& session) {
  const v1::InterviewScorecard& card = session.scorecard();
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width, "
      "initial-scale=1\"><title>Scorecard</title><style>{}</style></head><body><main>\n",
      kStyle);
  html += Head(session);
  if (!card.band().empty())
    html += fmt::format("<p><b>{} of {} answered well.</b> {}</p>", card.answered_well(), card.questions(),
                        E(card.band()));
  html += Areas(card) + Advice(card) + Observed(card) + TimeAndReview(card);
  html += "<h2>Every question</h2>\n";
  for (const v1::AskedQuestion& asked : session.asked()) html += QuestionHtml(context, asked);
  std::string lines;
  const std::string transcript = TranscriptText(session);
  for (size_t at = 0; at < transcript.size();) {
    const size_t end = std::min(transcript.find('\n', at), transcript.size());
    lines += E(std::string_view(transcript).substr(at, end - at)) + "\n";
    at = end + 1;
  }
  html += fmt::format(
      "<details><summary><b>The dialogue</b></summary><pre>{}</pre></details>\n</main></body></html>\n",
      lines);
  return html;
}

}  // namespace ringside::evaluator
