// The text grader: a question of the bank and an answer in words become a mark, point by point, with the
// words that earned it. No model of language is asked: the same answer gets the same mark, and every part of
// it can be shown. docs/grading.md says how a mark comes about and what it cannot do.
#pragma once

#include <memory>
#include <string_view>

#include "ringside/v1/bank.pb.h"
#include "ringside/v1/theory.pb.h"

namespace ringside::theory {

struct PreparedParts;  // prepared_parts.h
struct Setting;
class LearnedMarks;

// A question taken apart once, with what its marked answers teach. Immutable; copies share; any thread.
class PreparedQuestion {
 public:
  // Never fails: what is missing in the question (a weight, alternatives, all points) only leaves less to
  // grade by; without points every grade has an error.
  explicit PreparedQuestion(const v1::TheoryQuestion& question);
  // Of a table (setting.h) instead of the bank.
  PreparedQuestion(const v1::TheoryQuestion& question, const Setting& setting);

  const v1::TheoryQuestion& question() const;
  const PreparedParts& parts() const { return *parts_; }
  const LearnedMarks& marks() const { return *marks_; }

 private:
  std::shared_ptr<const PreparedParts> parts_;
  std::shared_ptr<const LearnedMarks> marks_;
};

// `answer` may be any bytes; beyond the limits of text/analyze.h it is cut (ANSWER_FLAG_TOO_LONG). Points
// stand in the question's order, spans in the order of the answer. Takes some 100 us for an answer of 60
// words.
v1::TheoryGrade GradeAnswer(const PreparedQuestion& question, std::string_view answer,
                            std::string_view candidate);

}  // namespace ringside::theory
