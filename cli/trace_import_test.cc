#include "cli/trace_import.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "nlohmann/json.hpp"
#include "plan/compile.h"
#include "sim/profile.h"
#include "sim/simulate.h"
#include "trace/store.h"

namespace ringside::cli {
namespace {

std::string InTemp(const std::string& name) {
  return (std::filesystem::path(testing::TempDir()) / name).string();
}

TEST(TraceImportTest, AProfileIsCorrectedByARun) {
  v1::Scenario scenario;
  scenario.mutable_model()->set_preset("gpt2-nano");
  scenario.mutable_plan()->set_micro_batch(2);
  scenario.mutable_run()->set_warmup(1);
  scenario.mutable_run()->set_steps(3);
  sim::SimulateRequest request;
  request.programs = *plan::Compile(scenario);
  request.scenario = scenario;
  const v1::DeviceProfile base = sim::UncalibratedLocalCpu(2);
  request.profile = base;
  for (v1::KernelLaw& law : *request.profile.mutable_kernels()) {
    law.set_ns_per_byte(2 * law.ns_per_byte());
    law.set_ns_per_flop(2 * law.ns_per_flop());
    law.set_overhead_ns(2 * law.overhead_ns());
  }
  for (v1::GemmPoint& point : *request.profile.mutable_gemm()) point.set_ns(2 * point.ns());
  v1::Trace trace = *sim::Simulate(request);
  CalibrateOptions options;
  options.trace = InTemp("refit-trace");
  options.profile = InTemp("base.yaml");
  options.json = InTemp("refit.json");
  ASSERT_TRUE(sim::SaveProfile(base, options.profile).ok());
  ASSERT_TRUE(trace::SaveTrace(trace, options.trace).ok());
  EXPECT_EQ(CalibrateFromTrace(options), kExitBadInput);  // no --out
  options.out = InTemp("refitted.yaml");
  EXPECT_EQ(CalibrateFromTrace(options), kExitBadInput);  // a prediction
  trace.set_origin(v1::ORIGIN_MEASURED);
  ASSERT_TRUE(trace::SaveTrace(trace, options.trace).ok());
  ASSERT_EQ(CalibrateFromTrace(options), kExitOk);
  const nlohmann::json json = nlohmann::json::parse(std::ifstream(options.json));
  for (const auto& kernel : json["kernels"]) {
    EXPECT_NEAR(kernel["factor"].get<double>(), 2, 0.05) << kernel;
    EXPECT_LT(kernel["error_after"].get<double>(), 0.02) << kernel;
  }
  const auto corrected = sim::LoadProfile(options.out);
  ASSERT_TRUE(corrected.ok()) << corrected.status();
  EXPECT_NEAR(corrected->gemm_gflops(), base.gemm_gflops() / 2, 0.05 * base.gemm_gflops());
  options.trace = InTemp("no-such-trace");
  EXPECT_EQ(CalibrateFromTrace(options), kExitBadInput);
}

}  // namespace
}  // namespace ringside::cli
