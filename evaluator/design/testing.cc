#include "evaluator/design/testing.h"

namespace ringside::evaluator::testing {
namespace {

constexpr int64_t kMiB = 1 << 20;

}  // namespace

v1::DesignQuestion SomeQuestion() {
  v1::DesignQuestion question;
  question.set_id("four-ranks");
  question.set_prompt("Train it on four ranks.");
  question.mutable_model()->set_preset("gpt2-nano");
  question.mutable_cluster()->set_devices_per_node(4);
  question.mutable_run()->set_steps(4);
  question.mutable_run()->set_warmup(1);
  question.mutable_constraints()->set_global_batch(16);
  return question;
}

v1::ParallelPlan Plan(int dp, int tp, int pp, int micro_batch, int micro_batches) {
  v1::ParallelPlan plan;
  plan.set_dp(dp);
  plan.set_tp(tp);
  plan.set_pp(pp);
  plan.set_micro_batch(micro_batch);
  plan.set_micro_batches(micro_batches);
  return plan;
}

v1::DesignAnswer SomeAnswer(const std::string& candidate) {
  v1::DesignAnswer answer;
  answer.set_question("four-ranks");
  answer.set_candidate(candidate);
  *answer.mutable_plan() = Plan(4, 1, 1, 4, 1);
  answer.mutable_predictions()->set_tokens_per_s(1000);
  answer.mutable_predictions()->set_peak_memory_mib(40);
  answer.mutable_predictions()->set_bottleneck(v1::BOTTLENECK_COMPUTE);
  answer.set_rationale("It fits.");
  return answer;
}

Outcome SomeOutcome() {
  Outcome outcome;
  outcome.basis = v1::ORIGIN_MEASURED;
  outcome.basis_reason = "its 4 ranks fit this machine";
  outcome.trace_location = "job 7";
  Measurement& m = outcome.measurement;
  m.basis = v1::ORIGIN_MEASURED;
  m.tokens_per_s = 1000;
  m.ranks = 4;
  m.step_s = 1.024;
  m.tokens_where = "job 7, rank 0, step 2";
  m.step_spread = 0.12;
  m.peak_bytes = 40 * kMiB;
  m.peak_where = "job 7, rank 1, step 1, op 12 backward gemm layer 3 mb 0";
  m.limit_bytes = 64 * kMiB;
  m.time = {{v1::BOTTLENECK_COMPUTE, 0.60, "job 7, rank 0, step 2, op 3 forward gemm"},
            {v1::BOTTLENECK_DP_COMMUNICATION, 0.30, "job 7, rank 0, step 2, op 30 all_reduce"},
            {v1::BOTTLENECK_PIPELINE_BUBBLE, 0.10, "job 7, rank 0, step 2"}};
  return outcome;
}

Outcome SomeInfeasibleOutcome() {
  Outcome outcome;
  outcome.basis = v1::ORIGIN_MEASURED;
  outcome.basis_reason = "its 4 ranks fit this machine";
  Infeasible infeasible;
  infeasible.reason = "does not fit: rank 0 needs 80.00 MiB and is granted 64.00 MiB";
  infeasible.needed_bytes = 80 * kMiB;
  infeasible.needed_where = "compiled program, rank 0, op 12";
  v1::Evidence evidence;
  evidence.set_quantity("needed_bytes");
  evidence.set_value(80.0 * kMiB);
  evidence.set_unit("bytes");
  evidence.set_origin(v1::ORIGIN_EXACT);
  evidence.set_where(infeasible.needed_where);
  infeasible.evidence.push_back(evidence);
  outcome.infeasible = infeasible;
  return outcome;
}

BestPlan SomeBest() {
  BestPlan best;
  best.plan = Plan(2, 2, 1, 4, 2);
  best.tokens_per_s = 1250;
  best.peak_bytes = 30 * kMiB;
  best.basis = v1::ORIGIN_MEASURED;
  best.source = "made up";
  best.where = "job 6, rank 0, step 2";
  best.measurement = SomeOutcome().measurement;
  best.measurement.tokens_per_s = best.tokens_per_s;
  best.measurement.peak_bytes = best.peak_bytes;
  return best;
}

}  // namespace ringside::evaluator::testing
