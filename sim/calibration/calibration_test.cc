// Known constants go in through a simulated machine, the calibration must find them again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "plan/program_proto.h"
#include "plan/validate.h"
#include "sim/calibration/calibrate.h"
#include "sim/calibration/fit.h"
#include "sim/calibration/suite.h"
#include "sim/cost/profile_cost_model.h"
#include "sim/profile.h"
#include "sim/simulate.h"

namespace ringside::sim {
namespace {

using ::testing::HasSubstr;

TEST(FitTest, FindsTheCoefficientsOfALinearLaw) {
  std::vector<Observation> observations;
  for (double bytes : {1e3, 1e4, 1e6}) {
    for (double flops : {1e4, 1e6, 1e8})
      observations.push_back({{1, bytes, flops}, 700 + 0.1 * bytes + 0.02 * flops});
  }
  const LinearFit fit = FitNonNegative(observations);
  EXPECT_NEAR(fit.c[0], 700, 1e-6);
  EXPECT_NEAR(fit.c[1], 0.1, 1e-9);
  EXPECT_NEAR(fit.c[2], 0.02, 1e-10);
  EXPECT_LT(fit.residual, 1e-9);
}

TEST(FitTest, CoefficientsNeverBecomeNegativeAndTheResidualTells) {
  // A law with a negative constant, as noise can make it look.
  const LinearFit fit = FitNonNegative({{{1, 100, 0}, 50}, {{1, 200, 0}, 150}, {{1, 400, 0}, 350}});
  for (double c : fit.c) EXPECT_GE(c, 0);
  EXPECT_GT(fit.residual, 0.01);
}

TEST(SuiteTest, ProgramsAreValid) {
  for (const auto& programs : {KernelPrograms(1, {}), KernelPrograms(3, {}), MessagePrograms(4, 2, {}),
                               MessagePrograms(4, 4, {}), MessagePrograms(2, 2, {}), WakeupPrograms(4, {}),
                               ComputePrograms(4, 1, {}), ComputePrograms(4, 2, {})}) {
    const absl::Status status = plan::ValidatePrograms(programs);
    EXPECT_TRUE(status.ok()) << status;
  }
}

// A machine that is exactly what the profile says.
v1::DeviceProfile Truth() {
  v1::DeviceProfile truth = UncalibratedLocalCpu(2);
  truth.clear_notes();
  truth.set_compute_contention(1.25);
  truth.set_memory_contention(1.6);
  truth.set_op_overhead_ns(400);
  truth.set_wakeup_ns(7000);
  truth.set_oversubscribed_wakeup_ns(30000);
  truth.set_poll_weight(0.2);
  truth.clear_links();
  for (const int ranks : {2, 4}) {
    v1::LinkLaw& law = *truth.add_links();
    law.set_link("intra_node");
    law.set_kind("all_reduce");
    law.set_ranks(ranks);
    law.set_ranks_per_node(ranks);
    law.set_alpha_ns(ranks == 2 ? 2000 : 9000);
    law.set_beta_ns_per_byte(ranks == 2 ? 0.2 : 0.5);
    law = *truth.add_links() = law;
    truth.mutable_links(truth.links_size() - 1)->set_kind("send");
  }
  AddDefaultInterNodeLaw(&truth);
  return truth;
}

const v1::KernelLaw& LawOf(const v1::DeviceProfile& profile, const std::string& kind) {
  for (const auto& law : profile.kernels()) {
    if (law.kind() == kind) return law;
  }
  static const v1::KernelLaw none;
  return none;
}

class CalibrateTest : public ::testing::Test {
 protected:
  static absl::StatusOr<v1::Trace> RunOnTruth(const v1::ProgramSet& set) {
    SimulateRequest request;
    for (const v1::Program& program : set.programs()) {
      auto read = plan::FromProto(program);
      if (!read.ok()) return read.status();
      request.programs.push_back(*read);
    }
    request.profile = Truth();
    request.steps = request.programs.front().run.steps();
    return Simulate(request);
  }
};

TEST_F(CalibrateTest, FindsTheConstantsOfASyntheticMachine) {
  CalibrationOptions options;
  options.run = RunOnTruth;
  options.cores = 2;
  options.quick = true;
  int last = -1;
  options.progress = [&](int done, int total, std::string_view) {
    EXPECT_GT(done, last);
    EXPECT_LE(done, total);
    last = done;
  };
  const auto profile = Calibrate(options);
  ASSERT_TRUE(profile.ok()) << profile.status();
  const v1::DeviceProfile truth = Truth();

  EXPECT_NEAR(profile->op_overhead_ns(), truth.op_overhead_ns(), 0.05 * truth.op_overhead_ns());
  EXPECT_NEAR(profile->wakeup_ns(), truth.wakeup_ns(), 0.1 * truth.wakeup_ns());
  EXPECT_NEAR(profile->oversubscribed_wakeup_ns(), truth.oversubscribed_wakeup_ns(),
              0.1 * truth.oversubscribed_wakeup_ns());
  EXPECT_NEAR(profile->compute_contention(), 1.25, 0.02);
  EXPECT_NEAR(profile->poll_weight(), 0.2, 0.03);
  EXPECT_NEAR(LawOf(*profile, "adamw").contention(), 1.6, 0.05);
  const v1::KernelLaw memory_bound = LawOf(truth, "memory_bound");
  for (const char* kind : {"layer_norm", "adamw", "gelu_backward", "xent_loss", "bias_residual"}) {
    EXPECT_NEAR(LawOf(*profile, kind).ns_per_byte(), memory_bound.ns_per_byte(),
                0.02 * memory_bound.ns_per_byte())
        << kind;
    EXPECT_LT(LawOf(*profile, kind).residual(), 0.01) << kind;
  }
  EXPECT_NEAR(LawOf(*profile, "attention").ns_per_flop(), LawOf(truth, "attention").ns_per_flop(), 1e-3);
  EXPECT_NEAR(LawOf(*profile, "gemm").ns_per_flop(), LawOf(truth, "gemm").ns_per_flop(), 1e-3);
  for (const v1::LinkLaw& law : profile->links()) {
    if (law.link() != "intra_node") continue;
    const bool two = law.ranks_per_node() == 2;
    EXPECT_NEAR(law.alpha_ns(), two ? 2000 : 9000, 400) << law.ShortDebugString();
    EXPECT_LT(law.residual(), 0.1) << law.ShortDebugString();
  }

  // And what is predicted with it is what that machine does.
  const auto ours = ProfileCostModel::Create(*profile, 1), theirs = ProfileCostModel::Create(truth, 1);
  ASSERT_TRUE(ours.ok() && theirs.ok()) << ours.status();
  plan::Op gemm;
  gemm.kind = plan::OpKind::kGemm;
  gemm.dims = {300, 500, 700};
  const double expected = theirs->Compute(gemm, plan::DType::kF32).work_ns;
  EXPECT_NEAR(ours->Compute(gemm, plan::DType::kF32).work_ns, expected, 0.05 * expected);
}

TEST_F(CalibrateTest, AFailedRunSaysWhatWasMeasured) {
  CalibrationOptions options;
  options.run = [](const v1::ProgramSet&) -> absl::StatusOr<v1::Trace> {
    return absl::UnavailableError("no workers");
  };
  const auto profile = Calibrate(options);
  EXPECT_EQ(profile.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(profile.status().message()), HasSubstr("kernels, one rank: no workers"));
}

}  // namespace
}  // namespace ringside::sim
