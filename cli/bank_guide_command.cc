// `ringside bank guide [SECTION]`: what the curriculum holds beside questions.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "cli/bank.h"
#include "cli/command.h"
#include "cli/output.h"
#include "fmt/format.h"

namespace ringside::cli {
namespace {

using evaluator::Bank;

std::string Topics(const Bank& bank) {
  std::string text;
  for (const v1::Topic& topic : bank.curriculum().topics()) {
    text += fmt::format("{} {} ({}, {})\n  {}\n",
                        topic.number() > 0 ? fmt::format("{:2}.", topic.number()) : "  -", topic.title(),
                        topic.id(), topic.stage(), topic.overview());
    if (!topic.needs().empty()) text += fmt::format("  needs {}\n", absl::StrJoin(topic.needs(), ", "));
  }
  return text;
}

std::string Checklists(const Bank& bank) {
  std::string text;
  for (const v1::Checklist& list : bank.curriculum().checklists()) {
    text += list.title() + "\n";
    for (const std::string& item : list.items()) text += fmt::format("  [ ] {}\n", item);
  }
  return text;
}

std::string Companies(const Bank& bank) {
  std::string text;
  for (const v1::CompanyType& type : bank.curriculum().company_types()) {
    text += fmt::format("{}\n  {}\n  {}\n", type.title(), type.rounds(), type.tested());
    for (const std::string& id : type.questions()) text += fmt::format("  for example {}\n", id);
  }
  for (const v1::CompanyColumn& column : bank.curriculum().companies()) {
    text += column.company() + "\n";
    for (const v1::Topic* topic : bank.NumberedTopics()) {
      const auto found = column.emphasis().find(topic->id());
      if (found != column.emphasis().end()) text += fmt::format("  {:16} {}\n", topic->id(), found->second);
    }
  }
  return text;
}

std::string Levels(const Bank& bank) {
  std::string text;
  for (const v1::LevelRow& row : bank.curriculum().levels())
    text += fmt::format("{}\n  theory  {}\n  coding  {}\n  tested  {}\n", row.level(), row.theory(),
                        row.coding(), row.tested());
  return text;
}

std::string CheatSheet(const Bank& bank) {
  std::string text;
  for (const v1::CheatSheetRow& row : bank.curriculum().cheat_sheet())
    text += fmt::format("{} ({})\n  {}\n", row.term(), row.asked(), row.sentence());
  return text;
}

std::string Advice(const Bank& bank) {
  std::string text;
  for (const v1::InterviewFormat& format : bank.curriculum().formats()) {
    const std::string minutes = format.minutes_from() == format.minutes_to()
                                    ? fmt::format("{}", format.minutes_to())
                                    : fmt::format("{} to {}", format.minutes_from(), format.minutes_to());
    text += fmt::format("{}, {} minutes\n  {}\n", format.title(), minutes, format.advice());
  }
  for (const std::string& advice : bank.curriculum().advice()) text += advice + "\n";
  return text;
}

std::string Traits(const Bank& bank) {
  std::string text;
  for (const bool strong : {true, false}) {
    text += strong ? "Strong candidates\n" : "Weak candidates\n";
    for (const v1::Trait& trait : bank.curriculum().traits()) {
      if (trait.strong() != strong) continue;
      text += fmt::format("  {}\n", trait.text());
      if (!strong) text += fmt::format("    {}\n", trait.advice());
    }
  }
  text += "Common mistakes\n";
  for (const v1::Trait& mistake : bank.curriculum().mistakes())
    text += fmt::format("  {}\n    {}\n", mistake.text(), mistake.advice());
  return text;
}

std::string Rubric(const Bank& bank) {
  std::string text;
  for (const v1::RubricArea& area : bank.curriculum().areas())
    text += fmt::format("{}\n  novice        {}\n  intermediate  {}\n  expert        {}\n", area.title(),
                        area.novice(), area.intermediate(), area.expert());
  for (const v1::InterviewPhase& phase : bank.curriculum().phases())
    text += fmt::format("{}: {} minutes, at most {} questions\n", phase.title(), phase.minutes(),
                        phase.questions());
  return text;
}

std::string Reviews(const Bank& bank) {
  std::string text;
  for (const v1::ReviewDay& day : bank.curriculum().review()) {
    text += fmt::format("Day {}\n", day.day());
    for (const std::string& task : day.tasks()) text += fmt::format("  {}\n", task);
  }
  return text;
}

std::string Resources(const Bank& bank) {
  std::string text;
  for (const v1::Resource& resource : bank.curriculum().resources())
    text += fmt::format("{} ({})\n  {}, {}\n  {}\n", resource.title(), resource.kind(), resource.by(),
                        absl::StrJoin(resource.topics(), ", "), resource.url());
  return text;
}

std::string Diagrams(const Bank& bank) {
  std::string text;
  for (const v1::Diagram& diagram : bank.curriculum().diagrams())
    text += fmt::format("{} ({})\n\n{}\n", diagram.title(), diagram.id(), diagram.text());
  return text;
}

constexpr std::pair<const char*, std::string (*)(const Bank&)> kSections[] = {
    {"topics", Topics},   {"cheat-sheet", CheatSheet}, {"checklists", Checklists}, {"companies", Companies},
    {"levels", Levels},   {"rubric", Rubric},          {"traits", Traits},         {"advice", Advice},
    {"reviews", Reviews}, {"resources", Resources},    {"diagrams", Diagrams}};

}  // namespace

int BankGuide(const BankOptions& options) {
  const auto bank = BankOf(options.directory);
  if (!bank.ok()) return Fail(bank.status());
  std::vector<std::string> names;
  for (const auto& [name, print] : kSections) {
    names.push_back(name);
    if (options.section != name) continue;
    if (absl::Status printed = PrintToStdout(print(*bank)); !printed.ok()) return Fail(printed);
    return kExitOk;
  }
  return Fail(absl::NotFoundError(
      fmt::format("there is no section \"{}\"; there are {}", options.section, absl::StrJoin(names, ", "))));
}

}  // namespace ringside::cli
