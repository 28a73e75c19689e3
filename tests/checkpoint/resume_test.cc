// A run that is broken off and goes on under another layout is the run that was never broken off: what is
// restored is equal to the bit, and so is what follows under the same layout; under another one it agrees as
// layouts do (docs/numerics.md).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "plan/compile.h"
#include "plan/testing.h"
#include "tests/checkpoint/jobs.h"
#include "tests/parity/gather.h"
#include "workers/checkpoint/checkpoint_source.h"
#include "workers/checkpoint/testing.h"

namespace ringside::checkpoint {
namespace {

constexpr int kSteps = 5, kBrokenOffAt = 3;
constexpr double kTolerance = 1e-10;

struct Family {
  const char* preset;
  plan::LayoutLimits limits;
  v1::OptimizerKind optimizer = v1::OPTIMIZER_ADAMW;
};
const Family kGpt2{"gpt2-nano", {}}, kLlama{"llama-nano", {.heads = 2}}, kMoe{"moe-nano", {.experts = 4}};

v1::Scenario ScenarioOf(const Family& family, const plan::Layout& layout, v1::Precision precision) {
  v1::Scenario scenario = plan::ScenarioOf(layout, family.preset);
  scenario.mutable_model()->set_vocab(251);
  scenario.mutable_model()->set_seq_len(16);
  scenario.mutable_plan()->set_precision(precision);
  v1::RunSpec* run = scenario.mutable_run();
  run->set_steps(kSteps);
  run->set_warmup(0);
  run->set_keep_weights(true);
  run->set_checkpoint_every(kBrokenOffAt);
  run->mutable_optimizer()->set_kind(family.optimizer);
  run->mutable_optimizer()->set_grad_clip(1.0);
  run->mutable_optimizer()->set_warmup_steps(2);
  run->mutable_optimizer()->set_lr_schedule(v1::LR_SCHEDULE_COSINE);
  if (family.optimizer == v1::OPTIMIZER_SGD) {
    run->mutable_optimizer()->set_lr(0.5);
    run->mutable_optimizer()->set_lr_schedule(v1::LR_SCHEDULE_CONSTANT);
  }
  return scenario;
}

struct Outcome {
  std::vector<double> losses;
  std::map<int, parity::Tensor> model;
  int first_step = -1;
  double loss_scale = 0;  // of the first step; 0: none
};

Outcome RunLayout(const Family& family, const plan::Layout& layout, v1::Precision precision,
                  const CheckpointOptions& options, const std::string& resaved_dir = "") {
  const auto programs = plan::Compile(ScenarioOf(family, layout, precision));
  EXPECT_TRUE(programs.ok()) << programs.status();
  if (!programs.ok()) return {};
  const auto trace = RunWithCheckpoints(*programs, options, resaved_dir);
  EXPECT_TRUE(trace.ok()) << trace.status();
  if (!trace.ok()) return {};
  Outcome outcome;
  outcome.losses = parity::LossesOf(*trace).value_or(std::vector<double>{});
  auto model = parity::GatherModel(*programs, *trace);
  EXPECT_TRUE(model.ok()) << model.status();
  if (model.ok()) outcome.model = *std::move(model);
  const v1::StepMark& first = trace->ranks(0).steps(0);
  outcome.first_step = first.step();
  const auto& metrics = programs->front().metrics;
  for (size_t i = 0; i < metrics.size(); ++i) {
    if (metrics[i].name == "loss_scale") outcome.loss_scale = first.metrics(static_cast<int>(i));
  }
  EXPECT_EQ(trace->ranks(0).spans(0).step(), outcome.first_step);
  EXPECT_EQ(trace->ranks(0).spans().rbegin()->step(), kSteps - 1);
  return outcome;
}

// Every element of every tensor and state, to the bit.
void ExpectSameCheckpoint(const std::string& a_path, const std::string& b_path) {
  const auto a = CheckpointSource::Open(a_path), b = CheckpointSource::Open(b_path);
  ASSERT_TRUE(a.ok()) << a.status();
  ASSERT_TRUE(b.ok()) << b.status();
  EXPECT_EQ((*a)->index().tensors.size(), (*b)->index().tensors.size());
  int64_t states = 0;
  for (const auto& [name, tensor] : (*a)->index().tensors) {
    plan::Param param;
    param.name = name;
    param.outer = tensor.shape[0], param.mid_total = param.mid_count = tensor.shape[1];
    param.inner = tensor.shape[2];
    for (int k = 0; k < kNumKinds; ++k) {
      const Kind kind = static_cast<Kind>(k);
      const auto type = (*a)->TypeOf(param, kind);
      ASSERT_EQ(type, (*b)->TypeOf(param, kind)) << name << " " << Name(kind);
      if (!type) continue;
      ++states;
      std::vector<std::byte> values(param.elems() * plan::SizeOf(*type)), others(values.size());
      ASSERT_TRUE((*a)->Read(param, kind, 0, param.elems(), *type, values.data()).ok());
      ASSERT_TRUE((*b)->Read(param, kind, 0, param.elems(), *type, others.data()).ok());
      EXPECT_TRUE(values == others) << name << " " << Name(kind);
    }
  }
  EXPECT_GT(states, 60);
}

// A run that went to its end and has left a checkpoint on the way.
struct WholeRun {
  Family family;
  plan::Layout layout;
  v1::Precision precision;
  CheckpointOptions options;
  Outcome outcome;
};

class Resume : public ::testing::Test {
 protected:
  WholeRun RunWhole(const Family& family, const plan::Layout& layout, v1::Precision precision) {
    const std::string dir = dir_ / std::to_string(++runs_);
    WholeRun whole{family, layout, precision, {.dir = dir, .every = kBrokenOffAt, .resume = true}, {}};
    whole.outcome = RunLayout(family, layout, precision, whole.options);
    EXPECT_EQ(whole.outcome.first_step, 0);
    return whole;
  }

  // Goes on from the checkpoint under `to`.
  void ExpectResumes(const WholeRun& whole, const plan::Layout& to, bool same_layout) {
    SCOPED_TRACE(fmt::format("{} {}: from {} to {}", whole.family.preset, v1::Precision_Name(whole.precision),
                             plan::ToString(whole.layout), plan::ToString(to)));
    const std::string& dir = whole.options.dir;
    const std::string again = dir + "/again-" + std::to_string(++runs_);
    const Outcome rest = RunLayout(whole.family, to, whole.precision, whole.options, again);
    ASSERT_EQ(rest.first_step, kBrokenOffAt);
    ExpectSameCheckpoint(dir + "/step-00000003", again + "/step-00000003");
    ASSERT_EQ(rest.losses.size(), static_cast<size_t>(kSteps - kBrokenOffAt));
    for (size_t i = 0; i < rest.losses.size(); ++i) {
      const double expected = whole.outcome.losses[kBrokenOffAt + i];
      EXPECT_NEAR(rest.losses[i], expected, same_layout ? 0 : kTolerance * expected) << "step " << i;
    }
    for (const auto& [id, tensor] : whole.outcome.model) {
      EXPECT_LE(parity::RelativeDistance(rest.model.at(id).weights, tensor.weights),
                same_layout ? 0 : kTolerance)
          << tensor.name;
    }
  }

  const TestDirectory dir_;
  int runs_ = 0;
};

const plan::Layout kDp4{.dp = 4, .micro_batch = 2, .micro_batches = 1};
const plan::Layout kTp2Pp2{.tp = 2, .pp = 2, .micro_batch = 4, .micro_batches = 2};

plan::Layout Zero(int stage) {
  plan::Layout layout{.dp = 4, .micro_batch = 2, .micro_batches = 1};
  layout.zero = stage;
  layout.bucket_mib = 0.05;
  return layout;
}

TEST_F(Resume, NamedLayouts) {
  const plan::Layout layouts[] = {kDp4, kTp2Pp2, Zero(1), Zero(2), Zero(3)};
  for (const plan::Layout& from : layouts) {
    const WholeRun whole = RunWhole(kGpt2, from, v1::PRECISION_FP64);
    for (const plan::Layout& to : layouts) ExpectResumes(whole, to, &from == &to);
    if (HasFailure()) return;
  }
}

TEST_F(Resume, RandomLayoutsOfEveryFamily) {
  std::mt19937_64 rng(20);
  for (int i = 0; i < 12; ++i) {
    const Family& family = i % 3 == 0 ? kGpt2 : i % 3 == 1 ? kLlama : kMoe;
    const WholeRun whole = RunWhole(family, plan::DrawLayout(rng, family.limits), v1::PRECISION_FP64);
    ExpectResumes(whole, plan::DrawLayout(rng, family.limits), false);
    if (HasFailure()) return;
  }
}

// Master weights, moments and the loss scale are all part of it: the same layout goes on to the bit.
TEST_F(Resume, EveryPrecisionGoesOnToTheBit) {
  for (const v1::Precision precision : {v1::PRECISION_FP32, v1::PRECISION_BF16, v1::PRECISION_FP16}) {
    for (const plan::Layout& layout : {Zero(3), kTp2Pp2}) {
      ExpectResumes(RunWhole(kGpt2, layout, precision), layout, true);
      if (HasFailure()) return;
    }
  }
}

// Each scales its loss as its own precision needs: what follows is the same training, in other digits. Under
// SGD a gradient that is 65536 times too small shows.
TEST_F(Resume, ALossScaleStaysWithItsPrecision) {
  Family sgd = kGpt2;
  sgd.optimizer = v1::OPTIMIZER_SGD;
  const v1::Precision precisions[] = {v1::PRECISION_FP16, v1::PRECISION_FP32, v1::PRECISION_BF16};
  const plan::Layout one{.micro_batch = 4};
  for (const v1::Precision from : precisions) {
    const WholeRun whole = RunWhole(sgd, one, from);
    for (const v1::Precision to : precisions) {
      SCOPED_TRACE(v1::Precision_Name(from) + " to " + v1::Precision_Name(to));
      const std::string again = whole.options.dir + "/again-" + std::to_string(++runs_);
      const Outcome rest = RunLayout(sgd, one, to, whole.options, again);
      ASSERT_EQ(rest.first_step, kBrokenOffAt);
      EXPECT_NEAR(rest.losses.back(), whole.outcome.losses.back(), 0.02);
      EXPECT_EQ(rest.loss_scale, to == v1::PRECISION_FP16 ? 65536 : 0);
    }
  }
}

TEST_F(Resume, NothingIsLeftOfARunThatWasStoppedWhileSaving) {
  const std::string dir = dir_ / "run";
  const CheckpointOptions options{.dir = dir, .every = kBrokenOffAt, .resume = true};
  RunLayout(kGpt2, kDp4, v1::PRECISION_FP64, options);
  std::filesystem::rename(dir + "/step-00000003", dir + "/step-00000003.partial");
  const Outcome again = RunLayout(kGpt2, kTp2Pp2, v1::PRECISION_FP64, options);
  EXPECT_EQ(again.first_step, 0);
  EXPECT_EQ(LatestCheckpoint(dir).value(), dir + "/step-00000003");
}

TEST_F(Resume, AnotherModelIsRefused) {
  const CheckpointOptions options{.dir = dir_.path(), .every = kBrokenOffAt, .resume = true};
  RunLayout(kGpt2, kDp4, v1::PRECISION_FP64, options);
  v1::Scenario other = ScenarioOf(kGpt2, kTp2Pp2, v1::PRECISION_FP64);
  other.mutable_model()->set_vocab(252);
  const auto refused = RunWithCheckpoints(*plan::Compile(other), options);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument) << refused.status();
  EXPECT_NE(refused.status().message().find("wte is [1, 251, 64] there and [1, 252, 64] here"),
            std::string::npos)
      << refused.status();
}

}  // namespace
}  // namespace ringside::checkpoint
