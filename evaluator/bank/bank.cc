#include "evaluator/bank/bank.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "base/check.h"
#include "base/status_macros.h"
#include "evaluator/design/question.h"
#include "fmt/format.h"
#include "proto/yaml.h"

namespace ringside::evaluator {
namespace {

template <typename Message>
using Index = std::map<std::string, const Message*, std::less<>>;

template <typename List>
bool Holds(const List& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// `where`: the elements' field path in a file, "questions"; the error names the first that breaks the rule.
template <typename List, typename Message>
absl::Status AddIds(const List& list, std::string_view where, const BankSource& source,
                    Index<Message>* index) {
  int i = 0;
  for (const auto& element : list) {
    const std::string path = fmt::format("{}[{}].id", where, i++);
    const auto fail = [&](const std::string& reason) {
      return proto::LocateError(absl::InvalidArgumentError(fmt::format("{}: {}", path, reason)), source.text,
                                source.path);
    };
    if (element.id().empty()) return fail("is missing");
    if (!index->emplace(element.id(), nullptr).second)
      return fail(fmt::format("{} is there already; ids are unique in the whole bank", element.id()));
  }
  return absl::OkStatus();
}

template <typename List, typename Message>
void PointTo(const List& list, Index<Message>* index) {
  for (const auto& element : list) (*index)[element.id()] = &element;
}

template <typename Message>
const Message* FindIn(const Index<Message>& index, std::string_view id) {
  const auto found = index.find(id);
  return found == index.end() ? nullptr : found->second;
}

}  // namespace

struct Bank::Data {
  v1::Curriculum curriculum;
  std::vector<v1::TheoryQuestion> theory;
  std::vector<v1::DesignQuestion> design;
  Index<v1::TheoryQuestion> theory_by_id;
  Index<v1::DesignQuestion> design_by_id;
  Index<v1::Topic> topics;
  Index<v1::Resource> resources;
  Index<v1::StudyPath> paths;
  Index<v1::Diagram> diagrams;

  absl::Status Add(const BankSource& source);
  absl::Status AddCurriculum(const BankSource& source);
  void PointToAll();
};

absl::Status Bank::Data::AddCurriculum(const BankSource& source) {
  v1::Curriculum part;
  RINGSIDE_RETURN_IF_ERROR(proto::ParseYaml(source.text, source.path, &part));
  RINGSIDE_RETURN_IF_ERROR(AddIds(part.topics(), "topics", source, &topics));
  RINGSIDE_RETURN_IF_ERROR(AddIds(part.resources(), "resources", source, &resources));
  RINGSIDE_RETURN_IF_ERROR(AddIds(part.paths(), "paths", source, &paths));
  RINGSIDE_RETURN_IF_ERROR(AddIds(part.diagrams(), "diagrams", source, &diagrams));
  curriculum.MergeFrom(part);
  return absl::OkStatus();
}

absl::Status Bank::Data::Add(const BankSource& source) {
  if (source.part == BankPart::kCurriculum) return AddCurriculum(source);
  if (source.part == BankPart::kDesign) {
    RINGSIDE_ASSIGN_OR_RETURN(v1::DesignQuestion question, ParseQuestion(source.text, source.path));
    if (theory_by_id.contains(question.id()) || !design_by_id.emplace(question.id(), nullptr).second) {
      return absl::InvalidArgumentError(fmt::format(
          "{}: id: {} is there already; ids are unique in the whole bank", source.path, question.id()));
    }
    design.push_back(std::move(question));
    return absl::OkStatus();
  }
  v1::BankFile file;
  RINGSIDE_RETURN_IF_ERROR(proto::ParseYaml(source.text, source.path, &file));
  RINGSIDE_RETURN_IF_ERROR(AddIds(file.questions(), "questions", source, &theory_by_id));
  int i = 0;
  for (v1::TheoryQuestion& question : *file.mutable_questions()) {
    if (design_by_id.contains(question.id())) {
      return proto::LocateError(
          absl::InvalidArgumentError(fmt::format(
              "questions[{}].id: {} is a design question already; ids are unique in the whole bank", i,
              question.id())),
          source.text, source.path);
    }
    theory.push_back(std::move(question));
    ++i;
  }
  return absl::OkStatus();
}

void Bank::Data::PointToAll() {
  PointTo(theory, &theory_by_id);
  PointTo(design, &design_by_id);
  PointTo(curriculum.topics(), &topics);
  PointTo(curriculum.resources(), &resources);
  PointTo(curriculum.paths(), &paths);
  PointTo(curriculum.diagrams(), &diagrams);
}

Bank::Bank(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

absl::StatusOr<Bank> Bank::Parse(const std::vector<BankSource>& sources) {
  auto data = std::make_shared<Data>();
  for (const BankSource& source : sources) RINGSIDE_RETURN_IF_ERROR(data->Add(source));
  data->PointToAll();
  return Bank(std::move(data));
}

const v1::Curriculum& Bank::curriculum() const {
  return data_->curriculum;
}
const std::vector<v1::TheoryQuestion>& Bank::theory() const {
  return data_->theory;
}
const std::vector<v1::DesignQuestion>& Bank::design() const {
  return data_->design;
}

const v1::TheoryQuestion* Bank::FindTheory(std::string_view id) const {
  return FindIn(data_->theory_by_id, id);
}
const v1::DesignQuestion* Bank::FindDesign(std::string_view id) const {
  return FindIn(data_->design_by_id, id);
}
const v1::Topic* Bank::FindTopic(std::string_view id) const {
  return FindIn(data_->topics, id);
}
const v1::Resource* Bank::FindResource(std::string_view id) const {
  return FindIn(data_->resources, id);
}
const v1::StudyPath* Bank::FindPath(std::string_view id) const {
  return FindIn(data_->paths, id);
}
const v1::Diagram* Bank::FindDiagram(std::string_view id) const {
  return FindIn(data_->diagrams, id);
}

std::vector<const v1::TheoryQuestion*> Bank::Select(const QuestionFilter& filter) const {
  std::vector<const v1::TheoryQuestion*> selected;
  for (const v1::TheoryQuestion& question : theory()) {
    if (!filter.topic.empty() && !Holds(question.topics(), filter.topic)) continue;
    if (!filter.group.empty() && !Holds(question.groups(), filter.group)) continue;
    if (filter.level != v1::LEVEL_UNSPECIFIED && question.level() != filter.level) continue;
    if (filter.kind != v1::QUESTION_KIND_UNSPECIFIED && question.kind() != filter.kind) continue;
    selected.push_back(&question);
  }
  return selected;
}

std::vector<const v1::DesignQuestion*> Bank::SelectDesign(const QuestionFilter& filter) const {
  std::vector<const v1::DesignQuestion*> selected;
  if (!filter.group.empty()) return selected;
  if (filter.kind != v1::QUESTION_KIND_UNSPECIFIED && filter.kind != v1::QUESTION_KIND_SYSTEM_DESIGN)
    return selected;
  for (const v1::DesignQuestion& question : design()) {
    if (!filter.topic.empty() && !Holds(question.topics(), filter.topic)) continue;
    if (filter.level != v1::LEVEL_UNSPECIFIED && question.level() != filter.level) continue;
    selected.push_back(&question);
  }
  return selected;
}

std::vector<const v1::Topic*> Bank::NumberedTopics() const {
  std::vector<const v1::Topic*> topics;
  for (const v1::Topic& topic : curriculum().topics()) {
    if (topic.number() > 0) topics.push_back(&topic);
  }
  std::stable_sort(topics.begin(), topics.end(),
                   [](const v1::Topic* a, const v1::Topic* b) { return a->number() < b->number(); });
  return topics;
}

absl::StatusOr<Bank> LoadBank(const std::string& directory) {
  RINGSIDE_ASSIGN_OR_RETURN(const auto sources, ReadBankSources(directory));
  return Bank::Parse(sources);
}

const Bank& EmbeddedBank() {
  static const Bank* const kBank = [] {
    auto bank = Bank::Parse(EmbeddedBankSources());
    if (!bank.ok()) CheckFailed(__FILE__, __LINE__, std::string(bank.status().message()).c_str());
    return new Bank(*std::move(bank));
  }();
  return *kBank;
}

}  // namespace ringside::evaluator
