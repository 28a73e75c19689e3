#include "evaluator/bank/study.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "fmt/format.h"

namespace ringside::evaluator {
namespace {

// Whether a topic of `among`, other than `topic`, is needed by it, be it by way of others.
bool NeedsOneOf(const Bank& bank, const v1::Topic& topic, const std::set<std::string>& among) {
  std::vector<std::string> open(topic.needs().begin(), topic.needs().end());
  std::set<std::string> seen;
  while (!open.empty()) {
    const std::string id = open.back();
    open.pop_back();
    if (id == topic.id() || !seen.insert(id).second) continue;
    if (among.contains(id)) return true;
    if (const v1::Topic* const needed = bank.FindTopic(id))
      open.insert(open.end(), needed->needs().begin(), needed->needs().end());
  }
  return false;
}

// Key questions first, then by level; those of the bank's order within.
int Rank(const v1::TheoryQuestion& question) {
  const auto& groups = question.groups();
  const bool key = std::find(groups.begin(), groups.end(), "key-question") != groups.end() ||
                   std::find(groups.begin(), groups.end(), "diagnostic") != groups.end();
  return (key ? 0 : 10) + question.level();
}

// Those that the questions name most often; where they name none, those of the topics.
std::vector<const v1::Resource*> ResourcesOf(const Bank& bank, const StudyStage& stage) {
  std::map<std::string, int> named;
  for (const v1::TheoryQuestion* question : stage.questions)
    for (const std::string& id : question->resources()) ++named[id];
  std::vector<std::pair<int, const v1::Resource*>> found;
  for (const v1::Resource& resource : bank.curriculum().resources()) {
    const bool of_topics = std::any_of(stage.topics.begin(), stage.topics.end(), [&](const v1::Topic* topic) {
      const auto& topics = resource.topics();
      return std::find(topics.begin(), topics.end(), topic->id()) != topics.end();
    });
    const auto times = named.find(resource.id());
    if (of_topics || times != named.end())
      found.emplace_back(times == named.end() ? 0 : -times->second, &resource);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<const v1::Resource*> resources;
  for (const auto& [times, resource] : found) {
    if (resources.size() < kMaxResources) resources.push_back(resource);
  }
  return resources;
}

// The easier first.
std::vector<const v1::DesignQuestion*> DesignsOf(const Bank& bank, const StudyStage& stage,
                                                 v1::Level highest) {
  std::vector<const v1::DesignQuestion*> designs;
  for (const v1::DesignQuestion& design : bank.design()) {
    const bool of_stage = std::any_of(stage.topics.begin(), stage.topics.end(), [&](const v1::Topic* topic) {
      return design.topics_size() > 0 && design.topics(0) == topic->id();
    });
    if (of_stage && design.level() <= highest) designs.push_back(&design);
  }
  std::stable_sort(designs.begin(), designs.end(),
                   [](const auto* a, const auto* b) { return a->level() < b->level(); });
  if (designs.size() > kMaxDesigns) designs.resize(kMaxDesigns);
  return designs;
}

StudyStage StageOf(const Bank& bank, std::string title, std::string focus,
                   std::vector<const v1::Topic*> topics, v1::Level highest) {
  StudyStage stage = {std::move(title), std::move(focus), std::move(topics), {}, {}, {}, 0};
  int seconds = 0;
  for (const v1::Topic* topic : stage.topics) {
    for (const v1::TheoryQuestion* question : KeyQuestions(bank, *topic, highest)) {
      stage.questions.push_back(question);
      seconds += question->time_target_s();
    }
  }
  stage.designs = DesignsOf(bank, stage, highest);
  stage.resources = ResourcesOf(bank, stage);
  stage.minutes = (seconds + 59) / 60;
  return stage;
}

absl::Status Unknown(std::string_view what, std::string_view name, const std::vector<std::string>& known) {
  return absl::NotFoundError(
      fmt::format("there is no {} \"{}\"; there are {}", what, name, absl::StrJoin(known, ", ")));
}

}  // namespace

std::vector<const v1::TheoryQuestion*> KeyQuestions(const Bank& bank, const v1::Topic& topic,
                                                    v1::Level highest) {
  std::vector<const v1::TheoryQuestion*> questions;
  for (const v1::TheoryQuestion& question : bank.theory()) {
    if (question.topics_size() > 0 && question.topics(0) == topic.id() && question.level() <= highest)
      questions.push_back(&question);
  }
  std::stable_sort(questions.begin(), questions.end(),
                   [](const auto* a, const auto* b) { return Rank(*a) < Rank(*b); });
  if (questions.size() > kMaxPerTopic) questions.resize(kMaxPerTopic);
  return questions;
}

std::vector<const v1::Topic*> WeakestFirst(const Bank& bank, const std::vector<int>& ratings, int strong) {
  const std::vector<const v1::Topic*> topics = bank.NumberedTopics();
  std::set<std::string> open;
  std::map<std::string, int> rating_of;
  for (size_t i = 0; i < topics.size() && i < ratings.size(); ++i) {
    rating_of[topics[i]->id()] = ratings[i];
    if (ratings[i] < strong) open.insert(topics[i]->id());
  }
  std::vector<const v1::Topic*> order;
  while (!open.empty()) {
    const v1::Topic* next = nullptr;
    for (const v1::Topic* topic : topics) {
      if (!open.contains(topic->id()) || NeedsOneOf(bank, *topic, open)) continue;
      if (next == nullptr || rating_of[topic->id()] < rating_of[next->id()]) next = topic;
    }
    if (next == nullptr) break;  // the topics need each other: `bank check` says so
    open.erase(next->id());
    order.push_back(next);
  }
  return order;
}

absl::StatusOr<Assessment> Assess(const Bank& bank, const std::vector<int>& ratings) {
  const v1::SelfAssessment& scale = bank.curriculum().self_assessment();
  const size_t topics = bank.NumberedTopics().size();
  if (ratings.size() != topics)
    return absl::InvalidArgumentError(
        fmt::format("{} ratings are given; there is one for each of the {} topics", ratings.size(), topics));
  Assessment assessment;
  for (const int rating : ratings) {
    if (rating < 1 || rating > scale.levels_size())
      return absl::InvalidArgumentError(
          fmt::format("a rating is {}; they are 1 to {}", rating, scale.levels_size()));
    assessment.sum += rating;
  }
  for (const v1::Band& band : scale.bands()) {
    if (assessment.sum >= band.from() && assessment.sum <= band.to()) assessment.band = &band;
  }
  assessment.weak = WeakestFirst(bank, ratings, kStrongRating);
  return assessment;
}

absl::StatusOr<StudyPlan> PlanOfPath(const Bank& bank, std::string_view id) {
  const v1::StudyPath* const path = bank.FindPath(id);
  if (path == nullptr) {
    std::vector<std::string> known;
    for (const v1::StudyPath& other : bank.curriculum().paths()) known.push_back(other.id());
    return Unknown("study path", id, known);
  }
  StudyPlan plan = {path->title(), {}};
  for (const v1::StudyWeek& week : path->weeks()) {
    std::vector<const v1::Topic*> topics;
    for (const std::string& topic : week.topics())
      if (const v1::Topic* const found = bank.FindTopic(topic)) topics.push_back(found);
    plan.stages.push_back(StageOf(bank, week.title(), week.focus(), std::move(topics), v1::LEVEL_ADVANCED));
  }
  return plan;
}

absl::StatusOr<StudyPlan> PlanOfCompany(const Bank& bank, std::string_view company) {
  std::vector<std::string> known;
  for (const v1::CompanyColumn& column : bank.curriculum().companies()) {
    known.push_back(column.company());
    if (!absl::EqualsIgnoreCase(column.company(), std::string(company))) continue;
    StudyPlan plan = {column.company(), {}};
    for (const char* const depth : {"deep", "solid", "basic"}) {
      std::vector<const v1::Topic*> topics;
      std::vector<std::string> focus;
      for (const v1::Topic* topic : bank.NumberedTopics()) {
        const auto emphasis = column.emphasis().find(topic->id());
        if (emphasis == column.emphasis().end() ||
            !absl::StartsWith(emphasis->second, std::string(depth) + ": "))
          continue;
        topics.push_back(topic);
        focus.push_back(
            fmt::format("{}: {}", topic->title(), emphasis->second.substr(std::string(depth).size() + 2)));
      }
      if (!topics.empty())
        plan.stages.push_back(
            StageOf(bank, depth, absl::StrJoin(focus, "; "), std::move(topics), v1::LEVEL_ADVANCED));
    }
    return plan;
  }
  return Unknown("company", company, known);
}

absl::StatusOr<StudyPlan> PlanOfLevel(const Bank& bank, std::string_view level) {
  constexpr std::pair<const char*, const char*> kNames[] = {
      {"junior", "foundation"}, {"mid", "core"}, {"senior", "advanced"}};
  for (int i = 0; i < 3; ++i) {
    if (level != kNames[i].first && level != kNames[i].second) continue;
    StudyPlan plan = {kNames[i].first, {}};
    std::string focus;
    for (const v1::LevelRow& row : bank.curriculum().levels()) {
      if (row.level() == kNames[i].first)
        focus = fmt::format("{} {} {}", row.theory(), row.coding(), row.tested());
    }
    for (const v1::Topic* topic : bank.NumberedTopics())
      plan.stages.push_back(StageOf(bank, topic->title(), plan.stages.empty() ? focus : "", {topic},
                                    static_cast<v1::Level>(i + 1)));
    return plan;
  }
  return Unknown("level", level, {"junior", "mid", "senior"});
}

}  // namespace ringside::evaluator
