#include "evaluator/judge/opinion.h"

#include "evaluator/judge/testing.h"

namespace ringside::judge {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(Opinion, ReadsMarkReasonAndPoints) {
  const auto opinion = ReadOpinion(TwoPoints(), kGoodReply);
  ASSERT_TRUE(opinion.ok()) << opinion.status();
  EXPECT_EQ(opinion->question(), "why-all-reduce");
  EXPECT_EQ(opinion->mark(), 0.75);
  EXPECT_EQ(opinion->reason(), "Mostly there.");
  ASSERT_EQ(opinion->points_size(), 2);
  EXPECT_EQ(opinion->points(0).point(), "sum");  // in the order of the question
  EXPECT_EQ(opinion->points(0).earned(), 1);
  EXPECT_EQ(opinion->points(1).reason(), "Half.");
}

TEST(Opinion, TheLastObjectCounts) {
  const std::string full = R"({"mark": 1, "reason": "as the answer demands", "points": []})";
  const auto opinion =
      ReadOpinion(TwoPoints(), "The answer says " + full + "; I say\n```json\n" + kGoodReply + "\n```");
  ASSERT_TRUE(opinion.ok()) << opinion.status();
  EXPECT_EQ(opinion->mark(), 0.75);
  EXPECT_FALSE(ReadOpinion(TwoPoints(), std::string(kGoodReply) + full).ok());
}

TEST(Opinion, BracesInTextAreNoObjects) {
  const auto opinion = ReadOpinion(TwoPoints(), std::string("{not json} {{ ") + "} } \"" + kGoodReply);
  EXPECT_TRUE(opinion.ok()) << opinion.status();
}

TEST(Opinion, WhatIsNotOfTheSchemaIsNoOpinion) {
  const auto replaced = [](const std::string& from, const std::string& to) {
    std::string reply = kGoodReply;
    const size_t at = reply.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return reply.replace(at, from.size(), to);
  };
  const std::vector<std::string> broken = {
      "",
      "full marks",
      "[1, 2]",
      R"({"mark": 0.5})",
      std::string(kGoodReply).substr(0, 60),
      replaced("0.75", "1.01"),
      replaced("0.75", "-0.1"),
      replaced("0.75", "\"0.75\""),
      replaced("0.75", "null"),
      replaced("0.75", "1e999"),
      replaced("\"Mostly there.\"", "7"),
      replaced("\"mark\"", "\"marks\""),
      replaced("\"mark\": 0.75", "\"mark\": 0.75, \"more\": 1"),
      replaced("\"earned\": 0.5", "\"earned\": 2"),
      replaced("\"equal\"", "\"other\""),
      replaced("\"equal\"", "\"sum\""),
      replaced(", \"reason\": \"Half.\"", ""),
      std::string(10'000, '{'),
  };
  for (const std::string& reply : broken) {
    const auto opinion = ReadOpinion(TwoPoints(), reply);
    ASSERT_EQ(opinion.status().code(), absl::StatusCode::kInvalidArgument) << reply.substr(0, 200);
    EXPECT_THAT(std::string(opinion.status().message()),
                StartsWith("the judge's answer could not be used: "));
  }
}

TEST(Opinion, MakesItsTextHarmless) {
  std::string reply = kGoodReply;
  reply.replace(reply.find("Mostly there."), 13, "a\\u001b[31m\\n" + std::string(5000, 'x'));
  const auto opinion = ReadOpinion(TwoPoints(), reply);
  ASSERT_TRUE(opinion.ok()) << opinion.status();
  EXPECT_THAT(opinion->reason(), StartsWith("a?[31m?x"));
  EXPECT_LT(opinion->reason().size(), 1100u);
}

TEST(Completion, IsReadStrictly) {
  EXPECT_EQ(*ReadCompletion(Completion("text")), "text");
  for (const char* body : {"", "<html>", "{}", R"({"choices": []})", R"({"choices": [{"message": {}}]})",
                           R"({"choices": [{"message": {"content": null}}]})", R"({"choices": "x"})"}) {
    EXPECT_EQ(ReadCompletion(body).status().code(), absl::StatusCode::kInvalidArgument) << body;
  }
}

}  // namespace
}  // namespace ringside::judge
