#include "workers/checkpoint/index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "nlohmann/json.hpp"
#include "workers/checkpoint/testing.h"

namespace ringside::checkpoint {
namespace {

using ::testing::HasSubstr;

Index Sample() {
  Index index;
  index.step = 12, index.world_size = 4, index.tokens_per_step = 512, index.seed = 1ull << 63;
  index.scenario_json = R"({"name":"dp4"})";
  index.tensors["wte"] = {{1, 13, 6}, {"BF16", "F32", "F32", "F32"}};
  index.tensors["ln"] = {{1, 9, 1}, {"F64", "", "", ""}};
  index.files = {{"rank-00000.safetensors", 1234, 0xfedcba98u}};
  return index;
}

TEST(Index, ComesBackAsItWas) {
  const auto index = ParseIndex(ToJson(Sample()), "index.json");
  ASSERT_TRUE(index.ok()) << index.status();
  EXPECT_EQ(index->step, 12);
  EXPECT_EQ(index->seed, 1ull << 63);
  EXPECT_EQ(index->scenario_json, R"({"name":"dp4"})");
  EXPECT_EQ(index->tensors.at("wte").dtype_of[0], "BF16");
  EXPECT_EQ(index->tensors.at("ln").dtype_of[1], "");
  EXPECT_EQ(index->tensors.at("ln").shape, (std::array<int64_t, 3>{1, 9, 1}));
  ASSERT_EQ(index->files.size(), 1u);
  EXPECT_EQ(index->files[0].crc32, 0xfedcba98u);
}

TEST(Index, SaysWhatIsWrong) {
  const auto with = [](const char* pointer, const nlohmann::json& value) {
    nlohmann::json document = nlohmann::json::parse(ToJson(Sample()));
    document[nlohmann::json::json_pointer(pointer)] = value;
    return ParseIndex(document.dump(), "here/index.json").status();
  };
  EXPECT_EQ(with("/version", 2).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(with("/format", "other").code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(with("/step", -1).message()), HasSubstr("here/index.json"));
  EXPECT_THAT(std::string(with("/files/0/name", "../secret").message()),
              HasSubstr("no file of a checkpoint"));
  EXPECT_THAT(std::string(with("/tensors/wte/shape", {1, 2}).message()), HasSubstr("tensor wte"));
  EXPECT_THAT(std::string(with("/tensors/wte/dtype/m", "F31").message()), HasSubstr("tensor wte"));
  EXPECT_THAT(std::string(with("/tensors/wte/shape", {1, int64_t{1} << 40, 1 << 20}).message()),
              HasSubstr("too large"));
  EXPECT_FALSE(ParseIndex("", "x").ok());
}

TEST(Index, MutationsAreRefusedOrTaken) {
  const std::string original = ToJson(Sample());
  std::mt19937_64 rng(3);
  int taken = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string text = original;
    text[rng() % text.size()] = static_cast<char>(rng());
    if (round % 3 == 0) text.erase(rng() % text.size(), 1 + rng() % 20);
    taken += ParseIndex(text, "x").ok();
  }
  EXPECT_GT(taken, 20);
  EXPECT_LT(taken, 2900);
}

TEST(Index, OnlyStepsWithAnIndexCount) {
  const TestDirectory dir;
  EXPECT_EQ(LatestCheckpoint(dir.path()).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(LatestCheckpoint(dir / "none").status().code(), absl::StatusCode::kNotFound);
  for (const char* name : {"step-00000003", "step-x0000007", "step-7", "step-00000007.partial"}) {
    std::filesystem::create_directories(dir / name);
    std::ofstream(dir / (std::string(name) + "/index.json")) << "{}";
  }
  EXPECT_EQ(LatestCheckpoint(dir.path()).value(), dir / "step-00000003");
}

}  // namespace
}  // namespace ringside::checkpoint
