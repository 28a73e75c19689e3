#include "evaluator/design/rank.h"

#include <algorithm>
#include <tuple>

namespace ringside::evaluator {

std::vector<Ranked> Rank(const std::vector<v1::Scorecard>& cards) {
  std::vector<Ranked> order(cards.size());
  for (size_t i = 0; i < cards.size(); ++i) order[i].index = i;
  const auto key = [&](const Ranked& r) {
    const v1::Scorecard& card = cards[r.index];
    return std::tuple<bool, double, const std::string&, size_t>(!card.error().empty(), -card.total(),
                                                                card.candidate(), r.index);
  };
  std::sort(order.begin(), order.end(), [&](const Ranked& a, const Ranked& b) { return key(a) < key(b); });
  for (size_t i = 0; i < order.size(); ++i) {
    const v1::Scorecard& card = cards[order[i].index];
    if (!card.error().empty()) break;
    const bool ties = i > 0 && cards[order[i - 1].index].total() == card.total();
    order[i].place = ties ? order[i - 1].place : static_cast<int>(i) + 1;
  }
  return order;
}

}  // namespace ringside::evaluator
