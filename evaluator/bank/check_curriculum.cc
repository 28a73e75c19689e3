#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "evaluator/bank/check_parts.h"
#include "fmt/format.h"

namespace ringside::evaluator::bank_check {
namespace {

constexpr std::array kStages = {"foundational", "core", "advanced", "specialised"};
constexpr std::array kResourceKinds = {"paper", "book", "course", "documentation", "practice", "tool"};
constexpr std::array kDepths = {"deep", "solid", "basic", "rare"};
constexpr std::string_view kOwnQuestion = "bank:";  // of a resource that is a question of the bank

template <typename List>
bool Holds(const List& list, std::string_view value) {
  for (const std::string_view element : list) {
    if (element == value) return true;
  }
  return false;
}

void Require(std::string_view text, const std::string& path, Report* report) {
  if (text.empty()) report->Error(path, "is missing");
}

template <typename List>
void RequireOneOf(std::string_view text, const List& known, const std::string& path, Report* report) {
  if (!Holds(known, text))
    report->Error(path, fmt::format("is \"{}\"; one of {}", text, absl::StrJoin(known, ", ")));
}

// Ids of a list that are only used inside of it or shown.
template <typename List>
void RequireIds(const List& list, std::string_view name, Report* report) {
  std::set<std::string> seen;
  int i = 0;
  for (const auto& element : list) {
    const std::string path = At(name, i++, "id");
    if (!IsBankId(element.id())) report->Error(path, "is no id: lower-case words with dashes");
    if (!seen.insert(element.id()).second)
      report->Error(path, fmt::format("{} is there twice", element.id()));
  }
}

void CheckTopics(const v1::Curriculum& part, const Defined& defined, Report* report) {
  for (int i = 0; i < part.topics_size(); ++i) {
    const v1::Topic& topic = part.topics(i);
    const std::string at = At("topics", i);
    if (!IsBankId(topic.id())) report->Error(at + ".id", "is no id: lower-case words with dashes");
    Require(topic.title(), at + ".title", report);
    Require(topic.overview(), at + ".overview", report);
    RequireOneOf(topic.stage(), kStages, at + ".stage", report);
    CheckReferences(topic.needs(), at + ".needs", "topic", defined.topics, report);
    for (int n = 0; n < topic.needs_size(); ++n) {
      const auto needed = defined.topic_numbers.find(topic.needs(n));
      if (topic.number() > 0 && needed != defined.topic_numbers.end() && needed->second > topic.number())
        report->Error(At(at + ".needs", n),
                      fmt::format("{} comes later, as number {}", topic.needs(n), needed->second));
    }
  }
}

void CheckResources(const v1::Curriculum& part, const Defined& defined, Report* report) {
  for (int i = 0; i < part.resources_size(); ++i) {
    const v1::Resource& resource = part.resources(i);
    const std::string at = At("resources", i);
    if (!IsBankId(resource.id())) report->Error(at + ".id", "is no id: lower-case words with dashes");
    Require(resource.title(), at + ".title", report);
    CheckReferences(resource.topics(), at + ".topics", "topic", defined.topics, report);
    RequireOneOf(resource.kind(), kResourceKinds, at + ".kind", report);
    const std::string& url = resource.url();
    if (absl::StartsWith(url, std::string(kOwnQuestion))) {
      const std::string question = url.substr(kOwnQuestion.size());
      if (!defined.questions.contains(question))
        report->Error(at + ".url", fmt::format("there is no question {}", question));
    } else if (!absl::StartsWith(url, "https://")) {
      report->Error(at + ".url", "is no address: https://... or bank:QUESTION");
    }
  }
}

void CheckPaths(const v1::Curriculum& part, const Defined& defined, Report* report) {
  RequireIds(part.paths(), "paths", report);
  for (int i = 0; i < part.paths_size(); ++i) {
    const v1::StudyPath& path = part.paths(i);
    Require(path.title(), At("paths", i, "title"), report);
    if (path.weeks().empty()) report->Error(At("paths", i), "has no weeks");
    for (int w = 0; w < path.weeks_size(); ++w) {
      const std::string at = At(At("paths", i, "weeks"), w);
      Require(path.weeks(w).title(), at + ".title", report);
      Require(path.weeks(w).focus(), at + ".focus", report);
      if (path.weeks(w).topics().empty()) report->Error(at + ".topics", "is missing");
      CheckReferences(path.weeks(w).topics(), at + ".topics", "topic", defined.topics, report);
    }
  }
}

void CheckCompanies(const v1::Curriculum& part, const Defined& defined, Report* report) {
  for (int i = 0; i < part.companies_size(); ++i) {
    const v1::CompanyColumn& column = part.companies(i);
    const std::string at = At("companies", i);
    Require(column.company(), at + ".company", report);
    for (const auto& [topic, emphasis] :
         std::map<std::string, std::string>(column.emphasis().begin(), column.emphasis().end())) {
      if (!defined.topics.contains(topic))
        report->Error(at + ".emphasis", fmt::format("there is no topic {}", topic));
      const size_t colon = emphasis.find(": ");
      if (colon == std::string::npos || !Holds(kDepths, emphasis.substr(0, colon)))
        report->Error(at + ".emphasis", fmt::format("{}: \"{}\" does not begin with one of {} and a colon",
                                                    topic, emphasis, absl::StrJoin(kDepths, ", ")));
    }
    for (const auto& [topic, number] : defined.topic_numbers) {
      if (number <= 10 && !column.emphasis().contains(topic))
        report->Error(at + ".emphasis", fmt::format("says nothing of {}", topic));
    }
  }
  for (int i = 0; i < part.company_types_size(); ++i)
    CheckReferences(part.company_types(i).questions(), At("company_types", i, "questions"), "question",
                    defined.questions, report);
}

template <typename Bands>
void CheckBands(const Bands& bands, const std::string& path, int from, int to, Report* report) {
  int next = from;
  for (int i = 0; i < bands.size(); ++i) {
    const std::string at = At(path, i);
    if (bands[i].from() != next || bands[i].to() < bands[i].from())
      report->Error(
          at, fmt::format("is {} to {}; the next band begins at {}", bands[i].from(), bands[i].to(), next));
    Require(bands[i].advice(), at + ".advice", report);
    next = bands[i].to() + 1;
  }
  if (next != to + 1) report->Error(path, fmt::format("ends at {}; the highest is {}", next - 1, to));
}

void CheckAssessment(const v1::Curriculum& part, const Defined& defined, Report* report) {
  if (part.has_self_assessment()) {
    const int topics = static_cast<int>(defined.topic_numbers.size());
    const int levels = part.self_assessment().levels_size();
    if (levels < 2) report->Error("self_assessment.levels", "has fewer than two levels");
    CheckBands(part.self_assessment().bands(), "self_assessment.bands", topics, topics * levels, report);
  }
  if (part.has_diagnostic()) {
    const v1::Diagnostic& diagnostic = part.diagnostic();
    CheckReferences(diagnostic.questions(), "diagnostic.questions", "question", defined.questions, report);
    std::set<std::string> covered;
    std::set<std::string> in_group = defined.diagnostic;
    for (const std::string& id : diagnostic.questions()) {
      if (in_group.erase(id) == 0 && defined.questions.contains(id))
        report->Error("diagnostic.questions", fmt::format("{} is not in the group diagnostic", id));
      const auto topic = defined.main_topic_of.find(id);
      if (topic != defined.main_topic_of.end()) covered.insert(topic->second);
    }
    for (const auto& [topic, number] : defined.topic_numbers) {
      if (number <= 10 && !covered.contains(topic))
        report->Error("diagnostic.questions", fmt::format("has no question whose main topic is {}", topic));
    }
    for (const std::string& id : in_group)
      report->Error("diagnostic.questions", fmt::format("leaves out {} of the group diagnostic", id));
    CheckBands(diagnostic.bands(), "diagnostic.bands", 0, diagnostic.questions_size(), report);
  }
  for (int i = 0; i < part.review_size(); ++i) {
    if (part.review(i).tasks().empty()) report->Error(At("review", i), "has no tasks");
    if (i > 0 && part.review(i).day() <= part.review(i - 1).day())
      report->Error(At("review", i, "day"), "does not come after the one before it");
  }
}

void CheckInterview(const v1::Curriculum& part, const Defined& defined, Report* report) {
  RequireIds(part.phases(), "phases", report);
  for (int i = 0; i < part.phases_size(); ++i) {
    const v1::InterviewPhase& phase = part.phases(i);
    const std::string at = At("phases", i);
    if (phase.minutes() < 1) report->Error(at + ".minutes", "is missing");
    if (phase.questions() < 1) report->Error(at + ".questions", "is missing");
    int questions = 0;
    for (const std::string& group : phase.groups()) {
      if (!Holds(KnownQuestionGroups(), group))
        report->Error(at + ".groups", fmt::format("there is no group {}", group));
      const auto found = defined.questions_of_group.find(group);
      if (found != defined.questions_of_group.end()) questions += found->second;
    }
    if (questions < phase.questions())
      report->Error(at + ".groups",
                    fmt::format("have {} questions for the {} of the phase", questions, phase.questions()));
  }
  RequireIds(part.areas(), "areas", report);
  for (int i = 0; i < part.areas_size(); ++i) {
    const v1::RubricArea& area = part.areas(i);
    const std::string at = At("areas", i);
    Require(area.title(), at + ".title", report);
    Require(area.novice(), at + ".novice", report);
    Require(area.intermediate(), at + ".intermediate", report);
    Require(area.expert(), at + ".expert", report);
    CheckReferences(area.topics(), at + ".topics", "topic", defined.topics, report);
  }
}

template <typename Traits>
void CheckTraits(const Traits& traits, std::string_view name, Report* report) {
  RequireIds(traits, name, report);
  for (int i = 0; i < traits.size(); ++i) {
    Require(traits[i].text(), At(name, i, "text"), report);
    if (!traits[i].strong()) Require(traits[i].advice(), At(name, i, "advice"), report);
  }
}

void CheckSheets(const v1::Curriculum& part, Report* report) {
  for (int i = 0; i < part.cheat_sheet_size(); ++i) {
    Require(part.cheat_sheet(i).term(), At("cheat_sheet", i, "term"), report);
    Require(part.cheat_sheet(i).sentence(), At("cheat_sheet", i, "sentence"), report);
    Require(part.cheat_sheet(i).asked(), At("cheat_sheet", i, "asked"), report);
  }
  for (int i = 0; i < part.diagrams_size(); ++i) {
    if (!IsBankId(part.diagrams(i).id()))
      report->Error(At("diagrams", i, "id"), "is no id: lower-case words with dashes");
    Require(part.diagrams(i).text(), At("diagrams", i, "text"), report);
  }
  RequireIds(part.checklists(), "checklists", report);
  for (int i = 0; i < part.checklists_size(); ++i) {
    if (part.checklists(i).items().empty()) report->Error(At("checklists", i), "has no items");
  }
  for (int i = 0; i < part.formats_size(); ++i) {
    const v1::InterviewFormat& format = part.formats(i);
    if (format.minutes_from() < 1 || format.minutes_to() < format.minutes_from())
      report->Error(At("formats", i),
                    fmt::format("takes {} to {} minutes", format.minutes_from(), format.minutes_to()));
  }
}

}  // namespace

void CheckCurriculumFile(const CurriculumFile& file, const Defined& defined) {
  CheckTopics(file.part, defined, file.report);
  CheckResources(file.part, defined, file.report);
  CheckPaths(file.part, defined, file.report);
  CheckCompanies(file.part, defined, file.report);
  CheckAssessment(file.part, defined, file.report);
  CheckInterview(file.part, defined, file.report);
  CheckTraits(file.part.traits(), "traits", file.report);
  CheckTraits(file.part.mistakes(), "mistakes", file.report);
  CheckSheets(file.part, file.report);
}

}  // namespace ringside::evaluator::bank_check
