#include "workers/checkpoint/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "nlohmann/json.hpp"
#include "workers/checkpoint/testing.h"

namespace ringside::checkpoint {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kHidden = 6, kFfn = 10, kVocab = 11, kSeqLen = 4;

// GPT-2 of one layer, as plan/model_tensors.cc lays it out.
std::vector<TestTensor> Gpt2() {
  return {{"wte", 1, kVocab, kHidden, true},
          {"wpe", 1, kSeqLen, kHidden, false},
          {"h.0.ln_1.weight", 1, kHidden, 1, false},
          {"h.0.attn.c_attn.weight", 3, kHidden, kHidden, true},
          {"h.0.attn.c_attn.bias", 3, kHidden, 1, true},
          {"h.0.attn.c_proj.weight", kHidden, kHidden, 1, true},
          {"h.0.mlp.c_fc.weight", 1, kFfn, kHidden, true},
          {"h.0.mlp.c_proj.weight", kHidden, kFfn, 1, true},
          {"ln_f.bias", 1, kHidden, 1, false}};
}

// A number for every tensor of the file and place in it.
float There(const std::string& name, int64_t i) {
  return static_cast<float>(std::hash<std::string>()(name) % 97) + static_cast<float>(i) / 8;
}

// A file as Hugging Face writes it, under `prefix`; `change` may alter what is written.
void WriteThere(const std::string& path, const std::string& prefix,
                const std::function<void(std::vector<TensorHeader>*)>& change = nullptr) {
  std::vector<TensorHeader> headers = {{"wte.weight", plan::DType::kF32, {kVocab, kHidden}},
                                       {"wpe.weight", plan::DType::kF32, {kSeqLen + 5, kHidden}},
                                       {"h.0.ln_1.weight", plan::DType::kF32, {kHidden}},
                                       {"h.0.attn.bias", plan::DType::kF32, {1, 1, 3, 3}},
                                       {"h.0.attn.c_attn.weight", plan::DType::kF32, {kHidden, 3 * kHidden}},
                                       {"h.0.attn.c_attn.bias", plan::DType::kF32, {3 * kHidden}},
                                       {"h.0.attn.c_proj.weight", plan::DType::kF32, {kHidden, kHidden}},
                                       {"h.0.mlp.c_fc.weight", plan::DType::kF32, {kHidden, kFfn}},
                                       {"h.0.mlp.c_proj.weight", plan::DType::kF32, {kFfn, kHidden}},
                                       {"ln_f.bias", plan::DType::kF32, {kHidden}}};
  if (change) change(&headers);
  std::vector<std::vector<float>> values;
  for (TensorHeader& header : headers) {
    int64_t elems = 1;
    for (const int64_t extent : header.shape) elems *= extent;
    auto& tensor = values.emplace_back();
    for (int64_t i = 0; i < elems; ++i) tensor.push_back(There(header.name, i));
    header.name = prefix + header.name;
  }
  std::filesystem::remove(path);
  auto writer = SafetensorsWriter::Create(path, headers, {{"format", "pt"}});
  ASSERT_TRUE(writer.ok()) << writer.status();
  for (const auto& tensor : values) {
    ASSERT_TRUE(
        (*writer)
            ->Append(absl::MakeSpan(reinterpret_cast<const std::byte*>(tensor.data()), tensor.size() * 4))
            .ok());
  }
  ASSERT_TRUE((*writer)->Finish().ok());
}

// Where an element of ours lies there: matrices of blocks are turned round.
double Expected(const plan::Param& param, Kind kind, int64_t global) {
  if (kind == Kind::kM || kind == Kind::kV) return 0;
  const std::string& name = param.name;
  if (name == "wte" || name == "wpe") return There(name + ".weight", global);
  if (!name.ends_with("weight") || name.find("ln") != name.npos) return There(name, global);
  const bool splits_columns = name.find("c_proj") != name.npos;
  const int64_t columns = splits_columns ? param.mid_total : param.inner;  // inputs
  const int64_t rows = param.outer * param.mid_total * param.inner / columns;
  return There(name, global % columns * rows + global / columns);
}

absl::Status InitializeUnder(const TestLayout& layout, const std::vector<TestTensor>& model,
                             const std::string& path, bool expect) {
  auto ranks = MakeRanks(model, layout);
  for (auto& rank : ranks) rank->Fill(nullptr);
  const auto statuses =
      OnAllRanks(ranks, {.init_from = path}, [](TestRank& rank, Checkpointer& checkpointer) {
        const auto first = checkpointer.Restore(rank.memory());
        if (first.ok()) {
          EXPECT_EQ(*first, 0);
        }
        return first.status();
      });
  if (expect) {
    for (auto& rank : ranks) EXPECT_GT(rank->Expect(Expected), 0);
  }
  return statuses[0];
}

TEST(ModelFile, FillsEveryLayout) {
  const TestDirectory dir;
  for (const char* prefix : {"", "transformer."}) {
    WriteThere(dir / "model", prefix);
    for (const TestLayout& layout :
         {TestLayout{}, TestLayout{2, 2, 1, 3}, TestLayout{1, 2, 2},
          TestLayout{3, 1, 1, 1, plan::DType::kF64}, TestLayout{2, 2, 1, 1, plan::DType::kBf16, true}}) {
      const absl::Status status = InitializeUnder(layout, Gpt2(), dir / "model", true);
      EXPECT_TRUE(status.ok()) << status;
    }
  }
}

TEST(ModelFile, SaysWhatDoesNotFit) {
  const TestDirectory dir;
  const auto error = [&](const std::function<void(std::vector<TensorHeader>*)>& change) {
    WriteThere(dir / "model", "", change);
    return std::string(InitializeUnder({2, 1, 1}, Gpt2(), dir / "model", false).message());
  };
  using Headers = std::vector<TensorHeader>;
  EXPECT_THAT(error([](Headers* h) {
                (*h)[7].shape = {kFfn, kHidden};
              }),
              HasSubstr("h.0.mlp.c_fc.weight is [10, 6] there, this model takes [6, 10]"));
  EXPECT_THAT(error([](Headers* h) {
                (*h)[0].shape = {kVocab + 1, kHidden};
              }),
              HasSubstr("wte is [12, 6] there"));
  EXPECT_THAT(error([](Headers* h) {
                (*h)[1].shape = {kSeqLen - 1, kHidden};
              }),
              HasSubstr("wpe is [3, 6] there"));
  EXPECT_THAT(error([](Headers* h) { h->pop_back(); }), HasSubstr("has no tensor ln_f.bias"));
  EXPECT_THAT(error([](Headers* h) {
                h->push_back({"h.1.ln_1.weight", plan::DType::kF32, {kHidden}});
              }),
              HasSubstr("it has a tensor h.1.ln_1.weight, which this model has not"));
  EXPECT_THAT(error([](Headers* h) { (*h)[0].name = "embed_tokens.weight"; }), HasSubstr("is no GPT-2"));
  EXPECT_EQ(InitializeUnder({}, Gpt2(), dir / "none", false).code(), absl::StatusCode::kNotFound);
}

TEST(ModelFile, WhatIsExportedCanBeImported) {
  const TestDirectory dir;
  WriteThere(dir / "model", "transformer.");
  auto model = Gpt2();
  auto ranks = MakeRanks(model, {2, 2, 2, 2});
  for (const auto& status : OnAllRanks(ranks, {.dir = dir.path(), .init_from = dir / "model"},
                                       [](TestRank&rank, Checkpointer&checkpointer) {
                                         auto first = checkpointer.Restore(rank.memory());
                                         return first.ok() ? checkpointer.Save(3, rank.memory())
                                                           : first.status();
                                       })) {
    ASSERT_TRUE(status.ok()) << status;
  }
  const absl::Status exported = ExportModel(dir / "step-00000003", dir / "exported");
  ASSERT_TRUE(exported.ok()) << exported;
  const auto there = SafetensorsFile::Open(dir / "model"), back = SafetensorsFile::Open(dir / "exported");
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ((*back)->tensors().size(), model.size());
  for (const auto& [name, tensor] : (*back)->tensors()) {
    const TensorInfo* original = (*there)->Find("transformer." + name);
    ASSERT_NE(original, nullptr) << name;
    if (name != "wpe.weight") {
      EXPECT_EQ(tensor.shape, original->shape);
    }
    const auto bytes = static_cast<size_t>(tensor.end - tensor.begin);
    EXPECT_EQ(std::string_view(reinterpret_cast<const char*>((*back)->Data(tensor)), bytes),
              std::string_view(reinterpret_cast<const char*>((*there)->Data(*original)), bytes))
        << name;
  }
  EXPECT_FALSE(ExportModel(dir / "step-00000003", dir / "exported").ok()) << "it is there already";
}

// An index has no checksum: what it says is believed as far as the files hold it.
TEST(ModelFile, NoRoomIsMadeForWhatIsNotThere) {
  const TestDirectory dir;
  auto ranks = MakeRanks(Gpt2(), {});
  OnAllRanks(ranks, {.dir = dir.path()}, [](TestRank& rank, Checkpointer& checkpointer) {
    EXPECT_TRUE(checkpointer.Save(1, rank.memory()).ok());
    return absl::OkStatus();
  });
  const std::string step = dir / "step-00000001", file = step + "/index.json";
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  nlohmann::json index = nlohmann::json::parse(text.str());
  index["tensors"]["wte"]["shape"][1] = int64_t{1} << 40;
  std::ofstream(file) << index.dump();
  const absl::Status refused = ExportModel(step, dir / "out");
  EXPECT_EQ(refused.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("wte (weights) has "));
  EXPECT_FALSE(std::filesystem::exists(dir / "out"));
}

TEST(ModelFile, OnlyGpt2IsExported) {
  const TestDirectory dir;
  auto other = MakeRanks({{"embed_tokens.weight", 1, 4, 4, true}}, {});
  OnAllRanks(other, {.dir = dir / "llama"}, [](TestRank& rank, Checkpointer& checkpointer) {
    EXPECT_TRUE(checkpointer.Save(1, rank.memory()).ok());
    return absl::OkStatus();
  });
  EXPECT_EQ(ExportModel(dir / "llama/step-00000001", dir / "out").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(std::filesystem::exists(dir / "out"));
}

}  // namespace
}  // namespace ringside::checkpoint
