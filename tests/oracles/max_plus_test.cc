// Every op of random compiled plans ends when the event simulator says, worked out without events.
#include "tests/oracles/max_plus.h"

#include <gtest/gtest.h>

#include "sim/cost/profile_cost_model.h"
#include "tests/oracles/random_scenario.h"

namespace ringside::oracles {
namespace {

TEST(MaxPlus, EveryOpOfRandomPlansEndsAtTheSameNanosecond) {
  Rng rng(11);
  int64_t ops = 0;
  for (int trial = 0; trial < 60; ++trial) {
    const RandomScenario scenario = Alone(DrawScenario(rng));
    SCOPED_TRACE(scenario.scenario.ShortDebugString());
    const auto request = RequestOf(scenario);
    ASSERT_TRUE(request.ok()) << request.status();
    const auto timeline = sim::SimulateTimes(*request);
    ASSERT_TRUE(timeline.ok()) << timeline.status();
    const auto costs = sim::ProfileCostModel::Create(scenario.profile, 1);
    ASSERT_TRUE(costs.ok()) << costs.status();
    const v1::Links& links = scenario.scenario.cluster().links();
    MaxPlus expected(request->programs, *costs, 1e3 * links.intra_node().latency_us(),
                     1e3 * links.inter_node().latency_us());
    ASSERT_TRUE(expected.Run());
    for (size_t r = 0; r < timeline->ranks.size(); ++r) {
      for (const sim::Span& span : timeline->ranks[r].spans) {
        ASSERT_EQ(span.end_ns, expected.EndNs(static_cast<int>(r), span.op))
            << "rank " << r << " op " << span.op;
        ++ops;
      }
    }
  }
  EXPECT_GT(ops, 50'000);
}

}  // namespace
}  // namespace ringside::oracles
