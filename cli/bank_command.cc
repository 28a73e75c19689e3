// `ringside bank check|list|show|export`: the question bank, that of the program or of a folder.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "cli/bank.h"
#include "cli/command.h"
#include "cli/output.h"
#include "evaluator/bank/check.h"
#include "evaluator/bank/own_answers.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace ringside::cli {
namespace {

using evaluator::Bank;
using evaluator::BankFinding;

// "level: CORE" as YAML writes it: core.
template <typename Name>
std::string Lower(const Name& name, std::string_view prefix) {
  return absl::AsciiStrToLower(std::string(name).substr(prefix.size()));
}

std::string NameOf(v1::Level level) {
  return Lower(v1::Level_Name(level), "LEVEL_");
}
std::string NameOf(v1::QuestionKind kind) {
  return Lower(v1::QuestionKind_Name(kind), "QUESTION_KIND_");
}

absl::StatusOr<evaluator::QuestionFilter> FilterOf(const BankOptions& options) {
  evaluator::QuestionFilter filter = {options.topic, options.group, v1::LEVEL_UNSPECIFIED,
                                      v1::QUESTION_KIND_UNSPECIFIED};
  if (!options.level.empty() &&
      !v1::Level_Parse("LEVEL_" + absl::AsciiStrToUpper(options.level), &filter.level)) {
    return absl::InvalidArgumentError(
        fmt::format("--level {}: there are foundation, core and advanced", options.level));
  }
  if (!options.kind.empty() &&
      !v1::QuestionKind_Parse("QUESTION_KIND_" + absl::AsciiStrToUpper(options.kind), &filter.kind)) {
    return absl::InvalidArgumentError(
        fmt::format("--kind {}: there are concept, derivation, comparison, "
                    "debugging, system_design, coding, behavioral, rapid_fire, "
                    "connection and trap",
                    options.kind));
  }
  return filter;
}

nlohmann::json ToJson(const BankFinding& finding) {
  return {{"file", finding.file},
          {"line", finding.line},
          {"severity", finding.warning ? "warning" : "error"},
          {"reason", finding.reason}};
}

nlohmann::json Listed(const v1::TheoryQuestion& question) {
  return {{"id", question.id()},
          {"title", question.title()},
          {"topics", std::vector<std::string>(question.topics().begin(), question.topics().end())},
          {"groups", std::vector<std::string>(question.groups().begin(), question.groups().end())},
          {"level", NameOf(question.level())},
          {"kind", NameOf(question.kind())},
          {"time_target_s", question.time_target_s()}};
}

nlohmann::json Listed(const v1::DesignQuestion& question) {
  return {{"id", question.id()},
          {"title", question.title()},
          {"topics", std::vector<std::string>(question.topics().begin(), question.topics().end())},
          {"level", NameOf(question.level())},
          {"kind", "system_design"},
          {"design", true},
          {"time_target_s", question.time_target_s()}};
}

std::string Line(const nlohmann::json& listed) {
  const auto& topics = listed["topics"];
  return fmt::format("{:44} {:10} {:13} {:17} {}\n", listed["id"].get<std::string>(),
                     listed["level"].get<std::string>(), listed["kind"].get<std::string>(),
                     topics.empty() ? "-" : topics[0].get<std::string>(), listed["title"].get<std::string>());
}

// What both kinds of questions have: hints up to `options.hints`, points and corrections with --answer.
template <typename Question, typename Points>
std::string Body(const Bank& bank, const Question& question, const Points& points,
                 const BankOptions& options) {
  std::string text = fmt::format("{}\n", question.prompt());
  const int hints = std::min(options.hints, question.hints_size());
  for (int i = 0; i < hints; ++i) text += fmt::format("\nHint {}: {}\n", i + 1, question.hints(i));
  if (!options.answer) return text;
  text += "\nA full answer says:\n";
  for (const v1::ReferencePoint& point : points)
    text += fmt::format("  {:>4.1f}  {}\n", point.has_weight() ? point.weight() : 1.0, point.text());
  for (const v1::Misconception& misconception : question.misconceptions())
    text += fmt::format("\nOften got wrong: {}\n  {}\n", misconception.claim(), misconception.correction());
  for (const v1::FollowUp& follow_up : question.follow_ups())
    text += fmt::format("\nThen ({}): {}\n", follow_up.when(),
                        follow_up.prompt().empty() ? follow_up.question() : follow_up.prompt());
  if (!question.resources().empty()) text += "\nRead on:\n";
  for (const std::string& id : question.resources()) {
    if (const v1::Resource* const resource = bank.FindResource(id))
      text += fmt::format("  {}, {}: {}\n", resource->title(), resource->by(), resource->url());
  }
  return text;
}

std::string Show(const Bank& bank, const v1::TheoryQuestion& question, const BankOptions& options) {
  std::string text = fmt::format("{} ({}, {}, {} s)\n\n", question.title(), NameOf(question.level()),
                                 NameOf(question.kind()), question.time_target_s());
  text += Body(bank, question, question.points(), options);
  const v1::Diagram* const diagram = options.answer ? bank.FindDiagram(question.diagram()) : nullptr;
  if (diagram != nullptr) text += fmt::format("\n{}\n\n{}", diagram->title(), diagram->text());
  return text;
}

// A field of a TSV row: one line without tabs.
std::string Field(std::string text) {
  for (char& c : text) {
    if (c == '\t' || c == '\n' || c == '\r') c = ' ';
  }
  return text;
}

}  // namespace

absl::StatusOr<Bank> BankOf(const std::string& directory) {
  if (directory.empty()) return evaluator::EmbeddedBank();
  return evaluator::LoadBank(directory);
}

int BankCheck(const BankOptions& options) {
  const Output output(options.json);
  auto sources = evaluator::EmbeddedBankSources();
  if (!options.directory.empty()) {
    auto read = evaluator::ReadBankSources(options.directory);
    if (!read.ok()) return Fail(read.status());
    sources = *std::move(read);
  }
  evaluator::BankCheckOptions check;
  check.min_questions_per_topic = options.min_questions;
  if (!options.quick) check.grade = evaluator::GradeByTheTextGrader();
  const std::vector<BankFinding> findings = evaluator::CheckBank(sources, check);
  nlohmann::json document = {{"files", sources.size()}, {"findings", nlohmann::json::array()}};
  int errors = 0;
  for (const BankFinding& finding : findings) {
    if (!finding.warning) ++errors;
    if (!finding.warning || options.warnings) output.Print(ToString(finding) + "\n");
    document["findings"].push_back(ToJson(finding));
  }
  document["errors"] = errors;
  document["warnings"] = findings.size() - errors;
  output.Print(
      fmt::format("{} files, {} errors, {} warnings\n", sources.size(), errors, findings.size() - errors));
  if (absl::Status written = output.WriteJson(document); !written.ok()) return Fail(written);
  return errors > 0 ? kExitBadInput : kExitOk;
}

int BankList(const BankOptions& options) {
  const Output output(options.json);
  const auto bank = BankOf(options.directory);
  if (!bank.ok()) return Fail(bank.status());
  const auto filter = FilterOf(options);
  if (!filter.ok()) return Fail(filter.status());
  nlohmann::json document = nlohmann::json::array();
  for (const v1::TheoryQuestion* question : bank->Select(*filter)) document.push_back(Listed(*question));
  for (const v1::DesignQuestion* question : bank->SelectDesign(*filter))
    document.push_back(Listed(*question));
  for (const nlohmann::json& listed : document) output.Print(Line(listed));
  output.Print(fmt::format("{} questions\n", document.size()));
  if (absl::Status written = output.WriteJson(document); !written.ok()) return Fail(written);
  return kExitOk;
}

int BankShow(const BankOptions& options) {
  const auto bank = BankOf(options.directory);
  if (!bank.ok()) return Fail(bank.status());
  std::string text;
  if (const v1::TheoryQuestion* const theory = bank->FindTheory(options.id)) {
    text = Show(*bank, *theory, options);
  } else if (const v1::DesignQuestion* const design = bank->FindDesign(options.id)) {
    text = fmt::format("{}\n\n{}", design->title(), Body(*bank, *design, design->must_hold(), options));
  } else if (const v1::Diagram* const diagram = bank->FindDiagram(options.id)) {
    text = fmt::format("{}\n\n{}", diagram->title(), diagram->text());
  } else {
    return Fail(absl::NotFoundError(fmt::format(
        "there is no question or diagram \"{}\"; `ringside bank list` has the questions", options.id)));
  }
  if (absl::Status printed = PrintToStdout(text); !printed.ok()) return Fail(printed);
  return kExitOk;
}

int BankExport(const BankOptions& options) {
  const auto bank = BankOf(options.directory);
  if (!bank.ok()) return Fail(bank.status());
  std::string text =
      "dataset\tsplit\tquestion_id\tquestion\treference_answer\tstudent_answer\tscore\tscore1\tscore2\tmax_"
      "score\t"
      "label\tfeedback\n";
  for (const v1::TheoryQuestion& question : bank->theory()) {
    const std::string reference = Field(evaluator::ReferenceAnswer(question));
    text += fmt::format("bank\tbank\t{}\t{}\t{}\t{}\t1\t\t\t1\t\t\n", question.id(), Field(question.prompt()),
                        reference, reference);
  }
  if (absl::Status written = WriteFile(options.tsv, text); !written.ok()) return Fail(written);
  return kExitOk;
}

}  // namespace ringside::cli
