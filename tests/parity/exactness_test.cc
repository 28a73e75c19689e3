// Bytes and memory are predicted exactly for random layouts.
#include "tests/parity/exactness.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "plan/compile.h"
#include "plan/testing.h"
#include "workers/local_cluster.h"

namespace ringside::parity {
namespace {

TEST(Exactness, MemoryAndBytesOfRandomPlansAreAsPredicted) {
  std::mt19937_64 rng(77);
  for (int trial = 0; trial < 50; ++trial) {
    const plan::Layout layout = plan::DrawLayout(rng, {});
    SCOPED_TRACE(fmt::format("trial {}: {}", trial, ToString(layout)));
    v1::Scenario scenario = plan::ScenarioOf(layout);
    scenario.mutable_model()->set_vocab(251);
    scenario.mutable_model()->set_seq_len(16);
    scenario.mutable_run()->set_steps(3);
    if (trial % 5 == 0) scenario.mutable_plan()->set_precision(v1::PRECISION_FP64);
    const auto programs = plan::Compile(scenario);
    ASSERT_TRUE(programs.ok()) << programs.status();
    const auto trace = workers::RunInThreads(*programs, {});
    ASSERT_TRUE(trace.ok()) << trace.status();
    ExpectExact(*programs, *trace);
  }
}

}  // namespace
}  // namespace ringside::parity
