#include "evaluator/debugging/evidence.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Ids(std::string_view text) {
  std::vector<std::string> ids;
  for (const EvidenceKind* kind : EvidenceAskedFor(text)) ids.emplace_back(kind->id);
  return ids;
}

TEST(EvidenceAskedFor, FindsItInTheOrderOfTheWords) {
  EXPECT_THAT(Ids("I would look at the labels first and then at the gradient norm."),
              ElementsAre("labels", "gradient-norm"));
  EXPECT_THAT(Ids("Can it overfit one batch?"), ElementsAre("overfit-one-batch"));
  EXPECT_THAT(Ids("LOSS CURVE please"), ElementsAre("loss-curve"));
  EXPECT_THAT(Ids("loss-curve"), ElementsAre("loss-curve"));
  EXPECT_THAT(Ids("What is for lunch"), IsEmpty());
}

TEST(EvidenceAskedFor, ALongerMatchTakesItsWords) {
  EXPECT_THAT(Ids("show me the per-layer gradient norms"), ElementsAre("layer-gradients"));
  EXPECT_THAT(Ids("a lower learning rate"), ElementsAre("lower-lr"));
  EXPECT_THAT(Ids("which samples does each rank read?").front(), "rank-data");
  EXPECT_THAT(Ids("where the time goes: a trace"), ElementsAre("trace-summary"));
}

TEST(EvidenceAskedFor, IsBounded) {
  std::string all;
  for (const EvidenceKind& kind : EvidenceKinds()) all += std::string(kind.id) + ", ";
  EXPECT_EQ(Ids(all).size(), 5u);
}

TEST(EvidenceKinds, HaveNamesOfTheirOwn) {
  std::set<std::string_view> ids, words;
  for (const EvidenceKind& kind : EvidenceKinds()) {
    EXPECT_TRUE(ids.insert(kind.id).second) << kind.id;
    EXPECT_FALSE(kind.words.empty()) << kind.id;
    for (const std::string_view word : kind.words) EXPECT_TRUE(words.insert(word).second) << word;
  }
  EXPECT_EQ(FindEvidence("nothing"), nullptr);
}

TEST(AsksToSee, TellsRequestsFromDiagnoses) {
  EXPECT_TRUE(
      AsksToSee("Show me the loss curve and the labels of the first batch, please, and the gradient norm."));
  EXPECT_TRUE(AsksToSee("gradient norm"));
  EXPECT_TRUE(AsksToSee("I'd check the labels"));
  EXPECT_FALSE(AsksToSee("The labels are shuffled, because the images carry the class of another sample."));
  EXPECT_FALSE(AsksToSee("I think the learning rate is too high"));
  EXPECT_FALSE(AsksToSee("I would fix it by lowering the learning rate"));
  EXPECT_FALSE(AsksToSee("What is wrong is that inputs and labels are shuffled apart"));
  EXPECT_FALSE(AsksToSee("The spikes are caused by the missing warmup"));
  EXPECT_FALSE(
      AsksToSee("The replicas all read the same samples so the mean of the gradients is one of them."));
}

}  // namespace
}  // namespace ringside::evaluator
