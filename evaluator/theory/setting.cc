#include "evaluator/theory/setting.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>

#include "evaluator/theory/measure.h"
#include "evaluator/theory/model.h"

namespace ringside::theory {

Setting SettingOf(const std::vector<v1::TheoryQuestion>& questions, double least_spread) {
  constexpr size_t kSample = 24, kOthers = 8;
  auto background = std::make_shared<Background>(least_spread);
  for (const v1::TheoryQuestion& question : questions) background->Add(question);
  Setting setting{background, PointWeights::kByContent};
  if (questions.size() < 2) return setting;
  const size_t step = std::max<size_t>(1, questions.size() / kSample);
  std::vector<double> sums;
  for (size_t i = 0; i < questions.size(); i += step) {
    const PreparedParts parts = Prepare(questions[i], setting);
    for (size_t k = 1; k <= std::min(kOthers, questions.size() - 1); ++k) {
      const v1::TheoryQuestion& other =
          questions[(i + k * questions.size() / (kOthers + 1)) % questions.size()];
      if (&other == &questions[i]) continue;
      std::string answer;
      for (const v1::ReferencePoint& point : other.points()) answer += point.text() + "\n\n";
      sums.push_back(Model::BuiltIn().Sum(MeasureAnswer(parts, answer).features));
    }
  }
  if (sums.empty()) return setting;
  const auto at = sums.begin() + static_cast<std::ptrdiff_t>(sums.size() * 2 / 3);
  std::nth_element(sums.begin(), at, sums.end());
  setting.chance = std::max(0.0, *at);
  return setting;
}

}  // namespace ringside::theory
