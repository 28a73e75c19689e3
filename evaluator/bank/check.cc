#include "evaluator/bank/check.h"

#include <algorithm>
#include <charconv>
#include <deque>
#include <tuple>

#include "evaluator/bank/check_parts.h"
#include "evaluator/design/question.h"
#include "fmt/format.h"
#include "proto/yaml.h"

namespace ringside::evaluator {
namespace {

using bank_check::At;
using bank_check::CurriculumFile;
using bank_check::Defined;
using bank_check::Located;
using bank_check::Report;

// One file, as far as it could be read.
struct Read {
  const BankSource* source;
  bool ok = false;
  v1::BankFile theory;
  v1::DesignQuestion design;
  v1::Curriculum curriculum;
  Report report;
};

// Errors of reading begin with "FILE:LINE:COL: " or "FILE: ".
BankFinding FromStatus(const BankSource& source, const absl::Status& status) {
  std::string_view text(status.message().data(), status.message().size());
  BankFinding finding = {source.path, 0, std::string(text), false};
  if (!text.starts_with(source.path + ":")) return finding;
  text.remove_prefix(source.path.size() + 1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), finding.line);
  if (error == std::errc()) text.remove_prefix(end - text.data());
  const size_t reason = text.find_first_not_of(": 0123456789");
  finding.reason = text.substr(std::min(reason, text.size()));
  return finding;
}

absl::Status ReadInto(Read& read) {
  const BankSource& source = *read.source;
  switch (source.part) {
    case BankPart::kTheory:
      return proto::ParseYaml(source.text, source.path, &read.theory);
    case BankPart::kCurriculum:
      return proto::ParseYaml(source.text, source.path, &read.curriculum);
    case BankPart::kDesign:
      break;
  }
  auto question = ParseQuestion(source.text, source.path);
  if (question.ok()) read.design = *std::move(question);
  return question.status();
}

// Also reports questions whose id is taken.
void Define(Read& read, Defined& defined) {
  const auto add = [&](const std::string& id, std::string path) {
    if (!defined.questions.insert(id).second)
      read.report.Error(std::move(path),
                        fmt::format("{} is there already; ids are unique in the whole bank", id));
  };
  if (read.source->part == BankPart::kDesign) add(read.design.id(), "id");
  for (int i = 0; i < read.theory.questions_size(); ++i) {
    const v1::TheoryQuestion& question = read.theory.questions(i);
    add(question.id(), At("questions", i, "id"));
    if (question.topics_size() > 0) defined.main_topic_of[question.id()] = question.topics(0);
    defined.first_with_prompt.emplace(question.prompt(), question.id());
    for (const std::string& topic : question.topics()) ++defined.questions_of_topic[topic];
    for (const std::string& group : question.groups()) {
      ++defined.questions_of_group[group];
      if (group == "diagnostic") defined.diagnostic.insert(question.id());
    }
  }
  for (const v1::Topic& topic : read.curriculum.topics()) {
    defined.topics.insert(topic.id());
    if (topic.number() > 0) defined.topic_numbers[topic.id()] = topic.number();
  }
  for (const v1::Resource& resource : read.curriculum.resources()) defined.resources.insert(resource.id());
  for (const v1::Diagram& diagram : read.curriculum.diagrams()) defined.diagrams.insert(diagram.id());
}

void CheckQuestions(Read& read, const Defined& defined, const BankCheckOptions& options) {
  for (int i = 0; i < read.theory.questions_size(); ++i) {
    const v1::TheoryQuestion& question = read.theory.questions(i);
    bank_check::CheckTheoryQuestion(question, At("questions", i), defined, &read.report);
    if (options.grade) bank_check::CheckOwnAnswers(question, At("questions", i), options, &read.report);
  }
  if (read.source->part == BankPart::kDesign)
    bank_check::CheckDesignQuestion(read.design, defined, &read.report);
}

// The path as an author knows it: the question's id in the place of "questions[3]".
std::string Shown(const Read& read, const std::string& path) {
  for (int i = 0; i < read.theory.questions_size(); ++i) {
    const std::string at = At("questions", i);
    const std::string& id = read.theory.questions(i).id();
    if (!id.empty() && path.starts_with(at)) return id + path.substr(at.size());
  }
  return path;
}

BankFinding Locate(const Read& read, const Located& located) {
  BankFinding finding = {read.source->path, 0, located.reason, located.warning};
  if (located.path.empty()) return finding;
  const auto line = proto::LineOfField(read.source->text, located.path);
  if (line.ok()) finding.line = *line;
  finding.reason = fmt::format("{}: {}", Shown(read, located.path), located.reason);
  return finding;
}

}  // namespace

std::vector<BankFinding> CheckBank(const std::vector<BankSource>& sources, const BankCheckOptions& options) {
  std::vector<BankFinding> findings;
  std::deque<Read> files;
  Defined defined;
  for (const BankSource& source : sources) {
    Read& read = files.emplace_back(Read{&source});
    const absl::Status status = ReadInto(read);
    read.ok = status.ok();
    if (!read.ok) findings.push_back(FromStatus(source, status));
    if (read.ok) Define(read, defined);
  }
  std::vector<CurriculumFile> curriculum;
  for (Read& read : files) {
    if (!read.ok) continue;
    CheckQuestions(read, defined, options);
    if (read.source->part == BankPart::kCurriculum) curriculum.push_back({read.curriculum, &read.report});
  }
  for (const CurriculumFile& file : curriculum) bank_check::CheckCurriculumFile(file, defined);
  bank_check::CheckWholeCurriculum(curriculum, defined, options);
  for (const Read& read : files) {
    for (const Located& located : read.report.located()) {
      if (findings.size() < kMaxBankFindings) findings.push_back(Locate(read, located));
    }
  }
  std::stable_sort(findings.begin(), findings.end(), [](const BankFinding& a, const BankFinding& b) {
    return std::tie(a.file, a.line) < std::tie(b.file, b.line);
  });
  return findings;
}

std::string ToString(const BankFinding& finding) {
  return fmt::format("{}:{}: {}{}", finding.file, std::max(finding.line, 1),
                     finding.warning ? "warning: " : "", finding.reason);
}

const std::vector<std::string>& KnownQuestionGroups() {
  static const auto* const kGroups = new std::vector<std::string>{"warm-up",
                                                                  "warm-up-probe",
                                                                  "warm-up-strong",
                                                                  "architecture",
                                                                  "training",
                                                                  "practical",
                                                                  "hint-problem",
                                                                  "key-question",
                                                                  "diagnostic",
                                                                  "rapid-fire",
                                                                  "fifty",
                                                                  "why-not",
                                                                  "derive-then-scale",
                                                                  "connect-the-dots",
                                                                  "debug-this-run",
                                                                  "connection",
                                                                  "core-concepts",
                                                                  "dsa",
                                                                  "system-design",
                                                                  "coding",
                                                                  "behavioral",
                                                                  "opening",
                                                                  "company-example",
                                                                  "trap"};
  return *kGroups;
}

std::string ReferenceAnswer(const v1::TheoryQuestion& question) {
  std::string answer;
  for (const v1::ReferencePoint& point : question.points()) {
    if (!answer.empty()) answer += ' ';
    answer += point.text();
  }
  return answer;
}

}  // namespace ringside::evaluator
