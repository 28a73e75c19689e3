// What the tests of the design round share: a small question, an answer, made-up outcomes.
#pragma once

#include <string>

#include "evaluator/design/best_plan.h"
#include "evaluator/design/runner.h"
#include "ringside/v1/design.pb.h"

namespace ringside::evaluator::testing {

// Four ranks, global batch 16, gpt2-nano; not resolved, valid.
v1::DesignQuestion SomeQuestion();

v1::ParallelPlan Plan(int dp, int tp, int pp, int micro_batch, int micro_batches);

// dp4 with all predictions exact for SomeOutcome().
v1::DesignAnswer SomeAnswer(const std::string& candidate = "ada");

// 1000 tokens/s, 40 MiB of 64, compute 60 %, dp 30 %, bubble 10 %.
Outcome SomeOutcome();

// Needs 80 MiB of 64.
Outcome SomeInfeasibleOutcome();

// 1250 tokens/s on the basis of SomeOutcome().
BestPlan SomeBest();

}  // namespace ringside::evaluator::testing
