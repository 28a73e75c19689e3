#include "workers/session/trace_parts.h"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

namespace ringside::workers {
namespace {

v1::RankTrace Sample() {
  v1::RankTrace trace;
  trace.set_rank(3);
  trace.set_host("node3");
  trace.set_pid(77);
  trace.set_peak_total_bytes(1 << 20);
  trace.set_clock_offset_ns(-5);
  trace.set_clock_residual_ns(2);
  trace.set_dropped_hops(9);
  trace.add_peak_bytes()->set_bytes(12);
  trace.add_sent_bytes()->set_collective("all_reduce");
  for (int i = 0; i < 1000; ++i) {
    v1::OpSpan* span = trace.add_spans();
    span->set_op(i);
    span->set_start_ns(int64_t{i} << 30);
    trace.add_memory()->set_delta_bytes(i);
    trace.add_hops()->set_round(i);
  }
  for (int i = 0; i < 5; ++i) trace.add_steps()->set_step(i);
  return trace;
}

TEST(CutTraceTest, PartsMergeToTheWholeAndAreSmall) {
  const v1::RankTrace trace = Sample();
  v1::RankTrace merged;
  int parts = 0;
  ASSERT_TRUE(CutTrace(trace, 1000, [&](const v1::RankTrace& part) {
                EXPECT_LE(part.ByteSizeLong(), 1100u);
                EXPECT_EQ(part.rank(), 3);
                merged.MergeFrom(part);
                ++parts;
                return absl::OkStatus();
              }).ok());
  EXPECT_GT(parts, 10);
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(trace, merged));
}

TEST(CutTraceTest, LongParametersComeInPieces) {
  v1::RankTrace trace;
  v1::ParamValues* values = trace.add_params();
  values->set_param(9);
  for (int i = 0; i < 1000; ++i) values->add_weights(i), values->add_grads(-i);
  std::vector<double> weights, grads;
  ASSERT_TRUE(CutTrace(trace, 1000, [&](const v1::RankTrace& part) {
                EXPECT_LE(part.ByteSizeLong(), 1100u);
                for (const auto& piece : part.params()) {
                  EXPECT_EQ(piece.param(), 9);
                  weights.insert(weights.end(), piece.weights().begin(), piece.weights().end());
                  grads.insert(grads.end(), piece.grads().begin(), piece.grads().end());
                }
                return absl::OkStatus();
              }).ok());
  EXPECT_EQ(weights, std::vector<double>(values->weights().begin(), values->weights().end()));
  EXPECT_EQ(grads, std::vector<double>(values->grads().begin(), values->grads().end()));
}

TEST(CutTraceTest, TheSinksErrorEndsIt) {
  int calls = 0;
  const auto status = CutTrace(Sample(), 1000, [&](const v1::RankTrace&) {
    return ++calls == 2 ? absl::UnavailableError("gone") : absl::OkStatus();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace ringside::workers
