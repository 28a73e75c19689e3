// The parts of CheckBank (check.h): each looks at one kind of message and says what is wrong with it, by
// field path.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evaluator/bank/check.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "ringside/v1/bank.pb.h"
#include "ringside/v1/design.pb.h"

namespace ringside::evaluator::bank_check {

// What was found in one file, by field path; lines are looked up at the end.
struct Located {
  std::string path;  // "questions[3].hints"; empty: the file
  std::string reason;
  bool warning = false;
};

class Report {
 public:
  void Error(std::string path, std::string reason) {
    located_.push_back({std::move(path), std::move(reason)});
  }
  void Warning(std::string path, std::string reason) {
    located_.push_back({std::move(path), std::move(reason), true});
  }
  const std::vector<Located>& located() const { return located_; }

 private:
  std::vector<Located> located_;
};

// What the files that could be read define.
struct Defined {
  std::set<std::string> questions;  // of both kinds
  std::set<std::string> topics, resources, diagrams;
  std::map<std::string, int> topic_numbers;  // of the numbered ones
  // Of theory questions.
  std::map<std::string, int> questions_of_group, questions_of_topic;
  std::map<std::string, std::string> main_topic_of;      // by the question's id
  std::map<std::string, std::string> first_with_prompt;  // id by prompt
  std::set<std::string> diagnostic;                      // those of that group
};

using Ids = google::protobuf::RepeatedPtrField<std::string>;

// Lower-case letters, digits and single dashes between them, at most 60 bytes.
bool IsBankId(std::string_view text);

// "LIST[INDEX]" and ".FIELD" if there is one.
std::string At(std::string_view list, int index, std::string_view field = {});

// The ids at `path`: each is known, none is there twice. `what`: "topic".
void CheckReferences(const Ids& ids, const std::string& path, std::string_view what,
                     const std::set<std::string>& known, Report* report);

void CheckTheoryQuestion(const v1::TheoryQuestion& question, const std::string& path, const Defined& defined,
                         Report* report);
void CheckDesignQuestion(const v1::DesignQuestion& question, const Defined& defined, Report* report);

// One file's share of the curriculum, and the report on that file.
struct CurriculumFile {
  v1::Curriculum part;
  Report* report;
};
void CheckCurriculumFile(const CurriculumFile& file, const Defined& defined);
// What only all files together show; told where it can be mended.
void CheckWholeCurriculum(const std::vector<CurriculumFile>& files, const Defined& defined,
                          const BankCheckOptions& options);

// Whether the question's own answers earn what they should.
void CheckOwnAnswers(const v1::TheoryQuestion& question, const std::string& path,
                     const BankCheckOptions& options, Report* report);

}  // namespace ringside::evaluator::bank_check
