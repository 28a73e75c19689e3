// Loss, every gradient, and the optimizer's step against PyTorch: a program that others wrote, from a model
// written down a second time with its operators (model.py). Skipped where there is no PyTorch.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "plan/testing.h"
#include "tests/pytorch/recording.h"

namespace ringside::pytorch {
namespace {

struct Outcome {
  int exit_status = -1;
  std::string output;
};

Outcome Shell(const std::string& command) {
  Outcome outcome;
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return outcome;
  std::array<char, 4096> part;
  for (size_t n; (n = std::fread(part.data(), 1, part.size(), pipe)) > 0;)
    outcome.output.append(part.data(), n);
  const int status = pclose(pipe);
  if (WIFEXITED(status)) outcome.exit_status = WEXITSTATUS(status);
  return outcome;
}

// A Python that has PyTorch: the one of the path, or Debian's, whose packages another one does not see.
// Empty: none.
const std::string& Python() {
  static const auto* const kPython = [] {
    for (const char* python : {"python3", "/usr/bin/python3"}) {
      if (Shell(fmt::format("{} -c 'import torch, numpy'", python)).exit_status == 0) {
        return new std::string(python);
      }
    }
    return new std::string;
  }();
  return *kPython;
}

struct Case {
  const char* name;
  const char* preset;
  plan::Layout layout;
  v1::Precision precision = v1::PRECISION_FP32;
  double capacity_factor = 0;
};

void PrintTo(const Case& of, std::ostream* out) {
  *out << of.name;
}

// Eight sequences a step under every layout. Larger initial weights than usual, so that attention and
// activations leave their linear part.
v1::Scenario ScenarioOf(const Case& of) {
  v1::Scenario scenario = plan::ScenarioOf(of.layout, of.preset);
  v1::ModelSpec* model = scenario.mutable_model();
  model->set_hidden(64), model->set_heads(4), model->set_layers(4);
  model->set_vocab(251);  // a prime: uneven vocabulary shards
  model->set_seq_len(16);
  model->set_init_std(0.1);
  if (std::string_view(of.preset).starts_with("llama")) model->set_kv_heads(2);
  if (std::string_view(of.preset).starts_with("moe")) {
    model->set_experts(4);
    model->set_aux_loss(0.1);
    model->set_capacity_factor(of.capacity_factor);
  }
  scenario.mutable_plan()->set_precision(of.precision);
  v1::RunSpec* run = scenario.mutable_run();
  run->set_steps(5), run->set_warmup(0), run->set_seed(20);
  run->set_trace_norms(true);
  v1::OptimizerSpec* optimizer = run->mutable_optimizer();
  optimizer->set_lr(3e-3);
  optimizer->set_grad_clip(0.5);
  optimizer->set_warmup_steps(2);
  optimizer->set_lr_schedule(v1::LR_SCHEDULE_COSINE);
  return scenario;
}

class PyTorch : public testing::Test {
 protected:
  void SetUp() override {
    if (Python().empty()) {
      GTEST_SKIP()
          << "no Python here can import torch and numpy: apt-get install python3-torch python3-numpy";
    }
    folder_ = std::filesystem::path(testing::TempDir()) / fmt::format("ringside-pytorch-{}", getpid());
    std::filesystem::create_directory(folder_);
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  Outcome Compare(const Case& of, const std::string& options) {
    const std::string file = folder_ / "run.safetensors";
    std::filesystem::remove(file);
    const absl::Status recorded = RecordRun(ScenarioOf(of), file);
    EXPECT_TRUE(recorded.ok()) << recorded;
    Outcome outcome = Shell(
        fmt::format("'{}' -B -W ignore '{}' '{}' {}", Python(), RINGSIDE_PYTORCH_SCRIPT, file, options));
    fmt::print("{}:\n{}", of.name, outcome.output);
    return outcome;
  }

  std::filesystem::path folder_;
};

// The tolerances: fp32 as promised. fp64 as tests/parity has it; PyTorch adds 1e-6 to the norm that it clips
// by, so the step cannot be as close. bf16 as docs/numerics.md derives it, against fp32 from the same rounded
// weights: normwise alone, and without the optimizer, whose master weights are not seen.
std::string OptionsOf(v1::Precision precision) {
  switch (precision) {
    case v1::PRECISION_FP64:
      return "--dtype float64 --rtol 1e-9 --element-rtol 1e-9 --loss-rtol 1e-8 --update-rtol 1e-6 "
             "--last-place 1e-15";
    case v1::PRECISION_BF16:
      return "--rtol 4e-2 --element-rtol inf --loss-rtol 1e-3 --last-place 0";
    default:
      return "--rtol 1e-4 --element-rtol 1e-4 --loss-rtol 1e-4 --update-rtol 1e-4";
  }
}

class PyTorchModels : public PyTorch, public testing::WithParamInterface<Case> {};

TEST_P(PyTorchModels, ComputeTheSame) {
  const Outcome outcome = Compare(GetParam(), OptionsOf(GetParam().precision));
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output;
}

constexpr auto kBf16 = v1::PRECISION_BF16, kFp64 = v1::PRECISION_FP64;

INSTANTIATE_TEST_SUITE_P(
    Runs, PyTorchModels,
    testing::Values(
        Case{"gpt2", "gpt2-nano", {.micro_batch = 4, .micro_batches = 2}},
        Case{"gpt2_dp2_tp2_pp2",
             "gpt2-nano",
             {.dp = 2, .tp = 2, .pp = 2, .micro_batch = 2, .micro_batches = 2, .zero = 1}},
        Case{"gpt2_fp64_dp2_tp2_pp2",
             "gpt2-nano",
             {.dp = 2, .tp = 2, .pp = 2, .micro_batch = 1, .micro_batches = 4, .sequence_parallel = true},
             kFp64},
        Case{"llama", "llama-nano", {.micro_batch = 8}},
        Case{"llama_cp2_tp2_zero3", "llama-nano", {.tp = 2, .micro_batch = 8, .zero = 3, .cp = 2}},
        Case{"llama_dp2_tp2_pp2",
             "llama-nano",
             {.dp = 2, .tp = 2, .pp = 2, .micro_batch = 2, .micro_batches = 2, .sequence_parallel = true}},
        Case{"moe", "moe-nano", {.micro_batch = 4, .micro_batches = 2}},
        Case{"moe_dp2_tp2_ep2", "moe-nano", {.dp = 2, .tp = 2, .micro_batch = 4, .zero = 2, .ep = 2}},
        Case{"moe_capacity", "moe-nano", {.micro_batch = 8}, v1::PRECISION_FP32, 1.0},
        Case{"moe_of_llama_fp64", "moe-tiny", {.micro_batch = 8}, kFp64},
        Case{"gpt2_bf16", "gpt2-nano", {.micro_batch = 8}, kBf16},
        Case{"llama_bf16_dp2_tp2", "llama-nano", {.dp = 2, .tp = 2, .micro_batch = 4}, kBf16}),
    [](const auto& test) { return std::string(test.param.name); });

// The comparison must be able to fail.
TEST_F(PyTorch, SeesAWeightThatIsOnePercentOff) {
  const Case of{"perturbed", "gpt2-nano", {.micro_batch = 8}};
  for (const char* tensor : {"h.2.attn.c_proj.weight", "ln_f.weight"}) {
    const Outcome outcome = Compare(of, fmt::format("{} --perturb {}", OptionsOf(of.precision), tensor));
    EXPECT_EQ(outcome.exit_status, 1) << outcome.output;
    EXPECT_NE(outcome.output.find("BEYOND: gradient"), std::string::npos) << outcome.output;
  }
}

}  // namespace
}  // namespace ringside::pytorch
