#include "evaluator/design/rank.h"

#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

v1::Scorecard Card(const std::string& candidate, double total, const std::string& error = "") {
  v1::Scorecard card;
  card.set_candidate(candidate);
  card.set_total(total);
  card.set_error(error);
  return card;
}

TEST(RankTest, BestFirstUngradedLastEqualsSharePlaceAndStandByName) {
  const std::vector<v1::Scorecard> cards = {Card("e", 0, "no plan"), Card("d", 0.5), Card("b", 0.9),
                                            Card("c", 0.5),          Card("a", 0.1), Card("c", 0.5)};
  const std::vector<Ranked> order = Rank(cards);
  std::vector<size_t> indices;
  std::vector<int> places;
  for (const Ranked& ranked : order) {
    indices.push_back(ranked.index);
    places.push_back(ranked.place);
  }
  EXPECT_EQ(indices, (std::vector<size_t>{2, 3, 5, 1, 4, 0}));
  EXPECT_EQ(places, (std::vector<int>{1, 2, 2, 2, 5, 0}));
}

TEST(RankTest, NothingToRank) {
  EXPECT_TRUE(Rank({}).empty());
}

}  // namespace
}  // namespace ringside::evaluator
