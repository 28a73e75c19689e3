// One answer on its candidate's page.
#pragma once

#include <string>
#include <vector>

#include "evaluator/cohort/outputs/marked_text.h"
#include "evaluator/cohort/outputs/outputs.h"
#include "evaluator/cohort/outputs/walk.h"

namespace ringside::cohort {

// An <article> with the question, the words with what earned points marked, the points, misconceptions and
// notes.
std::string AnswerHtml(const Graded& graded, const OutputOptions& options);

// Its middle for a design: areas, what another plan would have given, the rationale.
std::string DesignHtml(const v1::Scorecard& card, const std::string& rationale, const std::string& question,
                       const evaluator::Bank* bank);

// Points and misconceptions as lists, and where they are in the text.
std::string PointsHtml(const v1::TheoryGrade& grade, const std::string& question,
                       const evaluator::Bank* bank);
std::vector<Highlight> HighlightsOf(const v1::TheoryGrade& grade);

}  // namespace ringside::cohort
