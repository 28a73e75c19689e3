#include "evaluator/design/trace_places.h"

#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

// Four ops: compute, an all-reduce on dp, compute, a send.
v1::Trace SomeTrace() {
  v1::Trace trace;
  v1::Program& program = *trace.add_programs();
  const auto add_op = [&](const char* kind, const char* stream, const char* phase, int layer) {
    v1::OpDef& op = *program.add_ops();
    op.set_kind(kind);
    op.set_stream(stream);
    op.set_phase(phase);
    op.set_layer(layer);
    op.set_micro_batch(-1);
    op.set_peer(-1);
  };
  add_op("gemm", "compute", "forward", 3);
  add_op("all_reduce", "dp", "grad_reduce", -1);
  add_op("adamw", "compute", "optimizer", -1);
  add_op("send", "send_forward", "forward", -1);
  program.mutable_ops(3)->set_peer(1);
  v1::RankTrace& rank = *trace.add_ranks();
  const auto add_memory = [&](int step, int op, int64_t delta) {
    v1::MemoryEvent& event = *rank.add_memory();
    event.set_step(step);
    event.set_op(op);
    event.set_delta_bytes(delta);
  };
  add_memory(-1, -1, 100);
  add_memory(0, 0, 50);
  add_memory(0, 2, -50);
  add_memory(0, 2, 60);
  add_memory(0, 3, -60);
  add_memory(1, 2, 60);  // as high again: the first time counts
  return trace;
}

TEST(TracePlacesTest, PlacesReadAsSentences) {
  const v1::Trace trace = SomeTrace();
  EXPECT_EQ(PlaceOf(trace, "t", 0, 1, 0), "t, rank 0, step 1, op 0 forward gemm layer 3");
  EXPECT_EQ(PlaceOf(trace, "t", 0, 1, 1), "t, rank 0, step 1, op 1 grad_reduce all_reduce on dp");
  EXPECT_EQ(PlaceOf(trace, "t", 0, 1, 3), "t, rank 0, step 1, op 3 forward send on send_forward peer 1");
  EXPECT_EQ(PlaceOf(trace, "t", 0, -1, -1), "t, rank 0");
  EXPECT_EQ(PlaceOf(trace, "t", 0, 1, 99), "t, rank 0, step 1");
  EXPECT_EQ(PlaceOf(trace, "t", 7, 1, 0), "t, rank 7, step 1");
}

TEST(TracePlacesTest, ThePeakIsWhereItIsFirstReached) {
  const PeakPlace peak = FindPeak(SomeTrace().ranks(0));
  EXPECT_EQ(peak.step, 0);
  EXPECT_EQ(peak.op, 2);
  EXPECT_EQ(FindPeak({}).op, -1);
}

}  // namespace
}  // namespace ringside::evaluator
