// Drawings of a cohort as inline SVG; colours come from the page's style (page.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evaluator/cohort/outputs/figures.h"

namespace ringside::cohort {

// <figure> with a bar a bin. `what` is counted: "candidates".
std::string HistogramFigure(const Histogram& histogram, std::string_view caption, std::string_view what);

// <figure> with a dot a question: facility to the right, discrimination upwards; those with flags stand out.
// Empty where fewer than two questions have a discrimination.
std::string QuestionsFigure(const std::vector<ItemStatistics>& items, const evaluator::Bank* bank);

}  // namespace ringside::cohort
