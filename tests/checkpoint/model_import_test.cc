// A GPT-2 as Hugging Face keeps it, computed by an independent program (tests/parity/naive_gpt.h) and by
// ours.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "plan/compile.h"
#include "plan/testing.h"
#include "tests/checkpoint/jobs.h"
#include "tests/parity/naive_gpt.h"
#include "workers/checkpoint/convert.h"
#include "workers/checkpoint/model_file.h"
#include "workers/checkpoint/testing.h"
#include "workers/kernels/synthetic_data.h"

namespace ringside::checkpoint {
namespace {

constexpr int kLayers = 2, kHidden = 12, kHeads = 2, kFfn = 20, kVocab = 17, kSeqLen = 6;

// One tensor of the file: its name there, its shape there, and its id in NaiveGpt.
struct There {
  std::string name;
  std::vector<int64_t> shape;
  int id;
};

std::vector<There> TensorsThere() {
  std::vector<There> tensors = {{"wte.weight", {kVocab, kHidden}, 0}, {"wpe.weight", {kSeqLen, kHidden}, 1}};
  for (int layer = 0; layer < kLayers; ++layer) {
    const std::string h = "h." + std::to_string(layer) + ".";
    const int id = 2 + 12 * layer;
    const std::vector<There> block = {{h + "ln_1.weight", {kHidden}, id},
                                      {h + "ln_1.bias", {kHidden}, id + 1},
                                      {h + "attn.c_attn.weight", {kHidden, 3 * kHidden}, id + 2},
                                      {h + "attn.c_attn.bias", {3 * kHidden}, id + 3},
                                      {h + "attn.c_proj.weight", {kHidden, kHidden}, id + 4},
                                      {h + "attn.c_proj.bias", {kHidden}, id + 5},
                                      {h + "ln_2.weight", {kHidden}, id + 6},
                                      {h + "ln_2.bias", {kHidden}, id + 7},
                                      {h + "mlp.c_fc.weight", {kHidden, kFfn}, id + 8},
                                      {h + "mlp.c_fc.bias", {kFfn}, id + 9},
                                      {h + "mlp.c_proj.weight", {kFfn, kHidden}, id + 10},
                                      {h + "mlp.c_proj.bias", {kHidden}, id + 11}};
    tensors.insert(tensors.end(), block.begin(), block.end());
  }
  tensors.push_back({"ln_f.weight", {kHidden}, 2 + 12 * kLayers});
  tensors.push_back({"ln_f.bias", {kHidden}, 3 + 12 * kLayers});
  return tensors;
}

// Writes random weights there and returns them as NaiveGpt takes them: matrices of blocks [out, in].
std::map<int, parity::Tensor> WriteModel(const std::string& path, plan::DType dtype) {
  std::mt19937_64 rng(4);
  std::normal_distribution<double> normal(0, 0.3);
  std::map<int, parity::Tensor> model;
  std::vector<TensorHeader> headers;
  for (const There& tensor : TensorsThere())
    headers.push_back({"transformer." + tensor.name, dtype, tensor.shape});
  auto writer = SafetensorsWriter::Create(path, headers, {{"format", "pt"}});
  EXPECT_TRUE(writer.ok()) << writer.status();
  for (const There& tensor : TensorsThere()) {
    const bool matrix = tensor.shape.size() == 2;
    const int64_t rows = tensor.shape[0], columns = matrix ? tensor.shape[1] : 1;
    std::vector<double> drawn(rows * columns);
    for (double& value : drawn) value = normal(rng);
    std::vector<std::byte> stored(drawn.size() * plan::SizeOf(dtype));
    const int64_t n = static_cast<int64_t>(drawn.size());
    ConvertElements(plan::DType::kF64, reinterpret_cast<const std::byte*>(drawn.data()), 1, dtype,
                    stored.data(), n);
    ConvertElements(dtype, stored.data(), 1, plan::DType::kF64, reinterpret_cast<std::byte*>(drawn.data()),
                    n);
    EXPECT_TRUE((*writer)->Append(stored).ok());
    std::vector<double>& ours = model[tensor.id].weights;
    ours = drawn;
    if (!matrix || tensor.id < 2) continue;
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t c = 0; c < columns; ++c) ours[c * rows + r] = drawn[r * columns + c];
    }
  }
  EXPECT_TRUE((*writer)->Finish().ok());
  return model;
}

v1::Scenario SmallModel(const plan::Layout& layout) {
  v1::Scenario scenario = plan::ScenarioOf(layout);
  v1::ModelSpec* model = scenario.mutable_model();
  model->clear_preset();
  model->set_layers(kLayers), model->set_hidden(kHidden), model->set_heads(kHeads);
  model->set_ffn_hidden(kFfn), model->set_vocab(kVocab), model->set_seq_len(kSeqLen);
  scenario.mutable_plan()->set_precision(v1::PRECISION_FP64);
  scenario.mutable_run()->set_steps(2);
  scenario.mutable_run()->set_warmup(0);
  scenario.mutable_run()->set_seed(1);
  scenario.mutable_run()->set_checkpoint_every(1);
  scenario.mutable_run()->mutable_optimizer()->set_lr(1e-3);
  return scenario;
}

TEST(ModelImport, TheFirstLossIsThatOfAnIndependentProgram) {
  const TestDirectory dir;
  for (const plan::DType dtype : {plan::DType::kF32, plan::DType::kF16, plan::DType::kBf16}) {
    const std::string path = dir / (std::string(plan::Name(dtype)) + ".safetensors");
    const auto model = WriteModel(path, dtype);
    const parity::NaiveGpt gpt{kLayers, kHidden, kHeads, kFfn, kVocab, kSeqLen};
    std::vector<std::vector<int>> sequences, targets;
    for (int sample = 0; sample < 2; ++sample) {
      std::vector<int32_t> tokens(kSeqLen), next(kSeqLen);
      kernels::FillSample(tokens.data(), next.data(), kSeqLen, sample, kVocab, 1);
      sequences.emplace_back(tokens.begin(), tokens.end());
      targets.emplace_back(next.begin(), next.end());
    }
    const double expected = gpt.Loss(model, sequences, targets);
    for (const plan::Layout& layout :
         {plan::Layout{.micro_batch = 2}, plan::Layout{.tp = 2, .pp = 2, .micro_batch = 2},
          plan::Layout{.dp = 2, .zero = 3}}) {
      std::vector<std::string> notes;
      const auto trace =
          RunWithCheckpoints(*plan::Compile(SmallModel(layout)), {.init_from = path}, "", &notes);
      ASSERT_TRUE(trace.ok()) << trace.status();
      EXPECT_NEAR(parity::LossesOf(*trace)->front(), expected, 1e-10 * expected) << plan::ToString(layout);
      ASSERT_FALSE(notes.empty());
      EXPECT_NE(notes[0].find("-> f64"), std::string::npos) << notes[0];
    }
  }
}

// Trained a step, exported, imported: the next loss is the same.
TEST(ModelImport, WhatIsExportedTrainsOn) {
  const TestDirectory dir;
  WriteModel(dir / "model.safetensors", plan::DType::kF32);
  const plan::Layout layout{.tp = 2, .pp = 2, .micro_batch = 2};
  const auto trace =
      RunWithCheckpoints(*plan::Compile(SmallModel(layout)),
                         {.dir = dir / "run", .every = 1, .init_from = dir / "model.safetensors"});
  ASSERT_TRUE(trace.ok()) << trace.status();
  ASSERT_TRUE(ExportModel(dir / "run/step-00000002", dir / "out.safetensors").ok());
  const auto read = SafetensorsFile::Open(dir / "out.safetensors");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ((*read)->tensors().size(), TensorsThere().size());
  for (const There& tensor : TensorsThere()) EXPECT_EQ((*read)->Find(tensor.name)->shape, tensor.shape);
  ASSERT_TRUE(RunWithCheckpoints(*plan::Compile(SmallModel({.micro_batch = 2})),
                                 {.dir = dir / "again", .every = 1, .init_from = dir / "out.safetensors"},
                                 dir / "first")
                  .ok());
  const auto saved = CheckpointSource::Open(dir / "run/step-00000002");
  const auto imported = CheckpointSource::Open(dir / "first/step-00000000");
  ASSERT_TRUE(imported.ok()) << imported.status();
  for (const auto& [name, tensor] : (*saved)->index().tensors) {
    plan::Param param;
    param.name = name;
    param.outer = tensor.shape[0], param.mid_total = param.mid_count = tensor.shape[1];
    param.inner = tensor.shape[2];
    std::vector<double> a(param.elems()), b(param.elems());
    for (auto [source, to] : {std::pair(saved->get(), &a), std::pair(imported->get(), &b)}) {
      ASSERT_TRUE(source
                      ->Read(param, Kind::kWeights, 0, param.elems(), plan::DType::kF64,
                             reinterpret_cast<std::byte*>(to->data()))
                      .ok());
    }
    EXPECT_EQ(a, b) << name;
  }
}

}  // namespace
}  // namespace ringside::checkpoint
