#include "workers/data/corpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <numeric>
#include <set>
#include <vector>

namespace ringside::data {
namespace {

using ::testing::HasSubstr;

class CorpusTest : public ::testing::Test {
 protected:
  CorpusTest()
      : path_(::testing::TempDir() + "/corpus-" +
              ::testing::UnitTest::GetInstance()->current_test_info()->name()) {}
  ~CorpusTest() override { std::remove(path_.c_str()); }

  // Byte i of the text is i % 251, so that a window shows where it is from.
  std::unique_ptr<Corpus> Write(int64_t bytes, Corpus::Options options) {
    std::string text;
    for (int64_t i = 0; i < bytes; ++i) text.push_back(static_cast<char>(i % 251));
    std::ofstream(path_, std::ios::binary) << text;
    auto corpus = Corpus::Open(path_, options);
    EXPECT_TRUE(corpus.ok()) << corpus.status();
    return *std::move(corpus);
  }

  const std::string path_;
};

TEST(Permute, IsAPermutationAndDependsOnItsKeys) {
  for (const int64_t n : {1, 2, 3, 4, 5, 16, 17, 255, 1000}) {
    std::vector<int64_t> seen;
    for (int64_t i = 0; i < n; ++i) seen.push_back(Permute(i, n, 9, 1));
    std::sort(seen.begin(), seen.end());
    for (int64_t i = 0; i < n; ++i) EXPECT_EQ(seen[i], i) << n;
  }
  const auto same = [](uint64_t seed, uint64_t key) {
    int count = 0;
    for (int64_t i = 0; i < 1000; ++i) count += Permute(i, 1000, 9, 1) == Permute(i, 1000, seed, key);
    return count;
  };
  EXPECT_EQ(same(9, 1), 1000);
  EXPECT_LT(same(9, 2), 20);
  EXPECT_LT(same(10, 1), 20);
}

// Neighbours are torn apart: over [0, n) the mean distance of images is n / 3 where nothing connects them.
TEST(Permute, Shuffles) {
  constexpr int64_t kN = 3000;
  double distance = 0;
  for (int64_t i = 0; i + 1 < kN; ++i) {
    distance += std::abs(static_cast<double>(Permute(i, kN, 1, 0) - Permute(i + 1, kN, 1, 0))) / (kN - 1);
  }
  EXPECT_NEAR(distance, kN / 3.0, kN / 20.0);
}

TEST_F(CorpusTest, AWindowIsBytesAndTheNextOnes) {
  const auto corpus = Write(2000, {.seq_len = 16, .vocab = 300, .seed = 3});
  EXPECT_EQ(corpus->training_windows(), 1799 / 16);
  EXPECT_EQ(corpus->held_out_windows(), 199 / 16);
  for (const int64_t sample : {int64_t{0}, int64_t{77}, kernels::kFirstHeldOut + 5}) {
    std::vector<int32_t> tokens(16), targets(16);
    corpus->Tokens(sample, 16, 300, tokens.data(), targets.data());
    for (int64_t t = 0; t < 16; ++t) {
      EXPECT_EQ(tokens[t], (corpus->WindowBegin(sample) + t) % 251);
      EXPECT_EQ(targets[t], (corpus->WindowBegin(sample) + t + 1) % 251);
    }
  }
}

TEST_F(CorpusTest, AnEpochTakesEveryWindowOnceInAnOrderOfItsOwn) {
  const auto corpus = Write(5000, {.seq_len = 7, .vocab = 256, .seed = 3});
  const int64_t n = corpus->training_windows();
  std::vector<std::vector<int64_t>> epochs(3);
  for (int64_t sample = 0; sample < 3 * n; ++sample) {
    epochs[sample / n].push_back(corpus->WindowBegin(sample));
  }
  EXPECT_NE(epochs[0], epochs[1]);
  EXPECT_NE(epochs[1], epochs[2]);
  for (auto& epoch : epochs) {
    std::sort(epoch.begin(), epoch.end());
    for (int64_t w = 0; w < n; ++w) EXPECT_EQ(epoch[w], w * 7);
  }
}

TEST_F(CorpusTest, HeldOutWindowsShareNoByteWithTrainingWindows) {
  for (const int64_t bytes : {200, 1000, 4999, 5003}) {
    const auto corpus = Write(bytes, {.seq_len = 13, .vocab = 256, .seed = 1});
    int64_t training_end = 0;
    std::set<int64_t> held_out;
    for (int64_t sample = 0; sample < 2 * corpus->training_windows(); ++sample) {
      training_end = std::max(training_end, corpus->WindowBegin(sample) + 14);
    }
    for (int64_t i = 0; i < 2 * corpus->held_out_windows(); ++i) {
      const int64_t begin = corpus->WindowBegin(kernels::kFirstHeldOut + i);
      EXPECT_GE(begin, training_end);
      EXPECT_LE(begin + 14, bytes);
      held_out.insert(begin);
    }
    EXPECT_EQ(static_cast<int64_t>(held_out.size()), corpus->held_out_windows());
  }
}

TEST_F(CorpusTest, DatasetSamplesLimitsTheWindows) {
  const auto corpus = Write(5000, {.seq_len = 7, .vocab = 256, .seed = 3, .dataset_samples = 10});
  std::set<int64_t> begins;
  for (int64_t sample = 0; sample < 100; ++sample) begins.insert(corpus->WindowBegin(sample));
  EXPECT_EQ(begins.size(), 10u);
}

TEST_F(CorpusTest, SaysWhatIsWrong) {
  const auto error = [this](int64_t bytes, int64_t vocab) {
    std::ofstream(path_, std::ios::binary) << std::string(bytes, 'a');
    return std::string(Corpus::Open(path_, {.seq_len = 16, .vocab = vocab}).status().message());
  };
  EXPECT_THAT(error(169, 256), HasSubstr("too short: 169 bytes, but a window of model.seq_len + 1 = 17"));
  EXPECT_EQ(error(170, 256), "");
  EXPECT_THAT(error(0, 256), HasSubstr("too short"));
  EXPECT_THAT(error(1000, 255), HasSubstr("model.vocab: 255"));
  EXPECT_EQ(Corpus::Open(path_ + "-none", {.seq_len = 16, .vocab = 256}).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(Corpus::Open(::testing::TempDir(), {.seq_len = 16, .vocab = 256}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace ringside::data
