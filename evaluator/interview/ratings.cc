#include "evaluator/interview/ratings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "evaluator/interview/marks.h"
#include "evaluator/interview/phases.h"
#include "evaluator/interview/rules.h"
#include "evaluator/interview/signals.h"

namespace ringside::evaluator {
namespace {

constexpr double kEarned = 0.5;
constexpr size_t kQuoteBytes = 120;
constexpr size_t kMostEvidence = 6;

using Questions = std::vector<const v1::AskedQuestion*>;

double WeightOf(const v1::ReferencePoint& point) {
  return point.has_weight() ? point.weight() : 1;
}

v1::Rating RatingOf(const Questions& questions, double score) {
  if (questions.empty()) return v1::RATING_UNSPECIFIED;
  if (score < kWeak) return v1::RATING_NOVICE;
  const bool hard = std::any_of(questions.begin(), questions.end(), [](const v1::AskedQuestion* question) {
    return question->level() >= v1::LEVEL_CORE && question->score() >= kStrong;
  });
  const bool wrong = std::any_of(questions.begin(), questions.end(), [](const v1::AskedQuestion* question) {
    return question->grade().misconceptions_size() > 0;
  });
  return score >= kExpertScore && hard && !wrong ? v1::RATING_EXPERT : v1::RATING_INTERMEDIATE;
}

std::string Justification(const InterviewContext& context, const Questions& questions, double score) {
  if (questions.empty()) return "Nothing was asked about it.";
  const auto by_score = [](const v1::AskedQuestion* a, const v1::AskedQuestion* b) {
    return a->score() < b->score();
  };
  const v1::AskedQuestion& best = **std::max_element(questions.begin(), questions.end(), by_score);
  const v1::AskedQuestion& worst = **std::min_element(questions.begin(), questions.end(), by_score);
  v1::Level hardest = v1::LEVEL_FOUNDATION;
  for (const v1::AskedQuestion* question : questions) hardest = std::max(hardest, question->level());
  std::string text =
      fmt::format("{} of 100 over {} {}, the hardest of {} level.", Percent(score), questions.size(),
                  questions.size() == 1 ? "question" : "questions", LevelName(hardest));
  const PointsOf at_best = TellingPoints(context, best), at_worst = TellingPoints(context, worst);
  if (at_best.earned != nullptr && !at_best.quote.empty()) {
    text += fmt::format(" Best in \"{}\" ({}): \"{}\".", best.title(), Percent(best.score()), at_best.quote);
  }
  if (at_worst.missed != nullptr) {
    text += fmt::format(" Missing in \"{}\" ({}): {}", worst.title(), Percent(worst.score()),
                        at_worst.missed->text());
  }
  for (const v1::AskedQuestion* question : questions) {
    for (const v1::MisconceptionHit& hit : question->grade().misconceptions()) {
      return text + fmt::format(" Wrong in \"{}\": {}", question->title(), hit.correction());
    }
  }
  return text;
}

void AddEvidence(const InterviewContext& context, const v1::AskedQuestion& asked, v1::AreaRating* rating) {
  const PointsOf points = TellingPoints(context, asked);
  const auto add = [&](const std::string& point, const std::string& quote) {
    v1::InterviewEvidence& evidence = *rating->add_evidence();
    evidence.set_question(asked.id());
    evidence.set_title(asked.title());
    evidence.set_score(asked.score());
    evidence.set_point(point);
    evidence.set_quote(quote);
  };
  if (points.earned != nullptr) add(points.earned->text(), points.quote);
  if (points.missed != nullptr) add(points.missed->text(), "");
}

}  // namespace

int Percent(double share) {
  return static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * 100));
}

std::string_view RatingName(v1::Rating rating) {
  switch (rating) {
    case v1::RATING_NOVICE:
      return "Novice";
    case v1::RATING_INTERMEDIATE:
      return "Intermediate";
    case v1::RATING_EXPERT:
      return "Expert";
    default:
      return "Not asked";
  }
}

std::string_view LevelName(v1::Level level) {
  switch (level) {
    case v1::LEVEL_CORE:
      return "core";
    case v1::LEVEL_ADVANCED:
      return "advanced";
    default:
      return "foundation";
  }
}

Questions Counted(const v1::InterviewSession& session) {
  Questions counted;
  for (const v1::AskedQuestion& question : session.asked()) {
    if (CountsForScore(question)) counted.push_back(&question);
  }
  return counted;
}

double MeanScore(const Questions& questions) {
  double sum = 0, weights = 0;
  for (const v1::AskedQuestion* question : questions) {
    sum += LevelWeight(question->level()) * question->score();
    weights += LevelWeight(question->level());
  }
  return weights > 0 ? sum / weights : 0;
}

PointsOf TellingPoints(const InterviewContext& context, const v1::AskedQuestion& asked) {
  PointsOf points;
  const v1::TheoryQuestion* reference = FindQuestion(context, asked.id());
  if (reference == nullptr) return points;
  const std::string said = AllAnswers(asked);
  double most_earned = 0, most_missed = 0;
  for (const v1::ReferencePoint& point : reference->points()) {
    const v1::PointGrade* grade = nullptr;
    for (const v1::PointGrade& candidate : asked.grade().points()) {
      if (candidate.point() == point.id()) grade = &candidate;
    }
    const double earned = grade == nullptr ? 0 : grade->earned();
    if (earned >= kEarned && WeightOf(point) * earned > most_earned) {
      most_earned = WeightOf(point) * earned;
      points.earned = &point;
      points.quote.clear();
      if (!grade->spans().empty()) {
        // The sentence around the first span, from the span on if it began far before.
        const auto span = static_cast<size_t>(std::max(0, grade->spans(0).begin()));
        const size_t stop = said.find_last_of(".!?\n", span == 0 ? 0 : span - 1);
        size_t begin = stop == std::string::npos || stop >= span ? 0 : stop + 1;
        while (begin < span && said[begin] == ' ') ++begin;
        if (span - begin > kQuoteBytes / 2) begin = span;
        size_t end = said.find_first_of(".\n", static_cast<size_t>(std::max(0, grade->spans(0).end())));
        if (end == std::string::npos) end = said.size();
        points.quote = Excerpt(said, begin, end, kQuoteBytes);
      }
    }
    if (earned < kEarned && WeightOf(point) * (1 - earned) > most_missed) {
      most_missed = WeightOf(point) * (1 - earned);
      points.missed = &point;
    }
  }
  return points;
}

std::vector<v1::AreaRating> RateAreas(const InterviewContext& context, const v1::InterviewSession& session) {
  std::vector<v1::AreaRating> ratings;
  for (const v1::RubricArea& area : context.bank->curriculum().areas()) {
    Questions questions;
    for (const v1::AskedQuestion* question : Counted(session)) {
      if (question->area() == area.id()) questions.push_back(question);
    }
    v1::AreaRating rating;
    rating.set_area(area.id());
    rating.set_title(area.title());
    rating.set_score(MeanScore(questions));
    rating.set_questions(static_cast<int>(questions.size()));
    rating.set_rating(RatingOf(questions, rating.score()));
    if (rating.rating() == v1::RATING_NOVICE) rating.set_rubric(area.novice());
    if (rating.rating() == v1::RATING_INTERMEDIATE) rating.set_rubric(area.intermediate());
    if (rating.rating() == v1::RATING_EXPERT) rating.set_rubric(area.expert());
    rating.set_justification(Justification(context, questions, rating.score()));
    for (size_t i = 0; i < questions.size() && i < kMostEvidence; ++i)
      AddEvidence(context, *questions[i], &rating);
    ratings.push_back(std::move(rating));
  }
  return ratings;
}

}  // namespace ringside::evaluator
