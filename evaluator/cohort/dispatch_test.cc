#include "evaluator/cohort/dispatch.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <set>

namespace ringside::cohort {
namespace {

TEST(Dispatcher, HandsOutInOrderAndTakesBack) {
  Dispatcher dispatcher(2);
  dispatcher.Add({0, 1, 2});
  const auto first = dispatcher.Next(), second = dispatcher.Next();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->answers, (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(second->answers, (std::vector<int64_t>{2}));
  EXPECT_FALSE(dispatcher.Next());
  EXPECT_FALSE(dispatcher.Failed(second->ticket, "gone"));
  const auto again = dispatcher.Next();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->answers, (std::vector<int64_t>{2}));
  const auto given_up = dispatcher.Failed(again->ticket, "gone again");
  ASSERT_TRUE(given_up);
  EXPECT_EQ(given_up->answer, 2);
  EXPECT_EQ(given_up->reason, "gone again");
  dispatcher.Done(first->ticket);
  EXPECT_TRUE(dispatcher.idle());
}

// Workers die at random, and some answers kill whoever grades them: each answer ends exactly once, and only
// the deadly ones and those that met kTries deaths alone are given up.
TEST(Dispatcher, EveryAnswerEndsOnceUnderRandomDeaths) {
  for (int seed = 0; seed < 2000; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    const int count = 1 + below(200);
    const bool random_deaths = seed % 2 == 1;
    std::set<int64_t> deadly;
    for (int i = below(4); i > 0; --i) deadly.insert(below(count));
    Dispatcher dispatcher(1 + below(40));
    std::vector<int64_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), 0);
    dispatcher.Add(numbers);
    std::vector<Dispatcher::Chunk> out;
    std::vector<int> ended(count, 0);
    std::set<int64_t> given_up;
    int handed_out = 0;
    while (!dispatcher.idle()) {
      ASSERT_LT(++handed_out, 20'000);
      if (out.empty() || below(2) == 0) {
        if (auto chunk = dispatcher.Next()) out.push_back(*std::move(chunk));
      }
      if (out.empty()) continue;
      std::swap(out[below(static_cast<int>(out.size()))], out.back());
      const Dispatcher::Chunk chunk = std::move(out.back());
      out.pop_back();
      bool dies = random_deaths && below(10) == 0;
      for (const int64_t answer : chunk.answers) dies |= deadly.contains(answer);
      if (!dies) {
        dispatcher.Done(chunk.ticket);
        for (const int64_t answer : chunk.answers) ++ended[answer];
      } else if (const auto lost = dispatcher.Failed(chunk.ticket, "died")) {
        ++ended[lost->answer];
        given_up.insert(lost->answer);
      }
    }
    for (const int times : ended) ASSERT_EQ(times, 1) << "seed " << seed;
    for (const int64_t answer : deadly) EXPECT_TRUE(given_up.contains(answer)) << "seed " << seed;
    if (!random_deaths) EXPECT_EQ(given_up, deadly) << "seed " << seed;
  }
}

}  // namespace
}  // namespace ringside::cohort
