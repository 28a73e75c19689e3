#include "evaluator/theory/setting.h"

#include <algorithm>
#include <memory>
#include <string>

#include "evaluator/theory/measure.h"
#include "evaluator/theory/model.h"

namespace ringside::theory {

Setting SettingOf(const std::vector<v1::TheoryQuestion>& questions, double least_spread) {
  constexpr size_t kSample = 24, kOthers = 3;
  auto background = std::make_shared<Background>(least_spread);
  for (const v1::TheoryQuestion& question : questions) background->Add(question);
  Setting setting{background, PointWeights::kByContent};
  if (questions.size() < 2) return setting;
  const size_t step = std::max<size_t>(1, questions.size() / kSample);
  double sum = 0, count = 0;
  for (size_t i = 0; i < questions.size(); i += step) {
    const PreparedParts parts = Prepare(questions[i], setting);
    for (size_t k = 1; k <= std::min(kOthers, questions.size() - 1); ++k) {
      const v1::TheoryQuestion& other =
          questions[(i + k * questions.size() / (kOthers + 1)) % questions.size()];
      if (&other == &questions[i]) continue;
      std::string answer;
      for (const v1::ReferencePoint& point : other.points()) answer += point.text() + "\n\n";
      sum += Model::BuiltIn().Sum(MeasureAnswer(parts, answer).features);
      ++count;
    }
  }
  setting.chance = count > 0 ? std::max(0.0, sum / count) : 0;
  return setting;
}

}  // namespace ringside::theory
