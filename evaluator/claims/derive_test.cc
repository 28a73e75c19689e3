// The closed forms against compiled programs: parameters, what a rank keeps, what it sends.
#include "evaluator/claims/derive.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "plan/collective.h"
#include "plan/compile.h"
#include "plan/memory.h"
#include "proto/yaml.h"

namespace ringside::claims {
namespace {

struct Compiled {
  plan::Resolved resolved;
  std::vector<plan::Program> programs;
  PlanShape shape;
  std::vector<Fact> facts;
};

Compiled CompileText(const std::string& yaml) {
  v1::Scenario scenario;
  const absl::Status status = proto::ParseYaml(yaml, "test", &scenario);
  EXPECT_TRUE(status.ok()) << status;
  absl::StatusOr<plan::Resolved> resolved = plan::Resolve(scenario);
  EXPECT_TRUE(resolved.ok()) << resolved.status();
  absl::StatusOr<std::vector<plan::Program>> programs = plan::Compile(scenario);
  EXPECT_TRUE(programs.ok()) << programs.status();
  Compiled compiled{*std::move(resolved), *std::move(programs), {}, {}};
  compiled.shape = *claims::ShapeOf(compiled.resolved);
  compiled.facts = DeriveFacts(compiled.shape, {});
  return compiled;
}

const Fact* Only(const std::vector<Fact>& facts, const FactQuery& query) {
  const std::vector<const Fact*> found = Find(facts, query);
  EXPECT_FALSE(found.empty()) << Describe(query.quantity, query.axis, query.op, query.scope);
  return found.empty() ? nullptr : found.front();
}

// Bytes that rank sends on an axis in a step, by op kind; kNone: all.
double Sent(const plan::Program& program, std::string_view axis, plan::OpKind kind, bool any) {
  double bytes = 0;
  for (const plan::Op& op : program.ops) {
    if (op.group < 0 || !plan::IsCollective(op.kind) || (!any && op.kind != kind)) continue;
    if (program.groups[static_cast<size_t>(op.group)].axis != axis || op.dims[0] < 100) continue;
    const auto elem = static_cast<double>(plan::SizeOf(program.real));
    bytes += elem * static_cast<double>(plan::SentElems(plan::RoundsOf(op, program.groups, program.rank)));
  }
  return bytes;
}

class Plans : public testing::TestWithParam<const char*> {};

TEST_P(Plans, WhatARankKeepsIsWhatItsProgramKeeps) {
  const Compiled c = CompileText(GetParam());
  EXPECT_EQ(ModelParameters(c.shape), static_cast<double>(plan::NumParameters(c.resolved)));
  const struct {
    Quantity quantity;
    plan::Category category;
  } kParts[] = {{Quantity::kWeights, plan::Category::kWeights},
                {Quantity::kGradients, plan::Category::kGradients},
                {Quantity::kOptimizer, plan::Category::kOptimizer}};
  for (const auto& part : kParts) {
    double fullest = 0;
    for (const plan::Program& program : c.programs) {
      const plan::PeakMemory peak = plan::PredictPeakMemory(program);
      fullest = std::max(fullest, static_cast<double>(peak.by_category[static_cast<size_t>(part.category)]));
    }
    const Fact* fact = Only(c.facts, {part.quantity, Axis::kNone, OpName::kNone, Scope::kRank});
    ASSERT_NE(fact, nullptr);
    // Shards differ by an element a bucket.
    EXPECT_NEAR(fact->value, fullest, 0.002 * fullest) << Name(part.quantity);
  }
}

TEST_P(Plans, WhatARankSendsIsWhatItsProgramSends) {
  const Compiled c = CompileText(GetParam());
  if (c.shape.replicas() > 1) {
    double most = 0;
    for (const plan::Program& program : c.programs) {
      most = std::max(most, Sent(program, "dp", plan::OpKind::kAllReduce, true));
    }
    const Fact* fact = Only(c.facts, {Quantity::kCommBytes, Axis::kDp, OpName::kNone, Scope::kStep});
    ASSERT_NE(fact, nullptr);
    EXPECT_GE(most, 0.98 * fact->lowest());
    EXPECT_LE(most, 1.02 * fact->highest());
  }
  if (c.shape.tp > 1 && !c.shape.sequence_parallel) {
    double most = 0;
    for (const plan::Program& program : c.programs) {
      most = std::max(most, Sent(program, "tp", plan::OpKind::kAllReduce, false));
    }
    bool inside = false;
    for (const Fact* fact :
         Find(c.facts, {Quantity::kCommBytes, Axis::kTp, OpName::kAllReduce, Scope::kStep})) {
      inside |= most >= 0.99 * fact->lowest() && most <= 1.05 * fact->highest();
    }
    EXPECT_TRUE(inside) << most;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Derive, Plans,
    testing::Values(
        "model: {preset: gpt2-nano}\nplan: {dp: 4, micro_batches: 2, algorithm: ring}\n",
        "model: {preset: gpt2-nano}\nplan: {dp: 4, zero: 1, micro_batches: 2}\n",
        "model: {preset: llama-nano}\nplan: {dp: 2, zero: 2, micro_batches: 3, precision: bf16}\n",
        "model: {preset: llama-nano}\nplan: {dp: 4, zero: 3, micro_batches: 2, precision: bf16}\n",
        "model: {preset: gpt2-nano}\nplan: {tp: 2, micro_batches: 2, algorithm: ring}\n",
        "model: {preset: llama-nano}\nplan: {tp: 2, pp: 2, micro_batches: 4, algorithm: ring}\n",
        "model: {preset: llama-nano}\nplan: {dp: 2, tp: 2, pp: 2, zero: 1, micro_batches: 4, precision: "
        "bf16}\n"));

TEST(Derive, FourAllReducesALayer) {
  const Compiled c = CompileText("model: {preset: gpt2-nano}\nplan: {tp: 2, micro_batches: 1}\n");
  int calls = 0;
  for (const plan::Op& op : c.programs[0].ops) {
    if (op.kind == plan::OpKind::kAllReduce && op.layer == 1) ++calls;
  }
  EXPECT_EQ(calls, 4);
  EXPECT_EQ(Only(c.facts, {Quantity::kCommCount, Axis::kTp, OpName::kAllReduce, Scope::kLayer})->value, 4);
}

TEST(Derive, FlopsAreTheProgramsOwn) {
  const Compiled c = CompileText("model: {preset: llama-tiny}\nplan: {micro_batches: 2}\n");
  const double flops = plan::ModelFlopsPerStep(c.resolved);
  const FlopsOfToken token = TokenFlops(c.shape);
  const auto tokens = static_cast<double>(c.shape.tokens_per_step());
  EXPECT_GE(flops, 0.95 * token.low * tokens);
  EXPECT_LE(flops, 1.05 * token.high * tokens);
}

TEST(Derive, UnderAnotherPlan) {
  const Compiled c = CompileText("model: {preset: gpt2-nano}\nplan: {dp: 4, zero: 1}\n");
  const std::vector<PlanShape> zero3 = Under(c.shape, {{Variable::kZero, 3}});
  ASSERT_EQ(zero3.size(), 1u);
  EXPECT_EQ(zero3[0].zero_group, 4);
  // Two replicas less, or as many ranks and fewer replicas.
  const std::vector<PlanShape> tp2 = Under(c.shape, {{Variable::kTp, 2}});
  ASSERT_EQ(tp2.size(), 2u);
  EXPECT_EQ(tp2[0].dp, 4);
  EXPECT_EQ(tp2[1].dp, 2);
  EXPECT_TRUE(Under(c.shape, {{Variable::kTp, 0}}).empty());
  EXPECT_TRUE(Under(c.shape, {{Variable::kDp, 2.5}}).empty());
}

}  // namespace
}  // namespace ringside::claims
