#include <fmt/format.h>

#include <ctime>
#include <vector>

#include "absl/strings/str_split.h"
#include "evaluator/design/text.h"
#include "evaluator/interview/ratings.h"
#include "evaluator/interview/report.h"
#include "trace/table.h"

namespace ringside::evaluator {
namespace {

constexpr size_t kWidth = 100;
constexpr size_t kMaxChars = 2000;

// Words broken into lines of kWidth columns, all but the first indented by `indent`.
std::string Wrapped(std::string_view text, size_t indent) {
  const std::string clean = Printable(text, kMaxChars);
  std::string out;
  size_t column = indent;
  for (const absl::string_view word : absl::StrSplit(clean, ' ', absl::SkipEmpty())) {
    const size_t width = Columns(std::string_view(word.data(), word.size()));
    if (column > indent && column + 1 + width > kWidth) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += " ";
      ++column;
    }
    out.append(word.data(), word.size());
    column += width;
  }
  return out + "\n";
}

std::string Item(std::string_view mark, std::string_view text) {
  return fmt::format("  {} {}", mark, Wrapped(text, 5));
}

std::string_view ModeName(v1::InterviewMode mode) {
  if (mode == v1::INTERVIEW_MODE_DIAGNOSTIC) return "diagnostic";
  return mode == v1::INTERVIEW_MODE_RAPID_FIRE ? "rapid fire" : "interview";
}

std::string Areas(const v1::InterviewScorecard& card) {
  trace::Table table;
  table.Column("area", trace::Table::Align::kLeft)
      .Column("rating", trace::Table::Align::kLeft)
      .Column("score")
      .Column("questions");
  for (const v1::AreaRating& area : card.areas()) {
    const bool asked = area.rating() != v1::RATING_UNSPECIFIED;
    table.Row({area.title(), std::string(RatingName(area.rating())),
               asked ? fmt::format("{}", Percent(area.score())) : "-", fmt::format("{}", area.questions())});
  }
  std::string text = table.Text() + "\n";
  for (const v1::AreaRating& area : card.areas()) {
    text += fmt::format("  {}\n     {}", area.title(), Wrapped(area.justification(), 5));
  }
  return text;
}

}  // namespace

std::string MinutesText(int64_t ms) {
  return fmt::format("{:02}:{:02}", ms / 60'000, ms / 1000 % 60);
}

std::string DateText(int64_t unix_s) {
  const std::time_t time = unix_s;
  std::tm day{};
  if (gmtime_r(&time, &day) == nullptr) return "?";
  return fmt::format("{:04}-{:02}-{:02}", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday);
}

std::string ReviewDay(const v1::ReviewDate& review) {
  constexpr int64_t kTenYears_s = int64_t{10} * 365 * 86'400;  // before that: nobody said what day it was
  if (review.due_unix_s() > kTenYears_s) return DateText(review.due_unix_s());
  return fmt::format("in {:.0f} {}", review.interval_days(), review.interval_days() == 1 ? "day" : "days");
}

std::string ScorecardText(const v1::InterviewScorecard& card) {
  std::string text = fmt::format(
      "Scorecard{}{}: {} of 100 over {} {} ({}; {})\n\n",
      card.candidate().empty() ? "" : " of " + Printable(card.candidate(), 60),
      card.role().empty() ? "" : ", " + Printable(card.role(), 60), Percent(card.score()), card.questions(),
      card.questions() == 1 ? "question" : "questions", ModeName(card.mode()), Printable(card.ended(), 100));
  if (card.mode() == v1::INTERVIEW_MODE_DIAGNOSTIC) {
    text +=
        fmt::format("Answered well: {} of {}. {}\n\n", card.answered_well(), card.questions(), card.band());
  }
  text += Areas(card);
  text += "\nStrengths\n";
  for (const std::string& strength : card.strengths()) text += Item("+", strength);
  text += "\nWhat to work on\n";
  for (int i = 0; i < card.improvements_size(); ++i) {
    text += Item(fmt::format("{}.", i + 1),
                 fmt::format("{} ({})", card.improvements(i).text(), card.improvements(i).because()));
  }
  text += "\nTo read\n";
  for (const v1::RecommendedResource& resource : card.resources()) {
    text += Item("-", fmt::format("{}, {} ({}) {}", resource.title(), resource.by(), resource.because(),
                                  resource.url()));
  }
  if (!card.observations().empty()) text += "\nObserved\n";
  for (const v1::Observation& seen : card.observations()) {
    text += Item(seen.strong() ? "+" : "-",
                 fmt::format("{} {}{}", seen.text(), seen.seen(),
                             seen.quote().empty() ? "" : fmt::format(" \"{}\"", seen.quote())));
  }
  text += "\nTime\n";
  trace::Table times;
  times.Column("part", trace::Table::Align::kLeft).Column("spent").Column("of").Column("questions");
  for (const v1::PhaseTime& phase : card.phases()) {
    times.Row({phase.title(), MinutesText(phase.spent_ms()), MinutesText(phase.budget_ms()),
               fmt::format("{}", phase.questions())});
  }
  text += times.Text();
  if (card.hints() > 0) {
    text += fmt::format("\nHints: {}, at the price of up to {:.2f} questions.\n", card.hints(),
                        card.hint_price());
  }
  if (!card.review().empty()) text += "\nTo answer again\n";
  for (int i = 0; i < card.review_size() && i < 8; ++i) {
    text += Item(ReviewDay(card.review(i)),
                 fmt::format("{} ({})", card.review(i).title(), card.review(i).because()));
  }
  if (!card.notes().empty()) text += "\nNotes\n";
  for (const std::string& note : card.notes()) text += Item("-", note);
  return text;
}

std::string TranscriptText(const v1::InterviewSession& session) {
  std::string text;
  for (const v1::InterviewTurn& turn : session.turns()) {
    const bool interviewer = turn.speaker() == v1::SPEAKER_INTERVIEWER;
    text += fmt::format("{}  {}\n", MinutesText(turn.at_ms()),
                        interviewer ? fmt::format("Interviewer ({})", turn.kind()) : "Candidate");
    for (const absl::string_view line : absl::StrSplit(turn.text(), '\n')) {
      text += line.empty()
                  ? "\n"
                  : fmt::format("  {}\n", Printable(std::string_view(line.data(), line.size()), kMaxChars));
    }
  }
  return text;
}

}  // namespace ringside::evaluator
