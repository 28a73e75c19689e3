// `ringside bank plan|assess`: what to study, in which order, and when to repeat it.
#include <charconv>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "cli/bank.h"
#include "cli/command.h"
#include "cli/output.h"
#include "evaluator/bank/review_plan.h"
#include "evaluator/bank/study.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace ringside::cli {
namespace {

using evaluator::Bank;
using evaluator::StudyPlan;
using evaluator::StudyStage;

template <typename Messages>
std::vector<std::string> IdsOf(const Messages& messages) {
  std::vector<std::string> ids;
  for (const auto* message : messages) ids.push_back(message->id());
  return ids;
}

std::string ToText(const StudyPlan& plan) {
  std::string text = plan.title + "\n";
  for (const StudyStage& stage : plan.stages) {
    text += fmt::format("\n{} ({} questions, {} min of answers)\n", stage.title, stage.questions.size(),
                        stage.minutes);
    if (!stage.focus.empty()) text += fmt::format("  {}\n", stage.focus);
    for (const v1::Topic* topic : stage.topics) text += fmt::format("  topic     {}\n", topic->title());
    for (const v1::TheoryQuestion* question : stage.questions)
      text += fmt::format("  question  {:40} {}\n", question->id(), question->title());
    for (const v1::DesignQuestion* design : stage.designs)
      text += fmt::format("  design    {:40} {}\n", design->id(), design->title());
    for (const v1::Resource* resource : stage.resources)
      text += fmt::format("  read      {}: {}\n", resource->title(), resource->url());
  }
  return text;
}

nlohmann::json ToJson(const StudyPlan& plan) {
  nlohmann::json document = {{"title", plan.title}, {"stages", nlohmann::json::array()}};
  for (const StudyStage& stage : plan.stages) {
    document["stages"].push_back({{"title", stage.title},
                                  {"focus", stage.focus},
                                  {"topics", IdsOf(stage.topics)},
                                  {"questions", IdsOf(stage.questions)},
                                  {"designs", IdsOf(stage.designs)},
                                  {"resources", IdsOf(stage.resources)},
                                  {"minutes", stage.minutes}});
  }
  return document;
}

// One rating a line from stdin; the questions go to stderr, as stdout may be a document.
absl::StatusOr<std::vector<int>> AskRatings(const Bank& bank) {
  const v1::SelfAssessment& scale = bank.curriculum().self_assessment();
  for (int i = 0; i < scale.levels_size(); ++i) fmt::print(stderr, "{}  {}\n", i + 1, scale.levels(i));
  std::vector<int> ratings;
  for (const v1::Topic* topic : bank.NumberedTopics()) {
    fmt::print(stderr, "{:2}. {}: ", topic->number(), topic->title());
    std::string line;
    if (!std::getline(std::cin, line)) {
      fmt::print(stderr, "\n");
      return absl::InvalidArgumentError(
          fmt::format("the ratings end after {}; give one a line, or all as arguments", ratings.size()));
    }
    int rating = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), rating);
    if (error != std::errc() || end != line.data() + line.size())
      return absl::InvalidArgumentError(fmt::format("\"{}\" is no whole number", line));
    ratings.push_back(rating);
  }
  return ratings;
}

// Days on which something is to be done: the curriculum's tasks, and the questions of weak topics.
std::string ReviewText(const Bank& bank, const std::vector<evaluator::PlannedReview>& reviews) {
  std::string text = "\nReviews\n";
  for (int day = 0; day <= 21; ++day) {
    std::vector<std::string> questions;
    for (const evaluator::PlannedReview& review : reviews) {
      if (review.day == day) questions.push_back(review.question->id() + (review.first ? " (new)" : ""));
    }
    std::string tasks;
    for (const v1::ReviewDay& planned : bank.curriculum().review()) {
      if (planned.day() != day) continue;
      for (const std::string& task : planned.tasks()) tasks += fmt::format("          {}\n", task);
    }
    if (questions.empty() && tasks.empty()) continue;
    text += fmt::format("  day {:2}  {}\n{}", day, absl::StrJoin(questions, ", "), tasks);
  }
  return text;
}

}  // namespace

int BankPlan(const BankOptions& options) {
  const Output output(options.json);
  const auto bank = BankOf(options.directory);
  if (!bank.ok()) return Fail(bank.status());
  const auto plan = !options.path.empty()      ? evaluator::PlanOfPath(*bank, options.path)
                    : !options.company.empty() ? evaluator::PlanOfCompany(*bank, options.company)
                                               : evaluator::PlanOfLevel(*bank, options.plan_level);
  if (!plan.ok()) return Fail(plan.status());
  output.Print(ToText(*plan));
  if (absl::Status written = output.WriteJson(ToJson(*plan)); !written.ok()) return Fail(written);
  return kExitOk;
}

int BankAssess(const BankOptions& options) {
  const Output output(options.json);
  const auto bank = BankOf(options.directory);
  if (!bank.ok()) return Fail(bank.status());
  absl::StatusOr<std::vector<int>> ratings = options.ratings;
  if (ratings->empty()) ratings = AskRatings(*bank);
  if (!ratings.ok()) return Fail(ratings.status());
  const auto assessment = evaluator::Assess(*bank, *ratings);
  if (!assessment.ok()) return Fail(assessment.status());
  const auto reviews = evaluator::PlanReviews(*bank, assessment->weak);
  const std::string advice = assessment->band == nullptr ? "" : assessment->band->advice();
  output.Print(fmt::format("Sum {}: {}\n", assessment->sum, advice));
  if (!assessment->weak.empty()) output.Print("\nStudy in this order\n");
  for (const v1::Topic* topic : assessment->weak)
    output.Print(fmt::format("  {:2}  {}\n", topic->number(), topic->title()));
  output.Print(ReviewText(*bank, reviews));
  nlohmann::json document = {{"sum", assessment->sum},
                             {"advice", advice},
                             {"weak", IdsOf(assessment->weak)},
                             {"reviews", nlohmann::json::array()}};
  for (const evaluator::PlannedReview& review : reviews)
    document["reviews"].push_back(
        {{"day", review.day}, {"question", review.question->id()}, {"new", review.first}});
  if (absl::Status written = output.WriteJson(document); !written.ok()) return Fail(written);
  return kExitOk;
}

}  // namespace ringside::cli
