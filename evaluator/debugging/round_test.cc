#include "evaluator/debugging/round.h"

#include <nlohmann/json.hpp>

#include "evaluator/debugging/evidence_text.h"
#include "evaluator/debugging/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

const RoundData& Labels() {
  static const auto* const kLibrary = new absl::StatusOr<RoundLibrary>(RoundLibrary::Embedded());
  EXPECT_TRUE(kLibrary->ok()) << kLibrary->status();
  return *(*kLibrary)->Find("shuffled-labels");
}

constexpr char kCause[] = "The labels are shuffled with respect to the inputs.";
constexpr char kFix[] = "Fix the pipeline so that each image keeps its own label.";

v1::DebuggingRoundState After(const std::vector<std::string>& requests, const std::string& diagnosis) {
  v1::DebuggingRoundState state;
  state.set_name("shuffled-labels");
  for (const std::string& request : requests) ShowEvidence(Labels(), EvidenceAskedFor(request), 1, &state);
  Diagnose(Labels(), diagnosis, testing::GradeByWords, &state);
  return state;
}

TEST(Round, RequestsAreNotedOnceAndInOrder) {
  const v1::DebuggingRoundState state =
      After({"loss curve", "labels and gradient norm", "loss curve"}, "no idea");
  ASSERT_EQ(state.requests_size(), 3);
  EXPECT_EQ(state.requests(0).id(), "loss-curve");
  EXPECT_EQ(state.requests(1).id(), "labels");
  EXPECT_EQ(state.requests(2).id(), "gradient-norm");
}

TEST(Round, LooksFirstAndFindsIt) {
  const v1::DebuggingRoundState state =
      After({"loss curve", "data samples", "labels", "one batch"}, std::string(kCause) + " " + kFix);
  EXPECT_DOUBLE_EQ(state.order_score(), 1);
  EXPECT_DOUBLE_EQ(state.evidence_score(), 1);
  EXPECT_GT(state.score(), 0.8);
  EXPECT_TRUE(state.done());
  const std::string verdict = VerdictText(Labels(), state);
  EXPECT_THAT(verdict, HasSubstr("Began with a simple check"));
  EXPECT_THAT(verdict, HasSubstr("the mended run (measured"));
}

TEST(Round, GuessingIsWorthLess) {
  const std::string diagnosis = std::string(kCause) + " " + kFix;
  const v1::DebuggingRoundState guessed = After({}, diagnosis);
  const v1::DebuggingRoundState looked = After({"loss curve", "labels"}, diagnosis);
  EXPECT_EQ(guessed.order_score(), 0);
  EXPECT_LT(guessed.score(), looked.score() - 0.3);
  EXPECT_THAT(guessed.notes(), Contains(HasSubstr("without having seen")));
}

TEST(Round, TheOrderCountsWithTheSameFinding) {
  const std::string diagnosis = std::string(kCause) + " " + kFix;
  const double simple_first = After({"labels", "lower learning rate"}, diagnosis).score();
  const double costly_first = After({"lower learning rate", "labels"}, diagnosis).score();
  EXPECT_GT(simple_first, costly_first);
}

TEST(Round, LabelsShowWhatWasMixedUp) {
  const std::string text = EvidenceText(Labels(), *FindEvidence("labels"));
  EXPECT_THAT(text, HasSubstr("label given"));
}

TEST(Round, RequestsAreBounded) {
  v1::DebuggingRoundState state;
  std::vector<const EvidenceKind*> all;
  for (const EvidenceKind& kind : EvidenceKinds()) all.push_back(&kind);
  ShowEvidence(Labels(), all, 0, &state);
  EXPECT_LE(state.requests_size(), kMostRequests);
}

TEST(Round, TheDocumentIsJsonWhateverWasSaid) {
  const v1::DebuggingRoundState state = After({"loss curve"}, "\xff\xfe no idea \"quoted\"");
  const auto json = nlohmann::json::parse(VerdictJson(Labels(), state));
  EXPECT_EQ(json["round"], "shuffled-labels");
  EXPECT_EQ(json["requests"].size(), 1u);
}

}  // namespace
}  // namespace ringside::evaluator
