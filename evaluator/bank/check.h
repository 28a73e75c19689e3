// Everything that must hold for a question bank beyond its form: that ids are unique and referred to rightly,
// that questions are complete, that the curriculum covers what it promises, and that the bank's own full
// answers earn full marks. docs/bank.md lists the rules for authors.
//
// A pure function of the files' text. Nothing is loaded that is broken: a file that cannot be read is one
// finding, and the others are checked without it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/bank/source.h"
#include "ringside/v1/bank.pb.h"
#include "ringside/v1/theory.pb.h"

namespace ringside::evaluator {

struct BankFinding {
  std::string file;
  int line = 0;  // from 1; 0: the whole file, or (file empty) the whole bank
  std::string reason;
  bool warning = false;  // a person should look; no reason to refuse the bank
};

struct BankCheckOptions {
  // Of theory questions that name the topic, for each of the numbered topics; fewer is an error.
  int min_questions_per_topic = 3;
  // Grades an answer to a question; empty: the bank's own answers are not graded.
  std::function<v1::TheoryGrade(const v1::TheoryQuestion&, std::string_view answer)> grade;
  double full_mark = 0.8;  // that the points' texts, joined, must score
  double earned = 0.5;     // that each alternative alone must earn of its point
};

inline constexpr size_t kMaxBankFindings = 2000;

// By file and line; errors and warnings mixed. The first kMaxBankFindings of them: a bank with more is not
// one that was nearly right.
std::vector<BankFinding> CheckBank(const std::vector<BankSource>& sources,
                                   const BankCheckOptions& options = {});

// "FILE:LINE: REASON", with "warning: " before the reason of one.
std::string ToString(const BankFinding& finding);

// The groups that a question may be in.
const std::vector<std::string>& KnownQuestionGroups();

// The points' texts in their order: what a full answer says.
std::string ReferenceAnswer(const v1::TheoryQuestion& question);

}  // namespace ringside::evaluator
