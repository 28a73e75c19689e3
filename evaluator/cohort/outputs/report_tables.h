// The sections of a cohort's report, each a <section>, or empty where there is nothing to show.
#pragma once

#include <string>

#include "evaluator/cohort/outputs/outputs.h"

namespace ringside::cohort {

std::string QuestionsSection(const CohortFigures& figures, const evaluator::Bank* bank);
std::string AgreementSection(const CohortFigures& figures, const evaluator::Bank* bank);
std::string AttentionSection(const CohortFigures& figures, const evaluator::Bank* bank);
std::string SimilarSection(const CohortFigures& figures, const evaluator::Bank* bank);

}  // namespace ringside::cohort
