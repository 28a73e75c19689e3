#include <functional>

#include "evaluator/bank/check_parts.h"
#include "fmt/format.h"

namespace ringside::evaluator::bank_check {
namespace {

using Needs = std::map<std::string, std::vector<std::string>>;

// A way from `topic` through what it needs back to itself; empty: there is none.
std::vector<std::string> CycleThrough(const std::string& topic, const Needs& needs) {
  std::set<std::string> seen;
  std::vector<std::string> way;
  const std::function<bool(const std::string&)> reaches = [&](const std::string& at) {
    const auto found = needs.find(at);
    if (found == needs.end()) return false;
    for (const std::string& next : found->second) {
      way.push_back(next);
      if (next == topic) return true;
      if (seen.insert(next).second && reaches(next)) return true;
      way.pop_back();
    }
    return false;
  };
  return reaches(topic) ? way : std::vector<std::string>();
}

// Calls `visit` for each element of all files with its path and report.
template <typename List, typename Visit>
void ForAll(const std::vector<CurriculumFile>& files, std::string_view name, const List& list,
            const Visit& visit) {
  for (const CurriculumFile& file : files) {
    int i = 0;
    for (const auto& element : list(file.part)) visit(element, At(name, i++), file.report);
  }
}

}  // namespace

void CheckWholeCurriculum(const std::vector<CurriculumFile>& files, const Defined& defined,
                          const BankCheckOptions& options) {
  Needs needs;
  std::map<std::string, int> areas_of;
  bool has_areas = false;
  for (const CurriculumFile& file : files) {
    for (const v1::Topic& topic : file.part.topics())
      needs[topic.id()] = {topic.needs().begin(), topic.needs().end()};
    for (const v1::RubricArea& area : file.part.areas()) {
      has_areas = true;
      for (const std::string& topic : area.topics()) ++areas_of[topic];
    }
  }
  std::map<int, std::string> numbers;
  const auto topics = [](const v1::Curriculum& part) -> const auto& {
    return part.topics();
  };
  ForAll(files, "topics", topics, [&](const v1::Topic& topic, const std::string& at, Report* report) {
    std::string way = topic.id();
    for (const std::string& next : CycleThrough(topic.id(), needs)) way += " <- " + next;
    if (way != topic.id()) report->Error(at + ".needs", fmt::format("goes in a circle: {}", way));
    if (topic.number() > 0 && !numbers.emplace(topic.number(), topic.id()).second)
      report->Error(at + ".number",
                    fmt::format("{} is the number of {}, too", topic.number(), numbers[topic.number()]));
    if (has_areas && areas_of[topic.id()] != 1)
      report->Error(at, fmt::format("{} counts for {} areas of the rubric, not for one", topic.id(),
                                    areas_of[topic.id()]));
    const auto found = defined.questions_of_topic.find(topic.id());
    const int questions = found == defined.questions_of_topic.end() ? 0 : found->second;
    if (topic.number() > 0 && questions < options.min_questions_per_topic)
      report->Error(at, fmt::format("{} has {} questions; at least {} are needed", topic.id(), questions,
                                    options.min_questions_per_topic));
  });
  std::map<std::string, std::set<std::string>> seen;
  const auto once = [&](std::string_view name, const auto& list) {
    ForAll(files, name, list, [&](const auto& element, const std::string& at, Report* report) {
      if (!seen[std::string(name)].insert(element.id()).second)
        report->Error(at + ".id", fmt::format("{} is there already", element.id()));
    });
  };
  once("topics", topics);
  once(
      "resources", [](const v1::Curriculum& part) -> const auto& { return part.resources(); });
  once(
      "paths", [](const v1::Curriculum& part) -> const auto& { return part.paths(); });
  once(
      "diagrams", [](const v1::Curriculum& part) -> const auto& { return part.diagrams(); });
}

}  // namespace ringside::evaluator::bank_check
