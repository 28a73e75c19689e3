// What an answer is worth: the grade of its words, less for what a follow-up had to bring out and for hints.
#pragma once

#include <string>

#include "evaluator/debugging/answer_grader.h"
#include "ringside/v1/interview.pb.h"

namespace ringside::evaluator {

// All that was said to the question, one line an answer: what was graded, and what spans point into.
std::string AllAnswers(const v1::AskedQuestion& question);

// Price of all hints shown so far, 0..1.
double HintPrice(const v1::AskedQuestion& question);

// Grades everything that was said to the question again, after its last part got an answer, and brings
// question.grade and question.score up to date. With s the score before, g and g' the grades of all words
// before and now, f = 1 for the first answer and kFollowUpShare after, p the price of the hints shown by now:
//     score = s + f (1 - p) (g' - g)   if the grade rose
//     score = min(s, g')               if it fell: something wrong was added
// So what was earned before a hint is kept, and the full answer earns nothing by being said back.
void MarkAnswer(const v1::TheoryQuestion& reference, const AnswerGrader& grader, v1::AskedQuestion* question);

// Answered or skipped; swapped and cut ones do not count. Harder questions weigh 1.25 and 1.5.
bool CountsForScore(const v1::AskedQuestion& question);
double LevelWeight(v1::Level level);

}  // namespace ringside::evaluator
