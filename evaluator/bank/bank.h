// The question bank: questions in words, design questions, and the curriculum that they belong to.
//
// Immutable once loaded; may be used from any thread, and copied. Pointers that look-ups return live as long
// as the bank they came from and any copy of it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "evaluator/bank/source.h"
#include "ringside/v1/bank.pb.h"
#include "ringside/v1/design.pb.h"

namespace ringside::evaluator {

// What a question must be; empty and unspecified: anything.
struct QuestionFilter {
  std::string topic, group;
  v1::Level level = v1::LEVEL_UNSPECIFIED;
  v1::QuestionKind kind = v1::QUESTION_KIND_UNSPECIFIED;
};

class Bank {
 public:
  // INVALID_ARGUMENT with file and line: a file that cannot be read strictly, a design question that is not
  // possible, an id that a question, topic, resource, path or diagram has not or shares with another.
  // Everything else is left to CheckBank (check.h).
  static absl::StatusOr<Bank> Parse(const std::vector<BankSource>& sources);

  const v1::Curriculum& curriculum() const;
  // In the order of their files and in these. Design questions are resolved (design/question.h).
  const std::vector<v1::TheoryQuestion>& theory() const;
  const std::vector<v1::DesignQuestion>& design() const;

  // By id; null: there is none.
  const v1::TheoryQuestion* FindTheory(std::string_view id) const;
  const v1::DesignQuestion* FindDesign(std::string_view id) const;
  const v1::Topic* FindTopic(std::string_view id) const;
  const v1::Resource* FindResource(std::string_view id) const;
  const v1::StudyPath* FindPath(std::string_view id) const;
  const v1::Diagram* FindDiagram(std::string_view id) const;

  // In the order of theory() and design(). A design question has no group and is of kind system_design.
  std::vector<const v1::TheoryQuestion*> Select(const QuestionFilter& filter) const;
  std::vector<const v1::DesignQuestion*> SelectDesign(const QuestionFilter& filter) const;

  // The numbered topics, 1 to 11, in their order.
  std::vector<const v1::Topic*> NumberedTopics() const;

 private:
  struct Data;
  explicit Bank(std::shared_ptr<const Data> data);

  std::shared_ptr<const Data> data_;
};

// Errors as ReadBankSources and Bank::Parse.
absl::StatusOr<Bank> LoadBank(const std::string& directory);

// The bank that was compiled in, parsed on first use. Checked by a test; ends the program if it is malformed.
const Bank& EmbeddedBank();

}  // namespace ringside::evaluator
