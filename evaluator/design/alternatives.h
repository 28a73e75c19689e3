// The plans one step away from a plan: one knob changed, ranks and batch kept.
#pragma once

#include <string>
#include <vector>

#include "ringside/v1/design.pb.h"
#include "ringside/v1/scenario.pb.h"

namespace ringside::evaluator {

struct Alternative {
  std::string knob;  // "tp and dp", "zero", "micro_batch", ...
  v1::ParallelPlan plan;
};

// Of a complete plan (plan_defaults.h): every pair of axes trades a factor of two, four or eight, and every
// other knob goes through its values; what the question fixes stays. Where `towards` has another value of a
// knob, that is among them. Plans that break the question's sizes are left out, those that do not divide the
// model may be in. In a fixed order, without duplicates.
std::vector<Alternative> AlternativesOf(const v1::DesignQuestion& question, const v1::ParallelPlan& plan,
                                        const v1::ParallelPlan& towards);

// "tp 8 -> 4, dp 4 -> 8": what differs; micro_batches only where nothing else explains it.
std::string ChangeBetween(const v1::ParallelPlan& from, const v1::ParallelPlan& to);

}  // namespace ringside::evaluator
