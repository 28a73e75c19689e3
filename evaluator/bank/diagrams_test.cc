// The figures in the curriculum's diagrams are computed again.
#include <cmath>
#include <cstdio>
#include <sstream>

#include "evaluator/bank/bank.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

std::vector<std::string> LinesAfter(const std::string& text, const std::string& heading) {
  std::vector<std::string> lines;
  std::istringstream in(text.substr(std::min(text.find(heading), text.size())));
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

using Table = std::vector<std::vector<double>>;

// The six rows below the heading and the names of the columns.
Table ReadTable(const std::string& text, const std::string& heading) {
  Table table;
  const auto lines = LinesAfter(text, heading);
  for (size_t i = 2; i < lines.size() && i < 8; ++i) {
    std::istringstream in(lines[i]);
    std::string token;
    in >> token;
    table.emplace_back();
    for (double value; in >> value;) table.back().push_back(value);
  }
  return table;
}

TEST(DiagramsTest, TheAttentionWeightsAreTheSoftmaxOfTheScores) {
  const v1::Diagram* const diagram = EmbeddedBank().FindDiagram("self-attention");
  ASSERT_NE(diagram, nullptr);
  const Table scores = ReadTable(diagram->text(), "Scores S"),
              weights = ReadTable(diagram->text(), "Weights A");
  ASSERT_EQ(scores.size(), 6);
  ASSERT_EQ(weights.size(), 6);
  for (int row = 0; row < 6; ++row) {
    ASSERT_EQ(scores[row].size(), 6);
    ASSERT_EQ(weights[row].size(), 6);
    double sum = 0, exponentials = 0;
    for (int column = 0; column < 6; ++column) {
      sum += weights[row][column];
      exponentials += std::exp(scores[row][column]);
      EXPECT_GT(weights[row][column], 0);
    }
    EXPECT_NEAR(sum, 1, 1e-9) << "row " << row;
    for (int column = 0; column < 6; ++column)
      EXPECT_NEAR(weights[row][column], std::exp(scores[row][column]) / exponentials, 0.005) << row << column;
  }
}

TEST(DiagramsTest, TheShapesAndReceptiveFieldsOfTheStagesAreRight) {
  const v1::Diagram* const diagram = EmbeddedBank().FindDiagram("cnn-stages");
  ASSERT_NE(diagram, nullptr);
  int size = 224, jump = 1, field = 1, layers = 0;
  for (const std::string& line : LinesAfter(diagram->text(), "layer ")) {
    char name[32];
    int kernel, stride, pad, channels, height, width, shown_jump, shown_field;
    if (std::sscanf(line.c_str(), "%31s %d %d %d %d %dx%d %d %d", name, &kernel, &stride, &pad, &channels,
                    &height, &width, &shown_jump, &shown_field) != 9)
      continue;
    size = (size + 2 * pad - kernel) / stride + 1;
    field += (kernel - 1) * jump;
    jump *= stride;
    EXPECT_EQ(height, size) << name;
    EXPECT_EQ(width, size) << name;
    EXPECT_EQ(shown_jump, jump) << name;
    EXPECT_EQ(shown_field, field) << name;
    ++layers;
  }
  EXPECT_EQ(layers, 18);  // conv1, the pool and 16 convolutions
  EXPECT_EQ(size, 7);
}

TEST(DiagramsTest, TheBottlenecksWeightsAreCounted) {
  const v1::Diagram* const diagram = EmbeddedBank().FindDiagram("resnet-bottleneck");
  ASSERT_NE(diagram, nullptr);
  EXPECT_EQ(256 * 64 + 9 * 64 * 64 + 64 * 256, 69'632);
  EXPECT_EQ(2 * 9 * 256 * 256, 1'179'648);
  EXPECT_NE(diagram->text().find("69,632 weights against 1,179,648"), std::string::npos);
}

}  // namespace
}  // namespace ringside::evaluator
