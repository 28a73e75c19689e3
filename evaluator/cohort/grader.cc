#include "evaluator/cohort/grader.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "evaluator/design/fingerprint.h"
#include "evaluator/design/text.h"
#include "fmt/format.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace ringside::cohort {
namespace {

// Counted up whenever a grader changes what it says of the same question and answer.
constexpr int kGraderVersion = 1;

std::string FingerprintOf(const google::protobuf::Message& question) {
  std::string bytes = fmt::format("{}\n", kGraderVersion);
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    question.SerializeToCodedStream(&coded);
  }
  return evaluator::FingerprintText(bytes);
}

int CountWords(std::string_view text) {
  int words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool space = absl::ascii_isspace(static_cast<unsigned char>(c));
    words += !space && !inside ? 1 : 0;
    inside = !space;
  }
  return words;
}

v1::CohortGrade Begin(const v1::CohortAnswer& answer) {
  v1::CohortGrade grade;
  grade.set_id(answer.id());
  grade.set_candidate(answer.candidate());
  grade.set_question(answer.question());
  grade.set_line(answer.line());
  grade.set_words(CountWords(answer.has_design() ? answer.design().rationale() : answer.text()));
  if (answer.has_mark()) grade.set_mark(answer.mark());
  return grade;
}

}  // namespace

std::string GraderFingerprint(const v1::TheoryQuestion& question) {
  return FingerprintOf(question);
}
std::string GraderFingerprint(const v1::DesignQuestion& question) {
  return FingerprintOf(question);
}

v1::CohortGrade ErrorGrade(const v1::CohortAnswer& answer, std::string error) {
  v1::CohortGrade grade = Begin(answer);
  grade.set_error(std::move(error));
  return grade;
}

std::shared_ptr<const CohortGrader::Prepared> CohortGrader::PreparedOf(const v1::TheoryQuestion& question) {
  const std::lock_guard lock(mutex_);
  auto& prepared = prepared_[question.id()];
  if (prepared == nullptr) {
    prepared = std::make_shared<const Prepared>(
        Prepared{theory::PreparedQuestion(question), GraderFingerprint(question)});
  }
  return prepared;
}

v1::CohortGrade CohortGrader::Grade(const v1::CohortAnswer& answer) {
  const v1::TheoryQuestion* theory = bank_.FindTheory(answer.question());
  const v1::DesignQuestion* design = theory != nullptr ? nullptr : bank_.FindDesign(answer.question());
  if (theory == nullptr && design == nullptr) {
    return ErrorGrade(answer,
                      fmt::format("question: there is no \"{}\" in the bank; `ringside bank list` has them",
                                  evaluator::Printable(answer.question(), 60)));
  }
  if (theory != nullptr && answer.has_design()) {
    return ErrorGrade(answer, fmt::format("question {} is answered in words, not by a design", theory->id()));
  }
  if (design != nullptr && !answer.has_design()) {
    return ErrorGrade(answer, fmt::format("question {} is answered by a design, not in words", design->id()));
  }
  v1::CohortGrade grade = Begin(answer);
  if (theory != nullptr) {
    const auto prepared = PreparedOf(*theory);
    *grade.mutable_theory() = theory::GradeAnswer(prepared->question, answer.text(), answer.candidate());
    grade.set_grader(prepared->fingerprint);
    grade.set_score(grade.theory().score());
    grade.set_error(grade.theory().error());
  } else {
    if (!grade_design_) return ErrorGrade(answer, "designs are not graded here");
    v1::DesignAnswer named = answer.design();
    named.set_candidate(answer.candidate());
    named.set_question(design->id());
    *grade.mutable_design() = grade_design_(*design, named);
    grade.set_grader(GraderFingerprint(*design));
    grade.set_score(grade.design().total());
    grade.set_error(grade.design().error());
  }
  if (!grade.error().empty()) grade.set_score(0);
  return grade;
}

}  // namespace ringside::cohort
