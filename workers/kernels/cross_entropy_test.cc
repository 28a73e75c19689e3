// Cross-entropy over a split vocabulary against the double-precision reference.
#include <algorithm>

#include "workers/kernels/testing/oracle.h"

namespace ringside::kernels {
namespace {

using testing::AgreementTest;
using testing::ExpectWithin;
using testing::kNan;
using testing::kUnit;
using testing::Widen;

constexpr double kLogit = 8;  // bound of the logits drawn, so that differences are at most 16

class CrossEntropyTest : public AgreementTest {};

// One shard of a larger vocabulary: some targets are here, some are not.
TEST_P(CrossEntropyTest, EachStepOfAShard) {
  for (const int64_t v : {1, 5, 64, 333, 5000}) {
    const int64_t n = 11, begin = 3, vocab = v + 10;
    const double scale = 0.25, grad_scale = 8;
    std::vector<float> logits = Draw(n * v, kLogit), row_max(n, kNan), stats(2 * n, kNan), loss = {0.5f};
    std::vector<int32_t> targets = DrawTokens(n, vocab);
    targets[0] = begin, targets[1] = static_cast<int32_t>(begin + v - 1), targets[2] = begin - 1,
    targets[3] = static_cast<int32_t>(begin + v);
    const std::vector<double> wide = Widen(logits);

    kernels_->XentMax(logits.data(), row_max.data(), n, v);
    for (int64_t i = 0; i < n; ++i) {
      ASSERT_EQ(row_max[i], *std::max_element(logits.begin() + i * v, logits.begin() + (i + 1) * v));
      row_max[i] += 0.5f;  // another shard's maximum
    }

    kernels_->XentSum(logits.data(), row_max.data(), targets.data(), stats.data(), n, v, begin);
    std::vector<double> wide_stats(2 * n);
    oracle_->XentSum(wide.data(), Widen(row_max).data(), targets.data(), wide_stats.data(), n, v, begin);
    const double exp_error =
        (2 * kLogit + 1 + 8) * kUnit;  // of e^(logit - max): its argument's rounding and its own
    const auto stats_bound = [&](size_t i) {
      return i % 2 == 0 ? (exp_error + static_cast<double>(v + 2) * kUnit) * wide_stats[i]
                        : kUnit * std::abs(wide_stats[i]);
    };
    ExpectWithin(stats, wide_stats, stats_bound, "stats");
    EXPECT_EQ(stats[2 * 2 + 1], 0);
    EXPECT_EQ(stats[2 * 3 + 1], 0);

    for (int64_t i = 0; i < n; ++i) stats[2 * i] += 0.25f;  // and its sum
    std::vector<double> wide_gradient = wide, wide_loss = Widen(loss);
    oracle_->XentLoss(wide_gradient.data(), Widen(row_max).data(), Widen(stats).data(), targets.data(),
                      wide_loss.data(), n, v, begin, scale, grad_scale);
    kernels_->XentLoss(logits.data(), row_max.data(), stats.data(), targets.data(), loss.data(), n, v, begin,
                       scale, grad_scale);
    ExpectWithin(
        loss, wide_loss, [&](size_t) { return 2 * kUnit * (std::abs(wide_loss[0]) + 0.5); }, "loss");
    const auto gradient_bound = [&](size_t i) {
      const bool is_target = targets[i / v] - begin == static_cast<int64_t>(i % v);
      const double probability = wide_gradient[i] + (is_target ? scale * grad_scale : 0);
      return (exp_error + 4 * kUnit) * probability + kUnit * std::abs(wide_gradient[i]) + 1e-36;
    };
    ExpectWithin(logits, wide_gradient, gradient_bound, "dlogits");
  }
}

// Split over three shards and combined as the all-reduces do it, loss and gradient are those of the whole.
TEST(SplitCrossEntropyTest, EqualsTheWhole) {
  const auto kernels = MakeReferenceKernels<double>();
  const int64_t n = 6, v = 20;
  std::vector<double> logits(n * v);
  kernels->InitNormal(logits.data(), 0, 1, n * v, 0, n * v, 1, 0, n * v, 2.0, 5);
  const std::vector<int32_t> targets = {0, 19, 7, 6, 13, 2};
  std::vector<double> whole = logits, max(n), stats(2 * n), loss = {0};
  kernels->XentMax(whole.data(), max.data(), n, v);
  kernels->XentSum(whole.data(), max.data(), targets.data(), stats.data(), n, v, 0);
  kernels->XentLoss(whole.data(), max.data(), stats.data(), targets.data(), loss.data(), n, v, 0, 1.0 / n,
                    1.0);

  const std::vector<std::pair<int64_t, int64_t>> shards = {{0, 7}, {7, 6}, {13, 7}};
  std::vector<std::vector<double>> parts;
  std::vector<double> split_max(n, -1e9), split_stats(2 * n, 0.0), part_max(n), part_stats(2 * n);
  for (const auto& [begin, count] : shards) {
    std::vector<double>& part = parts.emplace_back();
    for (int64_t i = 0; i < n; ++i) {
      part.insert(part.end(), &logits[i * v + begin], &logits[i * v + begin] + count);
    }
    kernels->XentMax(part.data(), part_max.data(), n, count);
    kernels->Reduce(split_max.data(), part_max.data(), n, /*max=*/true);
  }
  for (size_t s = 0; s < shards.size(); ++s) {
    const auto& [begin, count] = shards[s];
    kernels->XentSum(parts[s].data(), split_max.data(), targets.data(), part_stats.data(), n, count, begin);
    kernels->Reduce(split_stats.data(), part_stats.data(), 2 * n, /*max=*/false);
  }
  for (size_t s = 0; s < shards.size(); ++s) {
    const auto& [begin, count] = shards[s];
    std::vector<double> split_loss = {0};
    kernels->XentLoss(parts[s].data(), split_max.data(), split_stats.data(), targets.data(),
                      split_loss.data(), n, count, begin, 1.0 / n, 1.0);
    EXPECT_NEAR(split_loss[0], loss[0], 1e-14);
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j < count; ++j)
        ASSERT_NEAR(parts[s][i * count + j], whole[i * v + begin + j], 1e-15);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Implementations, CrossEntropyTest, testing::AllImplementations(), testing::Name);

}  // namespace
}  // namespace ringside::kernels
