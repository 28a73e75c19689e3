// What a convolutional net needs beside GEMMs, against the double-precision reference.
#include <algorithm>
#include <numeric>

#include "workers/kernels/synthetic_images.h"
#include "workers/kernels/testing/op_oracle.h"

namespace ringside::kernels {
namespace {

using plan::OpKind;
using testing::kUnit;
using testing::MakeOp;
using testing::Operand;

// A pixel's window, by the definition: one image of 3 x 3 with one channel, windows of 3 x 3.
TEST(Im2colRulesTest, WindowsAreCentredAndPaddedWithZeros) {
  const auto kernels = MakeReferenceKernels<double>();
  const std::vector<double> x = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  std::vector<double> cols(4 * 9);
  kernels->Im2col(x.data(), cols.data(), 1, 3, 3, 1, 3, 2);
  EXPECT_EQ((std::vector<double>{cols.begin(), cols.begin() + 9}),
            (std::vector<double>{0, 0, 0, 0, 1, 2, 0, 4, 5}));
  EXPECT_EQ((std::vector<double>{cols.begin() + 27, cols.end()}),
            (std::vector<double>{5, 6, 0, 8, 9, 0, 0, 0, 0}));
}

class ConvTest : public testing::OpTest {};

TEST_P(ConvTest, Windows) {
  const int64_t shapes[][6] = {{1, 1, 1, 1, 1, 1}, {2, 5, 7, 3, 3, 1}, {2, 5, 7, 3, 3, 2},
                               {1, 6, 6, 4, 5, 2}, {2, 8, 4, 2, 1, 2}, {1, 2, 3, 1030, 3, 1},
                               {1, 2, 1, 2, 5, 1}};
  for (const auto& [b, h, w, c, k, stride] : shapes) {
    const plan::Op op = MakeOp(OpKind::kIm2col, {b, h, w, c, k, stride});
    Run(op, DrawOperands(op));
    ExpectEqual(1, "cols");
    for (const uint32_t flags : {uint32_t{0}, uint32_t{plan::kAccumulate}}) {
      const plan::Op back = MakeOp(OpKind::kCol2im, {b, h, w, c, k, stride}, {}, flags);
      Run(back, DrawOperands(back));
      const double terms = static_cast<double>(k * k + 1);
      ExpectRounded(1, "dx", terms * kUnit * terms);
    }
  }
}

TEST_P(ConvTest, BatchNorm) {
  for (const auto& [n, c] : {std::pair<int64_t, int64_t>{1, 1}, {40, 7}, {9, 1050}}) {
    const int64_t count = 2 * n;  // two ranks with the same rows
    Operand x = Draw(n * c);
    Run(MakeOp(OpKind::kColumnSums, {n, c}), {x, Operand(2 * c, NAN)});
    Expect(1, "sums", [&](int64_t, double exact) { return 2 * kUnit * std::abs(exact) + 1e-12; });
    Operand sums = actual_[1];
    for (double& sum : sums) sum *= 2;
    const plan::Op forward = MakeOp(OpKind::kBatchNorm, {n, c, count}, {1e-2});
    std::vector<Operand> operands = DrawOperands(forward);
    operands[0] = x, operands[1] = sums;
    Run(forward, operands);
    // rstd <= 1 / sqrt(eps) = 10 and |x - mean| <= 2, so that |norm| <= 20; a few roundings of it.
    ExpectRounded(4, "y", 20 * 10 * kUnit);
    const plan::Op moments = MakeOp(OpKind::kBatchNormSums, {n, c, count}, {1e-2});
    operands = DrawOperands(moments);
    operands[1] = x, operands[2] = sums;
    Run(moments, operands);
    const double rows = static_cast<double>(n);
    Expect(3, "dsums", [&](int64_t, double) { return rows * 20 * 10 * kUnit; });
    const plan::Op backward = MakeOp(OpKind::kBatchNormBackward, {n, c, count}, {1e-2});
    operands = DrawOperands(backward);
    operands[1] = x, operands[2] = sums;
    Run(backward, operands);
    ExpectRounded(5, "dx", 10 * (2 + 20) * 10 * kUnit);
    for (const uint32_t flags : {uint32_t{0}, uint32_t{plan::kAccumulate}}) {
      const plan::Op grad = MakeOp(OpKind::kBatchNormGrad, {c}, {}, flags);
      Run(grad, DrawOperands(grad));
      ExpectRounded(1, "dgamma", 2 * kUnit);
      ExpectRounded(2, "dbeta", 2 * kUnit);
      EXPECT_NE(actual_[1], actual_[2]);
    }
  }
}

TEST_P(ConvTest, MeanRows) {
  const int64_t b = 3, p = 10, c = 1030;
  const plan::Op forward = MakeOp(OpKind::kMeanRows, {b, p, c});
  Run(forward, DrawOperands(forward));
  ExpectRounded(1, "out", (p + 2) * kUnit);
  const plan::Op backward = MakeOp(OpKind::kMeanRowsBackward, {b, p, c});
  Run(backward, DrawOperands(backward));
  ExpectRounded(1, "dx", 2 * kUnit / p);
}

INSTANTIATE_TEST_SUITE_P(Subjects, ConvTest, testing::AllSubjects(), testing::SubjectName);

struct Image {
  std::vector<float> pixels;
  int32_t label;
};
Image DrawImage(int64_t sample, int64_t classes = 4, uint64_t seed = 1) {
  Image image{std::vector<float>(16 * 16 * 3), -1};
  FillImage(image.pixels.data(), &image.label, 16, 16, 3, classes, sample, seed);
  return image;
}

TEST(SyntheticImagesTest, AreAFunctionOfSeedAndSample) {
  EXPECT_EQ(DrawImage(3).pixels, DrawImage(3).pixels);
  EXPECT_NE(DrawImage(3).pixels, DrawImage(4).pixels);
  EXPECT_NE(DrawImage(3).pixels, DrawImage(3, 4, 2).pixels);
}

// About N(0, 1), every class drawn, and the mean image of a class on the first samples tells the class of
// most of the later ones, but not of all: the classes can be learnt and are not trivial.
TEST(SyntheticImagesTest, ClassesCanBeToldApart) {
  constexpr int kClasses = 4, kTrain = 400, kTest = 200;
  std::vector<std::vector<double>> means(kClasses, std::vector<double>(16 * 16 * 3));
  std::vector<int> drawn(kClasses);
  double sum = 0, squares = 0;
  for (int sample = 0; sample < kTrain; ++sample) {
    const Image image = DrawImage(sample);
    ASSERT_GE(image.label, 0);
    ASSERT_LT(image.label, kClasses);
    ++drawn[image.label];
    for (size_t i = 0; i < image.pixels.size(); ++i) {
      means[image.label][i] += image.pixels[i];
      sum += image.pixels[i], squares += image.pixels[i] * image.pixels[i];
    }
  }
  const double count = kTrain * 16.0 * 16 * 3;
  EXPECT_NEAR(sum / count, 0, 0.1);
  EXPECT_NEAR(squares / count, 1, 0.2);
  for (int c = 0; c < kClasses; ++c) {
    EXPECT_GT(drawn[c], kTrain / kClasses / 2);
    for (double& value : means[c]) value /= drawn[c];
  }
  int right = 0;
  for (int sample = kTrain; sample < kTrain + kTest; ++sample) {
    const Image image = DrawImage(sample);
    std::vector<double> distance(kClasses);
    for (int c = 0; c < kClasses; ++c) {
      for (size_t i = 0; i < image.pixels.size(); ++i) {
        distance[c] += (image.pixels[i] - means[c][i]) * (image.pixels[i] - means[c][i]);
      }
    }
    right += std::min_element(distance.begin(), distance.end()) - distance.begin() == image.label;
  }
  EXPECT_GT(right, kTest * 3 / 4);
}

}  // namespace
}  // namespace ringside::kernels
