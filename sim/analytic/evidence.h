// What a prediction rests on, and how far it may be off: a grade and a band, from runs that the constants had
// not seen (docs/measurements/validation.md has the residuals).
#pragma once

#include <string_view>

#include "sim/analytic/problem.h"

namespace ringside::sim::analytic {

enum class Grade {
  kMeasuredHere,        // constants of this machine (`ringside calibrate`)
  kCalibrated,          // device and stack were in published runs
  kPublishedConstants,  // device, stack or both were in none: data sheets and documentation alone
};

std::string_view Name(Grade grade);

// In 8 of 10 cases the true step time lies between step * low() and step * high().
struct Evidence {
  Grade grade = Grade::kPublishedConstants;
  double spread = 0;      // natural logarithm
  std::string_view kind;  // of the plan, as far as it decides: what was seen of such plans
  double low() const;
  double high() const;
};

// By what is known of device and stack and by the plan: experts, layers split across nodes, split layers
// beside stages in other nodes, other pipelines, none of these. Allocates nothing.
Evidence EvidenceOf(const Problem& problem);

}  // namespace ringside::sim::analytic
