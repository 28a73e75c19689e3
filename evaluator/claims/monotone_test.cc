// Every row of the table is evaluated on both sides of a change: by closed forms, activations by compiled
// programs.
#include "evaluator/claims/monotone.h"

#include <cmath>

#include "evaluator/claims/derive.h"
#include "evaluator/claims/testing.h"
#include "plan/memory.h"

namespace ringside::claims {
namespace {

constexpr const char* kScenarios[] = {"small-dp4",     "llama7b-zero1",       "llama13b-3d", "llama70b-3d",
                                      "llama8b-zero3", "gpt175b-interleaved", "gpt13b-gpipe"};

double ValueIn(const std::vector<Fact>& facts, const Monotone& row) {
  const std::vector<const Fact*> found = Find(facts, {row.quantity, row.axis, OpName::kNone, row.scope});
  return found.empty() ? NAN : found.front()->value;
}

std::string Words(const Monotone& row) {
  return Describe(row.quantity, row.axis, OpName::kNone, row.scope) + " by " +
         std::string(Name(row.variable));
}

void Check(const Monotone& row, double before, double after, double factor, const std::string& where) {
  const double ratio = before == 0 ? (after == 0 ? 1 : 1e9) : after / before;
  if (row.sign == 0) EXPECT_NEAR(ratio, 1, 1e-6) << where;
  if (row.sign > 0) EXPECT_GT(ratio, 1.0001) << where;
  if (row.sign < 0) EXPECT_LT(ratio, 0.9999) << where;
  // Norms are not split, so that powers are nearly ones.
  if (row.power != 0) EXPECT_NEAR(ratio, std::pow(factor, row.power), 0.02 * ratio) << where;
}

// Another value of the variable, larger, that keeps the row's condition.
double Larger(const Monotone& row, double value) {
  if (row.variable == Variable::kZero) return 3;
  if (row.variable == Variable::kRecompute) return v1::RECOMPUTE_FULL;
  if (row.variable == Variable::kSequenceParallel) return 1;
  return 2 * value;
}

TEST(Monotone, EveryRowIsSo) {
  for (const Monotone& row : MonotoneTable()) {
    if (row.quantity == Quantity::kActivations) continue;
    int evaluated = 0;
    for (const char* scenario : kScenarios) {
      PlanShape shape = *claims::ShapeOf(ResolvedOf(scenario));
      if (row.variable == Variable::kZero || (row.variable == Variable::kRecompute)) {
        // From without it.
        const double without = row.variable == Variable::kZero ? 0 : static_cast<double>(v1::RECOMPUTE_NONE);
        shape = Under(shape, {{row.variable, without}}).front();
        if (row.variable == Variable::kZero && shape.replicas() == 1) continue;
      }
      if (!Holds(row.when, shape)) continue;
      const std::optional<double> value = ValueOf(shape, row.variable);
      if (!value.has_value()) continue;
      const std::vector<PlanShape> turned = Under(shape, {{row.variable, Larger(row, *value)}});
      if (turned.empty() || !Holds(row.when, turned.front())) continue;
      if (row.variable == Variable::kChunks && shape.schedule == v1::SCHEDULE_GPIPE) continue;
      const double before = ValueIn(DeriveFacts(shape, {}), row),
                   after = ValueIn(DeriveFacts(turned.front(), {}), row);
      if (std::isnan(before) || std::isnan(after)) continue;
      ++evaluated;
      Check(row, before, after, Larger(row, *value) / *value, Words(row) + " in " + scenario);
    }
    EXPECT_GT(evaluated, 0) << Words(row);
  }
}

double ActivationsOf(const std::string& yaml) {
  v1::Scenario scenario;
  EXPECT_TRUE(proto::ParseYaml(yaml, "test", &scenario).ok());
  const absl::StatusOr<std::vector<plan::Program>> programs = plan::Compile(scenario);
  EXPECT_TRUE(programs.ok()) << programs.status() << yaml;
  double most = 0;
  for (const plan::Program& program : *programs) {
    const plan::PeakMemory peak = plan::PredictPeakMemory(program);
    most = std::max(most,
                    static_cast<double>(peak.by_category[static_cast<size_t>(plan::Category::kActivations)]));
  }
  return most;
}

TEST(Monotone, ActivationsAreSoInCompiledPrograms) {
  const auto plan = [](const std::string& model, const std::string& plan) {
    return ActivationsOf("model: {preset: llama-nano" + model + "}\nplan: {" + plan + "}\n");
  };
  const struct {
    Variable variable;
    When when;
    double before, after;
  } kCases[] = {
      {Variable::kMicroBatch, When::kAlways, plan("", "micro_batch: 2"), plan("", "micro_batch: 4")},
      {Variable::kSeqLen, When::kAlways, plan(", seq_len: 64", ""), plan(", seq_len: 128", "")},
      {Variable::kTp, When::kAlways, plan("", ""), plan("", "tp: 2")},
      {Variable::kRecompute, When::kAlways, plan("", "recompute: none"), plan("", "recompute: full")},
      {Variable::kSequenceParallel, When::kTensorParallel, plan("", "tp: 2"),
       plan("", "tp: 2, sequence_parallel: true")},
      {Variable::kMicroBatches, When::kFull, plan("", "pp: 2, micro_batches: 4"),
       plan("", "pp: 2, micro_batches: 8")},
      {Variable::kMicroBatches, When::kGpipe, plan("", "pp: 2, micro_batches: 4, schedule: gpipe"),
       plan("", "pp: 2, micro_batches: 8, schedule: gpipe")},
  };
  int rows = 0;
  for (const Monotone& row : MonotoneTable()) {
    if (row.quantity != Quantity::kActivations) continue;
    ++rows;
    bool found = false;
    for (const auto& c : kCases) {
      if (c.variable != row.variable || c.when != row.when) continue;
      found = true;
      Monotone loose = row;
      loose.power = 0;  // small buffers do not scale
      Check(loose, c.before, c.after, 2, Words(row));
    }
    EXPECT_TRUE(found) << Words(row);
  }
  EXPECT_EQ(rows, 7);
}

}  // namespace
}  // namespace ringside::claims
