// The text grader as CheckBank wants it (check.h): so that a bank's own full answers and wordings are held to
// what an author promises of them.
#pragma once

#include <functional>
#include <string_view>

#include "ringside/v1/bank.pb.h"
#include "ringside/v1/theory.pb.h"

namespace ringside::evaluator {

// Takes a question apart once for all answers to it that follow each other. Of one thread; copies share
// nothing but what is immutable.
std::function<v1::TheoryGrade(const v1::TheoryQuestion&, std::string_view)> GradeByTheTextGrader();

}  // namespace ringside::evaluator
