// A machine that differs from its profile by known factors: the trace of a run there must give them back.
#include "sim/calibration/trace_refit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/compile.h"
#include "sim/profile.h"
#include "sim/simulate.h"

namespace ringside::sim {
namespace {

v1::Scenario TwoRanks() {
  v1::Scenario scenario;
  scenario.mutable_model()->set_preset("gpt2-nano");
  scenario.mutable_plan()->set_dp(2);
  scenario.mutable_plan()->set_micro_batch(2);
  scenario.mutable_run()->set_warmup(1);
  scenario.mutable_run()->set_steps(4);
  return scenario;
}

v1::Trace RunOn(const v1::DeviceProfile& machine) {
  SimulateRequest request;
  request.programs = *plan::Compile(TwoRanks());
  request.profile = machine;
  request.steps = 4;
  request.scenario = TwoRanks();
  return *Simulate(request);
}

v1::KernelLaw* Law(const char* kind, v1::DeviceProfile* profile) {
  for (v1::KernelLaw& law : *profile->mutable_kernels())
    if (law.kind() == kind) return &law;
  return nullptr;
}

void Slow(double factor, v1::KernelLaw* law) {
  law->set_overhead_ns(factor * law->overhead_ns());
  law->set_ns_per_byte(factor * law->ns_per_byte());
  law->set_ns_per_flop(factor * law->ns_per_flop());
}

const KindRefit& KindOf(const TraceRefit& refit, const std::string& law) {
  for (const KindRefit& kind : refit.kinds)
    if (kind.law == law) return kind;
  ADD_FAILURE() << law;
  return refit.kinds.front();
}

TEST(TraceRefitTest, FindsTheFactorsBetweenAProfileAndAMachine) {
  const v1::DeviceProfile base = UncalibratedLocalCpu(4);
  v1::DeviceProfile machine = base;
  Slow(1.5, Law("gemm", &machine));
  for (const char* kind : {"gemm_gelu", "gemm_accumulate"})
    if (Law(kind, &machine) != nullptr) Slow(1.5, Law(kind, &machine));
  for (v1::GemmPoint& point : *machine.mutable_gemm()) point.set_ns(1.5 * point.ns());
  v1::KernelLaw own = *Law("memory_bound", &machine);
  own.set_kind("adamw");
  Slow(3, &own);
  *machine.add_kernels() = own;

  const v1::Trace measured = RunOn(machine);
  const auto refit = RefitToTrace(measured, base);
  ASSERT_TRUE(refit.ok()) << refit.status();
  EXPECT_NEAR(KindOf(*refit, "gemm").factor, 1.5, 0.02);
  EXPECT_NEAR(KindOf(*refit, "adamw").factor, 3, 0.05);
  EXPECT_NEAR(KindOf(*refit, "layer_norm").factor, 1, 0.02);
  for (const KindRefit& kind : refit->kinds) EXPECT_LT(kind.after, 0.02) << kind.law;
  EXPECT_GT(KindOf(*refit, "gemm").before, 0.3);
  for (size_t i = 1; i < refit->kinds.size(); ++i)
    EXPECT_GE(refit->kinds[i - 1].measured_s, refit->kinds[i].measured_s);
  // And a step is as long as there.
  const v1::Trace again = RunOn(refit->profile), before = RunOn(base);
  const auto step_ns = [](const v1::Trace& trace) {
    return static_cast<double>(trace.ranks(0).steps(3).end_ns() - trace.ranks(0).steps(2).end_ns());
  };
  EXPECT_NEAR(step_ns(again) / step_ns(measured), 1, 0.02);
  EXPECT_LT(step_ns(before) / step_ns(measured), 0.85);
}

TEST(TraceRefitTest, RefusesTracesThatSayNothing) {
  const v1::DeviceProfile base = UncalibratedLocalCpu(2);
  const auto error = [&](const v1::Trace& trace) {
    const auto refit = RefitToTrace(trace, base);
    EXPECT_EQ(refit.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(refit.status().message());
  };
  EXPECT_THAT(error({}), testing::HasSubstr("no programs"));
  v1::Trace trace = RunOn(base);
  trace.mutable_ranks()->RemoveLast();
  EXPECT_THAT(error(trace), testing::HasSubstr("1 ranks and 2 programs"));
  trace = RunOn(base);
  trace.mutable_ranks(1)->mutable_spans(0)->set_op(1 << 20);
  EXPECT_THAT(error(trace), testing::HasSubstr("rank 1 of the trace"));
  trace = RunOn(base);
  for (v1::RankTrace& rank : *trace.mutable_ranks()) rank.clear_spans();
  EXPECT_THAT(error(trace), testing::HasSubstr("no computing op"));
}

}  // namespace
}  // namespace ringside::sim
