// Texts that are made to mislead, or to break it.
#include <string>

#include "evaluator/claims/score.h"
#include "evaluator/claims/testing.h"

namespace ringside::claims {
namespace {

const Facts& Plan() {
  static const Facts* const kFacts = new Facts(FactsOfTest("llama13b-3d"));
  return *kFacts;
}
v1::ClaimReport Check(std::string_view text) {
  return CheckClaims(text, Plan());
}

int Count(const v1::ClaimReport& report, v1::ClaimVerdict verdict) {
  int count = 0;
  for (const v1::Claim& claim : report.claims()) count += claim.verdict() == verdict;
  return count;
}
int Supported(std::string_view text) {
  return Count(Check(text), v1::CLAIM_VERDICT_SUPPORTED);
}
int Contradicted(std::string_view text) {
  return Count(Check(text), v1::CLAIM_VERDICT_CONTRADICTED);
}

TEST(Adversarial, Negations) {
  EXPECT_EQ(Contradicted("The bubble is not 3/19."), 1);
  EXPECT_EQ(Supported("The bubble is not 40 %."), 1);
  EXPECT_EQ(Contradicted("The bubble is not 40 %."), 0);
  // "not only", "no more than" deny nothing.
  EXPECT_EQ(Supported("The bubble is no more than 20 %."), 1);
  EXPECT_EQ(Contradicted("The bubble is no more than 20 %."), 0);
}

TEST(Adversarial, QuestionsAndQuotesClaimNothing) {
  EXPECT_EQ(Check("Is the bubble 60 %?").claims_size(), 0);
  EXPECT_EQ(Contradicted("Somebody wrote \"the bubble is 60 %\" in the margin."), 0);
}

TEST(Adversarial, UnitsAreRead) {
  EXPECT_EQ(Supported("Model states are 208 GB in total."), 1);
  EXPECT_EQ(Supported("Model states are 194 GiB in total."), 1);
  EXPECT_EQ(Supported("Model states are 0.208 TB in total."), 1);
  EXPECT_EQ(Contradicted("Model states are 208 MB in total."), 1);
  EXPECT_EQ(Contradicted("Model states are 208 GiB in total."), 1);
  EXPECT_EQ(Supported("The links between nodes run at 400 Gbit/s."), 1);
  EXPECT_EQ(Contradicted("The links between nodes run at 400 GB/s."), 1);
}

TEST(Adversarial, HypotheticalsAreOfTheirPlan) {
  const v1::ClaimReport report = Check("With pp 2 the bubble would be 1/17.");
  ASSERT_EQ(report.claims_size(), 1);
  EXPECT_EQ(report.claims(0).verdict(), v1::CLAIM_VERDICT_SUPPORTED) << report.DebugString();
  EXPECT_TRUE(report.claims(0).hypothetical());
  EXPECT_EQ(report.claims(0).under(), "pp=2");
  // Nobody knows this plan's throughput.
  EXPECT_EQ(Contradicted("With tp 8 we would get 900,000 tokens/s."), 0);
  // Nor what is meant here.
  EXPECT_EQ(Contradicted("If the scheduler were magic, the bubble would be 0 %."), 0);
}

TEST(Adversarial, WhatIsNotKnownIsNotContradicted) {
  for (const std::string_view text :
       {"The team has 7 people.", "We bought it for 3 million dollars.", "My laptop has 16 GB.",
        "The loss reaches 2.1 after 40 % of training.", "Chinchilla suggests 20 tokens per parameter.",
        "The learning rate is 3e-4.", "Version 2.1 of the library came out 3 years ago.", "I slept 8 hours.",
        "There are 1000 ways to do it.", "Chapter 3 has 40 pages.", "It worked in 9 of 10 runs."}) {
    EXPECT_EQ(Contradicted(text), 0) << text << "\n" << Check(text).DebugString();
  }
}

TEST(Adversarial, TextWithoutFigures) {
  EXPECT_EQ(Check("").claims_size(), 0);
  EXPECT_FALSE(Check("").judged());
  EXPECT_EQ(Check("I would just try it and see what happens.").claims_size(), 0);
  EXPECT_EQ(Check("....,,,;;;((((()))))").claims_size(), 0);
}

TEST(Adversarial, AnyBytes) {
  std::string bytes;
  uint32_t state = 7;
  for (int i = 0; i < 20000; ++i) {
    state = state * 1664525 + 1013904223;
    bytes += static_cast<char>(state >> 24);
  }
  for (const std::string& text :
       {bytes, std::string("The bubble is \xff\xfe 3/19 \xc3."), std::string(5, '\0')}) {
    const v1::ClaimReport report = Check(text);
    for (const v1::Claim& claim : report.claims()) {
      EXPECT_LE(0, claim.span().begin());
      EXPECT_LE(claim.span().begin(), claim.span().end());
      EXPECT_LE(claim.span().end(), static_cast<int>(text.size()));
    }
    EXPECT_FALSE(report.SerializeAsString().empty() && report.claims_size() > 0);
  }
}

TEST(Adversarial, TenMegabytes) {
  std::string text;
  while (text.size() < (size_t{10} << 20)) text += "The bubble is 3/19 and the weights take 26 GB in total. ";
  const v1::ClaimReport report = Check(text);
  EXPECT_TRUE(report.cut());
  EXPECT_LE(report.claims_size(), kMaxClaims);
  EXPECT_LE(report.supported(), 3);  // said again, counted once
  // One endless sentence, nested brackets, endless digits.
  Check(std::string(size_t{1} << 20, '('));
  Check("bubble " + std::string(size_t{1} << 20, '9') + " %");
  std::string sum = "1";
  for (int i = 0; i < 20000; ++i) sum += " + 1";
  Check(sum + " = 20001");
  std::string mentions;
  for (int i = 0; i < 12000; ++i) mentions += "bubble 3 % ";
  Check(mentions);
}

TEST(Adversarial, SpansCoverTheWords) {
  const std::string text = "Fine. The bubble is (p-1)/(m+p-1) = 3/19, and weights take 3.3 GB per GPU.";
  const v1::ClaimReport report = Check(text);
  EXPECT_GE(report.claims_size(), 3);
  for (const v1::Claim& claim : report.claims()) {
    EXPECT_EQ(claim.text(), text.substr(claim.span().begin(), claim.span().end() - claim.span().begin()));
    for (const v1::Span& value : claim.values()) {
      EXPECT_GE(value.begin(), claim.span().begin());
      EXPECT_LE(value.end(), claim.span().end());
    }
  }
}

TEST(Adversarial, TheSameTextGivesTheSameReport) {
  const std::string text =
      "The bubble is 16 %. With pp 8 it would be 30 %. NVLink is 9x faster than the network.";
  EXPECT_EQ(Check(text).SerializeAsString(), Check(text).SerializeAsString());
}

TEST(Adversarial, ArithmeticIsCheckedByItself) {
  EXPECT_EQ(Supported("16 B x 7 B = 112 GB."), 1);
  EXPECT_EQ(Contradicted("16 B x 7 B = 121 GB."), 1);
  EXPECT_EQ(Supported("2(n-1)/n = 1 for two replicas."), 1);
  EXPECT_GE(Contradicted("3 x 4 = 13."), 1);
  EXPECT_EQ(Contradicted("f(x)/g = 3."), 0);  // letters that mean nothing here
}

TEST(Score, RightFiguresPayAndWrongOnesCost) {
  const std::string right =
      "The bubble is 3/19. Model states are 208 GB in total. Weights take 3.3 GB per GPU. "
      "Tensor parallelism costs four all-reduces per layer. ";
  const double good = Check(right).score();
  EXPECT_GT(good, 0.95);
  EXPECT_LT(Check(right + "The optimizer states take 40 GB per GPU. ").score(), 0.8 * good);
  EXPECT_LT(Check("The bubble is 60 %. Model states are 20 GB in total.").score(), 0.01);
}

TEST(Score, RepetitionAndTrivialTruthsSaturate) {
  const std::string once = "The bubble is 3/19. ";
  std::string often;
  for (int i = 0; i < 30; ++i) often += once;
  EXPECT_EQ(Check(once).score(), Check(often).score());
  std::string trivial;
  for (int i = 2; i < 60; ++i) trivial += std::to_string(i) + " x 2 = " + std::to_string(2 * i) + ". ";
  EXPECT_LT(Check(trivial).score(), 0.3);
  EXPECT_GT(Check(trivial).supported(), 10);
}

TEST(Score, NothingToJudgeIsNoScore) {
  EXPECT_FALSE(Check("I like pipelines.").judged());
  EXPECT_EQ(Check("I like pipelines.").score(), 0);
}

}  // namespace
}  // namespace ringside::claims
