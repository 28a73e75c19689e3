#include "sim/fold/pipeline_clock.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace ringside::sim {
namespace {

using plan::InstructionKind;
using Maker = plan::InstructionList (*)(const plan::PipelineShape&, int);

PipelineTimes Clock(Maker make, const plan::PipelineShape& shape, double transfer_ns) {
  std::vector<plan::InstructionList> lists;
  for (int s = 0; s < shape.stages; ++s) lists.push_back(make(shape, s));
  PipelineClock clock{shape, lists, nullptr, nullptr, std::vector<double>(shape.stages, 0)};
  clock.execute = [](int, const plan::Instruction& i, double start_ns, const Arrivals& arrivals,
                     StreamEnds*) {
    const bool whole = i.kind == InstructionKind::kBackward;
    const double ready = *std::max_element(arrivals.begin(), arrivals.end());
    return std::max(start_ns, ready) + (whole ? 200 : 100);  // forward, input and weight gradients 100 each
  };
  clock.transfer_ns = [=](int, int) { return transfer_ns; };
  return RunPipeline(clock);
}

double EndOf(const PipelineTimes& times) {
  return *std::max_element(times.stage_end_ns.begin(), times.stage_end_ns.end());
}

TEST(PipelineClock, FreeTransfersGiveTheClosedForms) {
  for (const int p : {2, 4, 7}) {
    for (const int m : {p, 3 * p}) {
      EXPECT_EQ(EndOf(Clock(plan::GpipeSchedule, {p, m}, 0)), 300 * (m + p - 1));
      EXPECT_EQ(EndOf(Clock(plan::OneFOneBSchedule, {p, m}, 0)), 300 * (m + p - 1));
      EXPECT_EQ(EndOf(Clock(plan::InterleavedSchedule, {p, m, 3}, 0)), 300 * (3 * m + p - 1));
    }
  }
}

TEST(PipelineClock, TransfersDelayTheFirstMicroBatchOnEveryHop) {
  // One micro-batch: down and up the pipeline, 3 transfers each way.
  EXPECT_EQ(EndOf(Clock(plan::OneFOneBSchedule, {4, 1}, 10)), 4 * 300 + 6 * 10);
}

}  // namespace
}  // namespace ringside::sim
