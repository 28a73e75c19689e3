#include "tests/parity/exactness.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "plan/collective.h"
#include "plan/memory.h"

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
    entry.first += plan::SentElems(plan::RoundsOf(op, program.groups, program.rank)) *
                   plan::SizeOf(program.buffers[op.operands[0].buffer].dtype);
    ++entry.second;
  }
  return sent;
}

}  // namespace

void ExpectExact(const std::vector<plan::Program>& programs, const v1::Trace& trace) {
  ASSERT_EQ(trace.ranks_size(), static_cast<int>(programs.size()));
  for (const v1::RankTrace& rank : trace.ranks()) {
    SCOPED_TRACE(fmt::format("rank {}", rank.rank()));
    const plan::Program& program = programs[rank.rank()];
    const plan::PeakMemory predicted = plan::PredictPeakMemory(program);
    EXPECT_EQ(rank.peak_total_bytes(), predicted.total);
    std::map<int, int64_t> measured;
    for (const v1::CategoryBytes& c : rank.peak_bytes()) measured[c.category()] = c.bytes();
    for (int c = 0; c < plan::kNumCategories; ++c) {
      EXPECT_EQ(measured[c + 1], predicted.by_category[c]) << plan::Name(static_cast<plan::Category>(c));
    }
    SentBytes sent;
    for (const v1::CollectiveBytes& b : rank.sent_bytes()) {
      sent[{b.collective(), b.axis()}] = {b.sent_bytes(), b.calls()};
    }
    EXPECT_EQ(sent, PredictedSent(program));
  }
}

}  // namespace ringside::parity
