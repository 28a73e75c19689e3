#include "evaluator/interview/advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "evaluator/bank/schedule.h"
#include "evaluator/interview/marks.h"
#include "evaluator/interview/phases.h"
#include "evaluator/interview/ratings.h"
#include "evaluator/interview/rules.h"

namespace ringside::evaluator {
namespace {

using Questions = std::vector<const v1::AskedQuestion*>;

constexpr double kGoodAnswer = 0.6;
constexpr double kGoodOrder = 0.7;
constexpr int64_t kDay_s = 86'400;

Questions BestFirst(const v1::InterviewSession& session) {
  Questions questions = Counted(session);
  std::stable_sort(questions.begin(), questions.end(),
                   [](const auto* a, const auto* b) { return a->score() > b->score(); });
  return questions;
}

// By what was lost: the harder the question, the more.
Questions WorstFirst(const v1::InterviewSession& session) {
  Questions questions = Counted(session);
  std::stable_sort(questions.begin(), questions.end(), [](const auto* a, const auto* b) {
    return LevelWeight(a->level()) * (1 - a->score()) > LevelWeight(b->level()) * (1 - b->score());
  });
  return questions;
}

std::string TitleOfTopic(const InterviewContext& context, const std::string& topic) {
  const v1::Topic* known = context.bank->FindTopic(topic);
  return known == nullptr ? topic : known->title();
}

void AddStrength(std::string text, std::vector<std::string>* strengths) {
  if (strengths->size() < kStrengths &&
      std::find(strengths->begin(), strengths->end(), text) == strengths->end()) {
    strengths->push_back(std::move(text));
  }
}

// How the interview went, apart from what was said.
void AddConduct(const v1::InterviewSession& session, std::vector<std::string>* strengths) {
  const Questions questions = Counted(session);
  const auto answered = std::count_if(questions.begin(), questions.end(),
                                      [](const auto* q) { return !AllAnswers(*q).empty(); });
  const bool hints =
      std::any_of(questions.begin(), questions.end(), [](const auto* q) { return !q->hints().empty(); });
  const bool overrun = std::any_of(session.phases().begin(), session.phases().end(),
                                   [](const auto& phase) { return phase.overrun_said(); });
  if (answered > 0 && !hints)
    AddStrength(fmt::format("Answered {} questions without taking a hint.", answered), strengths);
  if (answered > 0 && !overrun) AddStrength("Kept to the time of every part.", strengths);
  if (hints) AddStrength("Took a hint where it was stuck instead of guessing, knowing its price.", strengths);
  if (answered > 0) {
    AddStrength(fmt::format("Gave an answer to {} of {} questions.", answered, questions.size()), strengths);
    AddStrength("Put thoughts into words under the eyes of an interviewer.", strengths);
  }
  AddStrength("There was too little to name more: nothing that was said speaks against it.", strengths);
  const bool wrong = std::any_of(questions.begin(), questions.end(),
                                 [](const auto* q) { return !q->grade().misconceptions().empty(); });
  if (!wrong) AddStrength("No wrong statement was made.", strengths);
  if (wrong) AddStrength("Committed to answers that can be put right.", strengths);
  AddStrength("The next interview has this one to build on.", strengths);
}

v1::Improvement Make(std::string topic, std::string text, std::string because) {
  v1::Improvement improvement;
  improvement.set_topic(std::move(topic));
  improvement.set_text(std::move(text));
  improvement.set_because(std::move(because));
  return improvement;
}

bool WithoutFullStop(std::string* text) {
  while (!text->empty() && text->back() == '.') text->pop_back();
  return !text->empty();
}

v1::Improvement FromQuestion(const InterviewContext& context, const v1::AskedQuestion& asked) {
  const std::string topic = asked.topics().empty() ? "" : asked.topics(0);
  const PointsOf points = TellingPoints(context, asked);
  std::string text;
  if (asked.has_debugging() && asked.debugging().done() && asked.debugging().order_score() < kGoodOrder) {
    text =
        "Practise the order of checks on another run of `ringside debug`: data, labels and one batch first, "
        "experiments last.";
  } else if (!asked.grade().misconceptions().empty()) {
    text = fmt::format("Put this right and explain it to someone: {}",
                       asked.grade().misconceptions(0).correction());
  } else if (points.missed != nullptr) {
    std::string missing = points.missed->text();
    WithoutFullStop(&missing);
    const int minutes = std::max(1, asked.time_target_s() / 60);
    text = fmt::format("Answer \"{}\" again, aloud and in {} {}, until you can say why this holds: {}.",
                       asked.title(), minutes, minutes == 1 ? "minute" : "minutes", missing);
  } else {
    text =
        fmt::format("Answer \"{}\" again in your own words, with one example and one case in which it fails.",
                    asked.title());
  }
  return Make(topic, std::move(text), fmt::format("It got {} of 100.", Percent(asked.score())));
}

}  // namespace

std::vector<std::string> Strengths(const InterviewContext& context, const v1::InterviewSession& session,
                                   const std::vector<v1::Observation>& observations) {
  std::vector<std::string> strengths;
  for (const v1::AskedQuestion* question : BestFirst(session)) {
    if (question->score() < kGoodAnswer || strengths.size() == 2) break;
    const PointsOf points = TellingPoints(context, *question);
    AddStrength(points.quote.empty()
                    ? fmt::format("\"{}\": {} of 100.", question->title(), Percent(question->score()))
                    : fmt::format("\"{}\" ({} of 100): \"{}\".", question->title(),
                                  Percent(question->score()), points.quote),
                &strengths);
  }
  for (const v1::AskedQuestion* question : Counted(session)) {
    if (question->debugging().done() && question->debugging().order_score() >= kGoodOrder) {
      AddStrength(
          fmt::format("Debugged in order, from simple checks to costly ones ({} of 100 for the order).",
                      Percent(question->debugging().order_score())),
          &strengths);
    }
  }
  for (const v1::Observation& observation : observations) {
    if (observation.strong())
      AddStrength(fmt::format("{} {}", observation.text(), observation.seen()), &strengths);
  }
  AddConduct(session, &strengths);
  return strengths;
}

std::vector<v1::Improvement> Improvements(const InterviewContext& context,
                                          const v1::InterviewSession& session,
                                          const std::vector<v1::Observation>& observations) {
  std::vector<v1::Improvement> improvements;
  std::set<std::string> topics, texts;
  const auto add = [&](v1::Improvement improvement) {
    if (improvements.size() < kImprovements && texts.insert(improvement.text()).second) {
      improvements.push_back(std::move(improvement));
    }
  };
  const bool behaviour = std::any_of(observations.begin(), observations.end(),
                                     [](const auto& o) { return !o.strong() && !o.advice().empty(); });
  for (const v1::AskedQuestion* question : WorstFirst(session)) {
    if (question->score() >= 0.9 || improvements.size() == (behaviour ? 2 : 3)) break;
    if (!question->topics().empty() && !topics.insert(question->topics(0)).second) continue;
    add(FromQuestion(context, *question));
  }
  for (const v1::Observation& observation : observations) {
    if (!observation.strong() && !observation.advice().empty())
      add(Make("", observation.advice(), observation.seen()));
  }
  for (const v1::AskedQuestion* question : WorstFirst(session)) {
    if (question->score() < 0.9) add(FromQuestion(context, *question));
  }
  if (session.level() < v1::LEVEL_ADVANCED && MeanScore(Counted(session)) >= kStrong) {
    add(Make("", "Take the next interview one level higher: `ringside interview --level advanced`.",
             "The questions of this one were within reach."));
  }
  const v1::InterviewMode mode = session.setup().mode();
  if (mode == v1::INTERVIEW_MODE_RAPID_FIRE) {
    add(Make("", "Hold a whole interview: `ringside interview`.", "Short answers leave the reasons out."));
  } else {
    add(Make("",
             "Answer twelve rapid-fire questions against the clock: `ringside interview --mode rapid_fire`.",
             "Short answers are a skill of their own."));
  }
  add(Make("", "Debug three recorded runs: `ringside debug --list`.", "Reading curves is learnt on curves."));
  if (mode == v1::INTERVIEW_MODE_DIAGNOSTIC) {
    add(Make("", "Hold a whole interview: `ringside interview`.",
             "It asks for reasons and for what would happen if."));
  } else {
    add(Make("", "Go through the diagnostic: `ringside interview --mode diagnostic`.",
             "It covers one question of each topic."));
  }
  return improvements;
}

std::vector<std::string> WeakTopics(const v1::InterviewSession& session) {
  std::map<std::string, Questions> by_topic;
  for (const v1::AskedQuestion* question : Counted(session)) {
    if (!question->topics().empty()) by_topic[question->topics(0)].push_back(question);
  }
  std::vector<std::pair<double, std::string>> weak;
  for (const auto& [topic, questions] : by_topic) {
    const double score = MeanScore(questions);
    if (score < kAnsweredWell) weak.emplace_back(score, topic);
  }
  std::sort(weak.begin(), weak.end());
  std::vector<std::string> topics;
  for (auto& [score, topic] : weak) topics.push_back(std::move(topic));
  return topics;
}

std::vector<v1::RecommendedResource> Resources(const InterviewContext& context,
                                               const v1::InterviewSession& session) {
  std::vector<v1::RecommendedResource> resources;
  const auto add = [&](const v1::Resource& resource, const std::string& because) {
    const bool there = std::any_of(resources.begin(), resources.end(),
                                   [&](const auto& r) { return r.id() == resource.id(); });
    if (there || resources.size() >= kMostResources) return;
    v1::RecommendedResource recommended;
    recommended.set_id(resource.id());
    recommended.set_title(resource.title());
    recommended.set_by(resource.by());
    recommended.set_url(resource.url());
    recommended.set_because(because);
    resources.push_back(std::move(recommended));
  };
  const Questions worst = WorstFirst(session);
  for (const v1::AskedQuestion* question : worst) {  // one a question, so that three gaps are covered
    const v1::TheoryQuestion* reference = FindQuestion(context, question->id());
    if (reference == nullptr || question->score() >= 0.9) continue;
    const size_t before = resources.size();
    for (const std::string& id : reference->resources()) {
      const v1::Resource* resource = context.bank->FindResource(id);
      if (resource != nullptr && resources.size() == before)
        add(*resource, fmt::format("for \"{}\"", question->title()));
    }
  }
  for (const v1::AskedQuestion* question : worst) {
    for (const std::string& topic : question->topics()) {
      for (const v1::Resource& resource : context.bank->curriculum().resources()) {
        const auto& of = resource.topics();
        if (std::find(of.begin(), of.end(), topic) != of.end())
          add(resource, fmt::format("for {}", TitleOfTopic(context, topic)));
      }
    }
  }
  for (const v1::Resource& resource : context.bank->curriculum().resources()) {
    if (resources.size() < 2) add(resource, "as a foundation");
  }
  return resources;
}

std::vector<v1::ReviewDate> Reviews(const v1::InterviewSession& session) {
  std::vector<v1::ReviewDate> reviews;
  for (const v1::AskedQuestion* question : Counted(session)) {
    v1::TheoryGrade grade = question->grade();
    grade.set_score(question->score());
    const CardState card = Review({}, RatingOf(grade, question->hints_size()), 0);
    v1::ReviewDate& review = reviews.emplace_back();
    review.set_question(question->id());
    review.set_title(question->title());
    review.set_interval_days(card.due_day);
    review.set_due_unix_s(session.setup().started_unix_s() + card.due_day * kDay_s);
    review.set_because(fmt::format("{} of 100", Percent(question->score())));
  }
  std::stable_sort(reviews.begin(), reviews.end(),
                   [](const auto& a, const auto& b) { return a.interval_days() < b.interval_days(); });
  return reviews;
}

}  // namespace ringside::evaluator
