// Bytes and memory are predicted exactly: what the arena and the transport counted equals what the program
// says, to the byte, for random layouts.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "plan/collective.h"
#include "plan/compile.h"
#include "plan/memory.h"
#include "plan/testing.h"
#include "workers/local_cluster.h"

namespace ringside::parity {
namespace {

using SentBytes = std::map<std::pair<std::string, std::string>, std::pair<int64_t, int64_t>>;  // bytes, calls

std::string AxisOf(const plan::Program& program, const plan::Op& op) {
  return op.group >= 0 ? program.groups[op.group].axis : "pp";
}

SentBytes PredictedSent(const plan::Program& program) {
  SentBytes sent;
  for (const plan::Op& op : program.ops) {
    if (!plan::IsCommunication(op.kind)) continue;
    auto& entry = sent[{std::string(plan::Name(op.kind)), AxisOf(program, op)}];
    entry.first +=
        plan::SentElems(plan::RoundsOf(op, program.groups, program.rank)) * plan::SizeOf(program.real);
    ++entry.second;
  }
  return sent;
}

TEST(Exactness, MemoryAndBytesOfRandomPlansAreAsPredicted) {
  std::mt19937_64 rng(77);
  for (int trial = 0; trial < 50; ++trial) {
    const plan::Layout layout = plan::DrawLayout(rng, 8, 4, 4, 8);
    v1::Scenario scenario = plan::ScenarioOf(layout);
    scenario.mutable_model()->set_vocab(251);
    scenario.mutable_run()->set_steps(3);
    if (trial % 5 == 0) scenario.mutable_plan()->set_precision(v1::PRECISION_FP64);
    const auto programs = plan::Compile(scenario);
    ASSERT_TRUE(programs.ok()) << programs.status();
    const auto trace = workers::RunInThreads(*programs, {});
    ASSERT_TRUE(trace.ok()) << trace.status();
    ASSERT_EQ(trace->ranks_size(), static_cast<int>(programs->size()));
    for (const v1::RankTrace& rank : trace->ranks()) {
      SCOPED_TRACE(fmt::format("trial {} dp{} tp{} pp{} rank {}", trial, layout.dp, layout.tp, layout.pp,
                               rank.rank()));
      const plan::Program& program = (*programs)[rank.rank()];
      const plan::PeakMemory predicted = plan::PredictPeakMemory(program);
      EXPECT_EQ(rank.peak_total_bytes(), predicted.total);
      std::map<int, int64_t> measured;
      for (const v1::CategoryBytes& c : rank.peak_bytes()) measured[c.category()] = c.bytes();
      for (int c = 0; c < plan::kNumCategories; ++c) {
        EXPECT_EQ(measured[c + 1], predicted.by_category[c]) << plan::Name(static_cast<plan::Category>(c));
      }
      SentBytes sent;
      for (const v1::CollectiveBytes& b : rank.sent_bytes())
        sent[{b.collective(), b.axis()}] = {b.sent_bytes(), b.calls()};
      EXPECT_EQ(sent, PredictedSent(program));
    }
  }
}

}  // namespace
}  // namespace ringside::parity
