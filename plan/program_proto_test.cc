#include "plan/program_proto.h"

#include <gtest/gtest.h>

#include "plan/compile.h"
#include "plan/testing.h"

namespace ringside::plan {
namespace {

TEST(ProgramProto, RoundTripsEveryField) {
  std::mt19937_64 rng(5);
  for (int trial = 0; trial < 20; ++trial) {
    v1::Scenario scenario = ScenarioOf(DrawLayout(rng, {.seq_len = 32}));
    scenario.mutable_run()->mutable_optimizer()->set_grad_clip(1);
    if (trial % 2 == 0) scenario.mutable_plan()->set_precision(v1::PRECISION_BF16);
    const auto programs = Compile(scenario);
    ASSERT_TRUE(programs.ok()) << programs.status();
    for (const Program& program : *programs) {
      const v1::Program wire = ToProto(program);
      const auto back = FromProto(wire);
      ASSERT_TRUE(back.ok()) << back.status();
      EXPECT_EQ(ToProto(*back).SerializeAsString(), wire.SerializeAsString());
    }
  }
}

TEST(ProgramProto, RefusesWhatItDoesNotKnow) {
  const v1::Program good = ToProto((*Compile(ScenarioOf({})))[0]);
  const auto refused = [&good](auto damage, absl::string_view reason) {
    v1::Program wire = good;
    damage(wire);
    const auto result = FromProto(wire);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_NE(result.status().message().find(reason), absl::string_view::npos) << result.status();
  };
  refused([](v1::Program& p) { p.mutable_ops(3)->set_kind("frobnicate"); },
          "op 3: unknown kind \"frobnicate\"");
  refused([](v1::Program& p) { p.mutable_ops(3)->set_stream("nile"); }, "unknown stream");
  refused([](v1::Program& p) { p.mutable_ops(3)->set_phase(""); }, "unknown phase");
  refused([](v1::Program& p) { p.mutable_ops(3)->set_flags(1u << 30); }, "unknown flags");
  refused([](v1::Program& p) { p.mutable_buffers(0)->set_dtype(v1::DTYPE_UNSPECIFIED); }, "category or type");
  refused([](v1::Program& p) { p.clear_precision(); }, "unknown precision");
  refused([](v1::Program& p) { p.clear_ops(); }, "has no ops");
  refused([](v1::Program& p) { p.set_rank(7); }, "is not one of");
}

TEST(ProgramProto, NeverCrashesOnRandomBytes) {
  std::mt19937_64 rng(9);
  const std::string good = ToProto((*Compile(ScenarioOf({2, 1, 1})))[0]).SerializeAsString();
  for (int trial = 0; trial < 500; ++trial) {
    std::string bytes = good;
    for (int i = 0; i < 4; ++i) bytes[rng() % bytes.size()] = static_cast<char>(rng());
    v1::Program wire;
    if (wire.ParseFromString(bytes)) FromProto(wire).status().IgnoreError();
  }
}

}  // namespace
}  // namespace ringside::plan
