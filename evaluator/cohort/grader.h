// Grades single answers of a cohort: those in words by the text grader, designs by a function of the
// caller's.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "evaluator/bank/bank.h"
#include "evaluator/theory/grade_answer.h"
#include "ringside/v1/cohort.pb.h"

namespace ringside::cohort {

class CohortGrader {
 public:
  using GradeDesign =
      std::function<v1::Scorecard(const v1::DesignQuestion& question, const v1::DesignAnswer& answer)>;

  // `design` may be empty: then designs are errors. It must bear being called from several threads.
  CohortGrader(evaluator::Bank bank, GradeDesign design)
      : bank_(std::move(bank)), grade_design_(std::move(design)) {}

  // Never fails: what cannot be graded has an `error`, and the score 0. `candidate` is copied as it is.
  // Thread-safe.
  v1::CohortGrade Grade(const v1::CohortAnswer& answer);

 private:
  struct Prepared {
    theory::PreparedQuestion question;
    std::string fingerprint;
  };
  std::shared_ptr<const Prepared> PreparedOf(const v1::TheoryQuestion& question);

  const evaluator::Bank bank_;
  const GradeDesign grade_design_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Prepared>, std::less<>> prepared_;
};

// Of the question as it is and of this grader: grades with equal ones would come out the same again.
std::string GraderFingerprint(const v1::TheoryQuestion& question);
std::string GraderFingerprint(const v1::DesignQuestion& question);

// A grade without a score: what the answer is, and why it has none.
v1::CohortGrade ErrorGrade(const v1::CohortAnswer& answer, std::string error);

}  // namespace ringside::cohort
