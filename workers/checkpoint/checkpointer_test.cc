// What one layout saves another restores, to the bit; and what cannot be restored is said.
#include "workers/checkpoint/checkpointer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "nlohmann/json.hpp"
#include "workers/checkpoint/testing.h"

namespace ringside::checkpoint {
namespace {

using ::testing::HasSubstr;

double ValueOf(const plan::Param& param, Kind kind, int64_t global) {
  return (param.id + 1) * 1000 + static_cast<int>(kind) * 10000 + static_cast<double>(global) + 1.0 / 3;
}

void SaveUnder(const TestLayout& layout, const CheckpointOptions& options, int32_t steps,
               const std::vector<TestTensor>& model = TestModel()) {
  auto ranks = MakeRanks(model, layout);
  for (auto& rank : ranks) rank->Fill(ValueOf);
  for (const auto& status : OnAllRanks(ranks, options, [&](TestRank&rank, Checkpointer&checkpointer) {
         return checkpointer.Save(steps, rank.memory());
       })) {
    EXPECT_TRUE(status.ok()) << status;
  }
}

// The status that all ranks agree on; the step they begin with, in *first.
absl::Status RestoreInto(std::vector<std::unique_ptr<TestRank>>& ranks, const CheckpointOptions& options,
                         int32_t* first = nullptr) {
  const auto statuses = OnAllRanks(ranks, options, [&](TestRank& rank, Checkpointer& checkpointer) {
    const auto step = checkpointer.Restore(rank.memory());
    if (step.ok() && first != nullptr && rank.program().rank == 0) *first = *step;
    return step.status();
  });
  for (const absl::Status& status : statuses) EXPECT_EQ(status, statuses[0]);
  return statuses[0];
}

TEST(Checkpointer, EveryLayoutRestoresWhatEveryOtherSaved) {
  const TestDirectory dir;
  std::mt19937_64 rng(11);
  const auto draw = [&rng](int n) { return static_cast<int>(rng() % static_cast<uint64_t>(n)); };
  for (int round = 0; round < 40; ++round) {
    const bool masters = draw(2) == 0;
    const auto layout = [&] {
      return TestLayout{
          1 + draw(3), 1 + draw(3), 1 + draw(2), draw(4), masters ? plan::DType::kBf16 : plan::DType::kF64,
          masters};
    };
    const CheckpointOptions options{.dir = dir / std::to_string(round), .resume = true};
    SaveUnder(layout(), options, 12);
    auto ranks = MakeRanks(TestModel(), layout());
    for (auto& rank : ranks) rank->Fill(nullptr);
    int32_t first = 0;
    ASSERT_TRUE(RestoreInto(ranks, options, &first).ok());
    EXPECT_EQ(first, 12);
    int64_t elements = 0;
    for (auto& rank : ranks) {
      elements += rank->Expect(
          [](const plan::Param& param, Kind kind, int64_t global) { return ValueOf(param, kind, global); });
    }
    EXPECT_GT(elements, 300);
    if (HasFailure()) return;
  }
}

// Weights of another type: from the masters where they alone have the precision, masters from the weights.
TEST(Checkpointer, ConvertsBetweenTypes) {
  const TestDirectory dir;
  const CheckpointOptions options{.dir = dir.path(), .resume = true};
  const auto from_masters = [](const plan::Param& param, Kind kind, int64_t global) {
    const double value = ValueOf(param, kind == Kind::kWeights ? Kind::kMaster : kind, global);
    return static_cast<double>(static_cast<float>(value));
  };
  SaveUnder({2, 1, 1, 1, plan::DType::kBf16, true}, options, 3);
  auto wide = MakeRanks(TestModel(), {1, 2, 1, 0, plan::DType::kF64});
  ASSERT_TRUE(RestoreInto(wide, options).ok());
  for (auto& rank : wide) rank->Expect(from_masters);

  SaveUnder({1, 2, 1, 0, plan::DType::kF32}, options, 4);
  auto narrow = MakeRanks(TestModel(), {2, 1, 1, 2, plan::DType::kBf16, true});
  ASSERT_TRUE(RestoreInto(narrow, options).ok());
  for (auto& rank : narrow) {
    rank->Expect([](const plan::Param& param, Kind kind, int64_t global) {
      return static_cast<double>(
          static_cast<float>(ValueOf(param, kind == Kind::kMaster ? Kind::kWeights : kind, global)));
    });
  }
}

TEST(Checkpointer, ConversionsAreSaid) {
  const TestDirectory dir;
  const CheckpointOptions options{.dir = dir.path(), .resume = true};
  SaveUnder({1, 1, 1, 0, plan::DType::kF32}, options, 4);
  auto ranks = MakeRanks(TestModel(), {1, 1, 1, 0, plan::DType::kF64});
  OnAllRanks(ranks, options, [](TestRank& rank, Checkpointer& checkpointer) {
    EXPECT_TRUE(checkpointer.Restore(rank.memory()).ok());
    EXPECT_THAT(checkpointer.notes(), ::testing::ElementsAre(HasSubstr("weights f32 -> f64")));
    return absl::OkStatus();
  });
}

TEST(Checkpointer, WithoutAnyTheRunBeginsAtZero) {
  const TestDirectory dir;
  auto ranks = MakeRanks(TestModel(), {2, 1, 1});
  int32_t first = -1;
  EXPECT_TRUE(RestoreInto(ranks, {.dir = dir / "none", .resume = true}, &first).ok());
  EXPECT_EQ(first, 0);
}

TEST(Checkpointer, AnotherModelIsNamedWithBothShapes) {
  const TestDirectory dir;
  const CheckpointOptions options{.dir = dir.path(), .resume = true};
  SaveUnder({2, 1, 2}, options, 1);
  auto model = TestModel();
  model[4].mid = 12;
  auto other = MakeRanks(model, {1, 2, 1});
  EXPECT_THAT(std::string(RestoreInto(other, options).message()),
              HasSubstr("h.1.fc is [1, 10, 6] there and [1, 12, 6] here"));
  model = TestModel();
  model.push_back({"h.3.more", 1, 4, 1, false});
  auto larger = MakeRanks(model, {1, 1, 2});
  EXPECT_THAT(std::string(RestoreInto(larger, options).message()), HasSubstr("has no tensor h.3.more"));
  model = TestModel();
  model.pop_back();
  auto smaller = MakeRanks(model, {1, 1, 2});
  EXPECT_THAT(std::string(RestoreInto(smaller, options).message()),
              HasSubstr("it has a tensor h.2.single, which this model has not"));
}

TEST(Checkpointer, MissingStatesAndFinishedRunsAreSaid) {
  const TestDirectory dir;
  const CheckpointOptions options{.dir = dir.path(), .resume = true};
  SaveUnder({.moments = false}, options, 1);
  auto ranks = MakeRanks(TestModel(), {1, 2, 1});
  const absl::Status status = RestoreInto(ranks, options);
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no optimizer state m of"));
  SaveUnder({}, options, 100);
  EXPECT_THAT(std::string(RestoreInto(ranks, options).message()), HasSubstr("nothing is left to do"));
}

TEST(Checkpointer, DamageIsFoundWhereverItIs) {
  const TestDirectory dir;
  const CheckpointOptions options{.dir = dir.path(), .resume = true};
  const std::string step = dir / "step-00000005";
  for (const char* file : {"rank-00000.safetensors", "rank-00001.safetensors"}) {
    SaveUnder({2, 1, 1, 1}, options, 5);
    const std::string path = step + "/" + file;
    const auto size = std::filesystem::file_size(path);
    {
      std::fstream change(path, std::ios::in | std::ios::out | std::ios::binary);
      change.seekp(static_cast<std::streamoff>(size) - 20);
      change.put('\x12');
    }
    auto ranks = MakeRanks(TestModel(), {1, 2, 2});
    absl::Status status = RestoreInto(ranks, options);
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(std::string(status.message()), HasSubstr(std::string(file) + " is damaged"));
    EXPECT_THAT(std::string(status.message()), HasSubstr("move " + step + " away"));
    std::filesystem::resize_file(path, size - 8);
    EXPECT_EQ(RestoreInto(ranks, options).code(), absl::StatusCode::kDataLoss);
    std::filesystem::remove(path);
    EXPECT_EQ(RestoreInto(ranks, options).code(), absl::StatusCode::kDataLoss);
  }
}

// An interrupted one lies there under its temporary name: passed over, then swept.
TEST(Checkpointer, InterruptedOnesAreNeverLoaded) {
  const TestDirectory dir;
  const CheckpointOptions options{.dir = dir.path(), .resume = true};
  SaveUnder({}, options, 2);
  std::filesystem::copy(dir / "step-00000002", dir / "step-00000009.partial");
  std::filesystem::create_directory(dir / "step-00000008");  // without an index
  std::filesystem::create_directory(dir / "mine.partial");
  auto ranks = MakeRanks(TestModel(), {});
  int32_t first = 0;
  ASSERT_TRUE(RestoreInto(ranks, options, &first).ok());
  EXPECT_EQ(first, 2);
  EXPECT_FALSE(std::filesystem::exists(dir / "step-00000009.partial"));
  EXPECT_TRUE(std::filesystem::exists(dir / "mine.partial")) << "not ours";
}

TEST(Checkpointer, KeepsTheNewestAndReplacesItself) {
  const TestDirectory dir;
  const CheckpointOptions options{.dir = dir.path(), .every = 1, .keep = 2, .resume = true};
  for (const int step : {1, 2, 3, 3}) SaveUnder({2, 1, 1}, options, step);
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(dir.path())) {
    names.push_back(entry.path().filename());
  }
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("step-00000002", "step-00000003"));
  EXPECT_EQ(LatestCheckpoint(dir.path()).value(), dir / "step-00000003");
}

// Whoever cannot write makes all fail, and nothing is left of it.
TEST(Checkpointer, AFailedSaveFailsOnAllRanks) {
  const TestDirectory dir;
  std::ofstream(dir / "file") << "no directory";
  auto ranks = MakeRanks(TestModel(), {2, 1, 1, 1});
  for (const auto& status : OnAllRanks(
           ranks, {.dir = dir / "file/below"},
           [](TestRank&rank, Checkpointer&checkpointer) { return checkpointer.Save(1, rank.memory()); })) {
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(status.message()), HasSubstr("the checkpoint of step 1 was not written"));
  }
}

}  // namespace
}  // namespace ringside::checkpoint
