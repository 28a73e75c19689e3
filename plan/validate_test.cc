#include "plan/validate.h"

#include <gtest/gtest.h>

#include "plan/compile.h"
#include "plan/testing.h"

namespace ringside::plan {
namespace {

std::vector<Program> Good(const Layout& layout) {
  auto programs = Compile(ScenarioOf(layout));
  EXPECT_TRUE(programs.ok()) << programs.status();
  return *std::move(programs);
}

int FindOp(const Program& program, auto predicate) {
  for (size_t i = 0; i < program.ops.size(); ++i) {
    if (predicate(program.ops[i])) return static_cast<int>(i);
  }
  ADD_FAILURE() << "no such op";
  return 0;
}

void ExpectRefused(const absl::Status& status, absl::string_view reason) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find(reason), absl::string_view::npos) << status;
}

TEST(ValidateProgram, FindsARaceWhenADependencyIsMissing) {
  Program program = Good({1, 2, 1})[0];
  // The residual add reads what the tensor-parallel all-reduce writes.
  const int add = FindOp(program, [](const Op& op) { return op.kind == OpKind::kBiasResidual; });
  program.ops[add].deps.clear();
  ExpectRefused(ValidateProgram(program), "races with");
}

TEST(ValidateProgram, FindsABufferThatIsReleasedTooEarly) {
  Program program = Good({1, 1, 2, 1, 4})[0];
  const int send = FindOp(program, [](const Op& op) { return op.kind == OpKind::kSend; });
  Buffer& buffer = program.buffers[program.ops[send].operands[0].buffer];
  int32_t early = send + 1;
  while (program.ops[early].stream != Stream::kCompute) ++early;
  ASSERT_LT(early, buffer.last_op);
  buffer.last_op = early;
  ExpectRefused(ValidateProgram(program), "may still use");
}

TEST(ValidateProgram, RefusesWrongSizesTypesAndPlaces) {
  const Program good = Good({2, 1, 1})[0];
  const int gemm = FindOp(good, [](const Op& op) { return op.kind == OpKind::kGemm; });
  const int reduce = FindOp(good, [](const Op& op) { return op.kind == OpKind::kAllReduce; });
  Program p = good;
  p.ops[gemm].dims[0] += 1;
  ExpectRefused(ValidateProgram(p), "elements, not");
  p = good;
  p.ops[gemm].operands[0].buffer = 1 << 20;
  ExpectRefused(ValidateProgram(p), "there is no buffer");
  p = good;
  p.ops[gemm].operands[0].offset = INT64_MAX;
  ExpectRefused(ValidateProgram(p), "outside of buffer");
  p = good;
  p.ops[gemm].deps.push_back(gemm);
  ExpectRefused(ValidateProgram(p), "no earlier op");
  p = good;
  p.ops[gemm].stream = Stream::kDp;
  ExpectRefused(ValidateProgram(p), "stands on stream");
  p = good;
  p.ops[reduce].group = 9;
  ExpectRefused(ValidateProgram(p), "there is no group");
  p = good;
  p.ops[reduce].operands[1].elems = 1;
  ExpectRefused(ValidateProgram(p), "scratch");
  p = good;
  p.groups[0].ranks[0] = p.groups[0].ranks[1];
  EXPECT_FALSE(ValidateProgram(p).ok());
  p = good;
  p.loss_buffer = 12345;
  ExpectRefused(ValidateProgram(p), "loss buffer");
}

TEST(ValidatePrograms, FindsMismatchAndDeadlockBetweenRanks) {
  const auto good = Good({2, 1, 2, 1, 2});
  EXPECT_EQ(ValidatePrograms(good), absl::OkStatus());

  // Rank 0 reduces its buckets in another order than its replica.
  auto swapped = good;
  std::vector<int> buckets;
  for (size_t i = 0; i < swapped[0].ops.size(); ++i) {
    if (swapped[0].ops[i].stream == Stream::kDp) buckets.push_back(static_cast<int>(i));
  }
  Layout small{2, 1, 1};
  small.bucket_mib = 0.05;
  auto buckets_swapped = Good(small);
  auto& ops = buckets_swapped[0].ops;
  const int first = FindOp(buckets_swapped[0], [](const Op& op) { return op.stream == Stream::kDp; });
  std::swap(ops[first].operands, ops[first + 1].operands);
  std::swap(ops[first].dims, ops[first + 1].dims);
  ASSERT_NE(ops[first].dims[0], ops[first + 1].dims[0]);
  EXPECT_FALSE(ValidatePrograms(buckets_swapped).ok());

  // A receive that nobody sends.
  auto lonely = good;
  auto& peer_ops = lonely[2].ops;
  const int recv = FindOp(lonely[2], [](const Op& op) { return op.kind == OpKind::kRecv; });
  peer_ops[recv].peer = 3;
  ExpectRefused(ValidatePrograms(lonely), "deadlock");
}

TEST(ValidateProgram, NeverCrashesOnDamagedPrograms) {
  std::mt19937_64 rng(301);
  const auto good = Good({2, 2, 2, 1, 2});
  const auto draw = [&rng](int64_t n) { return static_cast<int64_t>(rng() % static_cast<uint64_t>(n)); };
  int refused = 0;
  for (int trial = 0; trial < 3000; ++trial) {
    Program p = good[draw(8)];
    Op& op = p.ops[draw(p.ops.size())];
    Buffer& buffer = p.buffers[draw(p.buffers.size())];
    const int64_t value = draw(2) == 0 ? draw(1000) - 500 : static_cast<int64_t>(rng());
    switch (draw(9)) {
      case 0:
        op.kind = static_cast<OpKind>(draw(kNumOpKinds));
        break;
      case 1:
        op.stream = static_cast<Stream>(draw(kNumStreams));
        break;
      case 2:
        if (!op.dims.empty()) op.dims[draw(op.dims.size())] = value;
        break;
      case 3:
        if (!op.operands.empty()) op.operands[draw(op.operands.size())].offset = value;
        break;
      case 4:
        if (!op.operands.empty()) op.operands[draw(op.operands.size())].buffer = static_cast<int32_t>(value);
        break;
      case 5:
        op.deps.push_back(static_cast<int32_t>(value));
        break;
      case 6:
        buffer.first_op = static_cast<int32_t>(value);
        break;
      case 7:
        buffer.elems = value;
        break;
      case 8:
        op.flags = static_cast<uint32_t>(draw(128));
        break;
    }
    refused += ValidateProgram(p).ok() ? 0 : 1;
  }
  EXPECT_GT(refused, 2000);  // some damage is harmless (an extra dep, a shared kind)
}

}  // namespace
}  // namespace ringside::plan
