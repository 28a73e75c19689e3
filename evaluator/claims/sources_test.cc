#include "evaluator/claims/sources.h"

#include "evaluator/claims/check.h"
#include "evaluator/claims/testing.h"
#include "plan/memory.h"

namespace ringside::claims {
namespace {

TEST(Sources, TheCatalogueKnowsTheMachines) {
  const Hardware h100 = HardwareOf(ResolvedOf("llama13b-3d"));
  EXPECT_DOUBLE_EQ(h100.intra_rate, 450e9);
  EXPECT_DOUBLE_EQ(h100.inter_rate, 50e9);
  EXPECT_DOUBLE_EQ(h100.peak_flops, 989.4e12);
  const Hardware local = claims::HardwareOf(ResolvedOf("small-dp4"));
  EXPECT_EQ(local.peak_flops, 0);
  EXPECT_DOUBLE_EQ(local.memory_bytes, 66.0 * (1 << 20));
}

TEST(Sources, AMeasurementIsEvidenceWithItsPlace) {
  evaluator::Measurement measurement;
  measurement.basis = v1::ORIGIN_MEASURED;
  measurement.tokens_per_s = 21400;
  measurement.tokens_where = "job 7, step 5";
  measurement.step_spread = 0.04;
  measurement.peak_bytes = 60 << 20;
  measurement.peak_where = "job 7, rank 2, op 118";
  measurement.time = {{v1::BOTTLENECK_COMPUTE, 0.7, "rank 0"},
                      {v1::BOTTLENECK_DP_COMMUNICATION, 0.2, "rank 1, op 9"}};
  Facts facts(claims::ShapeOf(ResolvedOf("small-dp4")), {});
  MeasurementFacts(measurement).AddFacts(&facts);
  const v1::ClaimReport report = CheckClaims(
      "The peak memory is 63 MB per rank, and we get 30,000 tokens/s. Communication takes 20 % of the step.",
      facts);
  ASSERT_EQ(report.claims_size(), 3) << report.DebugString();
  EXPECT_EQ(report.claims(0).verdict(), v1::CLAIM_VERDICT_SUPPORTED);
  EXPECT_EQ(report.claims(0).evidence(0).where(), "job 7, rank 2, op 118");
  EXPECT_EQ(report.claims(1).verdict(), v1::CLAIM_VERDICT_CONTRADICTED);
  EXPECT_EQ(report.claims(1).evidence(0).origin(), v1::ORIGIN_MEASURED);
  EXPECT_EQ(report.claims(2).verdict(), v1::CLAIM_VERDICT_SUPPORTED);
}

TEST(Sources, CompiledProgramsKnowTheActivations) {
  const plan::Resolved resolved = ResolvedOf("small-dp4");
  Facts facts = FactsOf(resolved);
  const plan::PeakMemory peak = plan::PredictPeakMemory(plan::CompileRank(resolved, 0));
  PeakFacts(peak, "program of rank 0").AddFacts(&facts);
  EXPECT_EQ(Find(facts.all(), {Quantity::kPeakMemory}).size(), 1u);
  EXPECT_EQ(CheckClaims("Activations take 900 MB per rank.", facts).contradicted(), 1);
}

}  // namespace
}  // namespace ringside::claims
