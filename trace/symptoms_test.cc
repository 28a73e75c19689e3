#include "trace/symptoms.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace ringside::trace {
namespace {

using Values = std::vector<std::optional<double>>;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

RunSummary WithLoss(Values loss) {
  RunSummary run;
  run.loss = std::move(loss);
  run.tokens_per_step = 8;
  return run;
}

// Every rank loads two samples from first[rank] on; all are in one dp group.
v1::Trace Loading(const std::vector<int64_t>& first, const std::vector<int32_t>& replicas) {
  v1::Trace trace;
  for (size_t rank = 0; rank < first.size(); ++rank) {
    v1::Program& program = *trace.add_programs();
    v1::Group& group = *program.add_groups();
    group.set_axis("dp");
    group.mutable_ranks()->Add(replicas.begin(), replicas.end());
    for (const char* phase : {"forward", "eval"}) {
      v1::OpDef& op = *program.add_ops();
      op.set_kind("load_batch"), op.set_phase(phase);
      for (int64_t dim :
           {int64_t{2}, int64_t{4}, first[rank], int64_t{8}, int64_t{50}, int64_t{1}, int64_t{0}}) {
        op.add_dims(dim);
      }
    }
  }
  return trace;
}

TEST(Symptoms, OfTheLoss) {
  const RunSummary run = WithLoss({4.0, 5.0, 3.0, 3.0, 2.0});
  EXPECT_EQ(*LossSpike(run), 1.25);
  EXPECT_EQ(*LossRiseShare(run), 0.25);
  EXPECT_EQ(*FinalLoss(run), 2.0);
  EXPECT_EQ(*NonFiniteLossShare(run), 0);
  const RunSummary lost = WithLoss({4.0, 3.0, kNan, kNan});
  EXPECT_EQ(*NonFiniteLossShare(lost), 0.5);
  EXPECT_TRUE(std::isinf(*LossSpike(lost)));
  EXPECT_TRUE(std::isinf(*FinalLoss(lost)));
  EXPECT_NEAR(*LossRiseShare(lost), 2.0 / 3, 1e-12);
  const RunSummary simulated = WithLoss({std::nullopt, std::nullopt});
  EXPECT_EQ(NonFiniteLossShare(simulated).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(LossBehind(run, simulated).ok());
}

TEST(Symptoms, FinalIsTheLastTenth) {
  Values loss(20, 9.0);
  loss[18] = 2.0, loss[19] = 4.0;
  EXPECT_EQ(*FinalLoss(WithLoss(loss)), 3.0);
}

TEST(Symptoms, AgainstWhoKnowsNothing) {
  const v1::Trace trace = Loading({0}, {0});
  EXPECT_NEAR(*InitialLossRatio(WithLoss({2 * std::log(50.0), 1.0}), trace), 2, 1e-12);
  EXPECT_NEAR(*FinalLossRatio(WithLoss({9.0, std::log(50.0)}), trace), 1, 1e-12);
  EXPECT_FALSE(InitialLossRatio(WithLoss({1.0}), v1::Trace()).ok());
}

TEST(Symptoms, OfTheEvaluation) {
  RunSummary run = WithLoss(Values(20, 1.0));
  EXPECT_EQ(EvalGap(run).status().code(), absl::StatusCode::kFailedPrecondition);
  Values eval(20, 3.0);
  eval[5] = 2.0, eval[19] = 3.5;
  run.metrics["eval_loss"] = eval;
  EXPECT_DOUBLE_EQ(*EvalGap(run), 2.25);
  EXPECT_DOUBLE_EQ(*EvalRise(run), 1.25);
  EXPECT_DOUBLE_EQ(*EvalJitter(run), 0.5);
}

TEST(Symptoms, OfTheLayers) {
  RunSummary run = WithLoss({1.0});
  run.metrics["dead_share.layer.0"] = {0.5};
  run.metrics["dead_share.layer.11"] = {0.75};
  run.metrics["grad_square_sum.layer.2"] = {1.0, 4.0, 4.0};
  run.metrics["grad_square_sum.layer.11"] = {100.0, 100.0, 1.0};
  EXPECT_EQ(*DeadShare(run), 0.75);
  EXPECT_EQ(*LayerGradientRatio(run), 5);
  run.metrics["grad_square_sum.layer.2"] = {0.0, 0.0, 0.0};
  EXPECT_TRUE(std::isinf(*LayerGradientRatio(run)));
}

TEST(Symptoms, OfTheGradient) {
  RunSummary run = WithLoss({1.0, 1.0, 1.0}), reference = run;
  run.metrics["grad_square_sum"] = {16.0, 4.0, 100.0};
  EXPECT_EQ(*GradientSpike(run), 2.5);
  reference.metrics["grad_square_sum"] = {1.0, 1.0, 1.0};
  EXPECT_EQ(*GradientNormRatio(run, reference), 4);
  run.metrics["loss_scale"] = {2.0, 2.0, 2.0};
  EXPECT_EQ(*GradientNormRatio(run, reference), 2);
  run.metrics["skipped_steps"] = {0.0, 1.0, 2.0};
  EXPECT_NEAR(*SkippedShare(run), 2.0 / 3, 1e-12);
  EXPECT_FALSE(SkippedShare(reference).ok());
}

TEST(Symptoms, SamplesThatReplicasShare) {
  EXPECT_EQ(*SamplesReadTwice(Loading({0, 2}, {0, 1})), 0);
  EXPECT_EQ(*SamplesReadTwice(Loading({0, 0}, {0, 1})), 1);
  EXPECT_NEAR(*SamplesReadTwice(Loading({0, 1}, {0, 1})), 1.0 / 3, 1e-12);
  EXPECT_EQ(*SamplesReadTwice(Loading({0, 0}, {})), 0);  // two ranks of one replica
}

TEST(Symptoms, AgainstAReference) {
  RunSummary run = WithLoss({4.0, 3.0}), reference = WithLoss({5.0, 4.0, 3.0, 2.0, 1.0});
  run.tokens_per_step = 16;
  EXPECT_NEAR(*FirstLossDistance(run, reference), 0.2, 1e-12);
  EXPECT_EQ(*LossBehind(run, reference), 1);  // 32 tokens: the reference's fourth step
  run.tokens_per_s = 10, reference.tokens_per_s = 40;
  EXPECT_EQ(*Slowdown(run, reference), 4);
  EXPECT_FALSE(LossBehind(reference, run).ok());
}

TEST(Symptoms, EveryFigureHasANameOfItsOwn) {
  for (const Figure& figure : Figures()) EXPECT_EQ(FindFigure(figure.name), &figure);
  EXPECT_EQ(FindFigure("nothing"), nullptr);
}

}  // namespace
}  // namespace ringside::trace
