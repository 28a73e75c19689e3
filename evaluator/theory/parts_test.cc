// The small parts that the grader is made of.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <vector>

#include "evaluator/text/analyze.h"
#include "evaluator/theory/background.h"
#include "evaluator/theory/fitting.h"
#include "evaluator/theory/fluency.h"
#include "evaluator/theory/learned_marks.h"
#include "evaluator/theory/measure.h"
#include "evaluator/theory/model.h"
#include "evaluator/theory/related_words.h"
#include "evaluator/theory/screening.h"
#include "evaluator/theory/similar_spelling.h"
#include "evaluator/theory/tsv.h"

namespace ringside::theory {
namespace {

using ::testing::HasSubstr;

TEST(SimilarSpelling, TakesMisspellingsForTheWord) {
  EXPECT_EQ(SpellingSimilarity("gradient", "gradient"), 1);
  EXPECT_GT(SpellingSimilarity("gradeint", "gradient"), 0.8F);
  EXPECT_GT(SpellingSimilarity("seperat", "separat"), 0.8F);
  EXPECT_EQ(SpellingSimilarity("loss", "lost"), 0);
  EXPECT_EQ(SpellingSimilarity("encoder", "decoder"), 0);
  EXPECT_EQ(SpellingSimilarity("", "a"), 0);
}

TEST(RelatedWords, KnowsNearWordsAndOpposites) {
  const RelatedWords& words = RelatedWords::BuiltIn();
  EXPECT_EQ(words.Between("larger", "bigger"), Relation::kNear);
  EXPECT_EQ(words.Between("larger", "smaller"), Relation::kOpposite);
  EXPECT_EQ(words.Between("larger", "gradient"), Relation::kNone);
  EXPECT_FALSE(RelatedWords::Parse("a | b | c\n").ok());
  EXPECT_FALSE(RelatedWords::Parse("a,, b\n").ok());
}

TEST(Background, WeighsCommonTermsLess) {
  Background background(1);
  for (int i = 0; i < 10; ++i)
    background.Add(QuestionOfReference("q", "Explain the network.", i == 0 ? "A gradient." : "A token."));
  EXPECT_LT(background.Weight("network"), 0.2);
  EXPECT_EQ(background.Weight("unheard"), 1);
  EXPECT_EQ(background.Weight("#gradient"), 1);
  EXPECT_EQ(Background().Weight("network"), 1);
  EXPECT_GT(Background::BuiltIn()->questions(), 100);
  EXPECT_FALSE(Background::Parse("term\tmany\n").ok());
}

TEST(Fluency, TellsSentencesFromWords) {
  const auto of = [](std::string_view text) {
    const text::Document document = text::Analyze(text);
    return Fluency(document, std::vector<bool>(document.tokens.size(), false));
  };
  EXPECT_GT(
      of("The gradient of the loss is computed by the chain rule and then it is averaged over the workers."),
      0.2);
  EXPECT_LT(
      of("is the over chain then loss of by the workers gradient and The it computed averaged rule the is."),
      0);
}

TEST(Model, RefusesWhatItCannotRead) {
  EXPECT_TRUE(Model::Parse("knot 0 0 0\nknot 1 1 0\n").ok());
  EXPECT_FALSE(Model::Parse("").ok());
  EXPECT_FALSE(Model::Parse("weight nonsense 1\nknot 0 0 0\n").ok());
  EXPECT_FALSE(Model::Parse("knot 1 0 0\nknot 0 1 0\n").ok());
  const Model& model = Model::BuiltIn();
  EXPECT_LT(model.At(-10).mark, model.At(0.2).mark);
  EXPECT_LT(model.At(0.2).mark, model.At(10).mark);
}

Gates GatesFor(std::string_view reference, std::string_view answer) {
  const PreparedParts parts = Prepare(QuestionOfReference("q", "Explain it.", reference), Setting::OfBank());
  const Measured measured = MeasureAnswer(parts, answer);
  return GatesOf(Model::BuiltIn(), measured.features, Model::BuiltIn().Sum(measured.features),
                 measured.words);
}

constexpr std::string_view kReference =
    "The gradient is averaged over the workers by an all-reduce, and every worker has a copy of the weights.";

TEST(Gates, AreOpenForTheReference) {
  const Gates gates = GatesFor(kReference, kReference);
  EXPECT_EQ(gates.polarity, 1);
  EXPECT_GT(gates.order, 0.95);
  EXPECT_EQ(gates.evidence, 1);
}

TEST(Gates, CloseForTheContraryOfTheReference) {
  EXPECT_LT(GatesFor(kReference,
                     "The gradient is not averaged over the workers by an all-reduce, and every worker "
                     "has not a copy of the weights.")
                .polarity,
            0.3);
}

TEST(Gates, CloseForItsWordsInNoOrder) {
  EXPECT_LT(GatesFor(kReference,
                     "workers copy the an has the averaged and over gradient weights. is by worker "
                     "every of The a all-reduce, the")
                .order,
            0.3);
}

TEST(Gates, CloseForAnotherSubject) {
  EXPECT_LT(GatesFor(kReference, "Water boils at a lower temperature where the pressure of the air is lower.")
                .evidence,
            0.1);
}

TEST(LearnedMarks, PullTowardsTheMarksOfLikeAnswers) {
  const auto bag = [](std::string_view answer) {
    const PreparedParts parts = Prepare(QuestionOfReference("q", "", kReference), Setting::OfBank());
    return BagOf(MeasureAnswer(parts, answer).reading);
  };
  const LearnedMarks marks({{bag("padding does no harm"), 0.2, 1.0}, {bag("cables are too long"), 0.2, 0.0}});
  EXPECT_GT(marks.For(bag("padding does not harm it"), 0.2).mark,
            marks.For(bag("the cables are long"), 0.2).mark + 0.1);
  EXPECT_NEAR(Cosine(bag("padding does no harm"), bag("padding does no harm")), 1, 1e-5);
  EXPECT_EQ(LearnedMarks().For(bag("anything"), 0.5).mark, 0);
}

TEST(LearnedMarks, OpenAGateThatMarkedAnswersDidNotPass) {
  const Bag bag;
  const Gates passed, stopped{0, 1, 1, 0};
  const LearnedMarks usual({{bag, 0.5, 1.0, passed}});
  const LearnedMarks unlike({{bag, 0.5, 1.0, stopped}, {bag, 0.5, 0.8, stopped}});
  const LearnedMarks worthless({{bag, 0.5, 0.0, stopped}, {bag, 0.5, 0.0, stopped}});
  EXPECT_LT(usual.Factor(stopped, 0, 0), 0.1);
  EXPECT_LT(worthless.Factor(stopped, 0, 0), 0.1);
  EXPECT_GT(unlike.Factor(stopped, 0, 0), 0.9);
  EXPECT_EQ(usual.Factor(passed, 0, 0), 1);
  // Being like a marked answer, or about what the prompt is about, is evidence.
  EXPECT_EQ(usual.Factor(stopped, 0, 0.2), 1);
  EXPECT_EQ(usual.Factor(stopped, 0.4, 0), 1);
  EXPECT_LT(usual.Factor({0.99, 0.05, 1, 1}, 0, 1), 0.5);  // words thrown together stay what they are
}

TEST(FitScale, LearnsSlopeAndLengthWithinQuestions) {
  // The second question is harder, which must not be taken for an influence of length.
  std::vector<ScaleSample> samples;
  for (int i = 0; i < 10; ++i) {
    const double expected = 0.1 * i, length = 0.3 * ((i * 3) % 10);
    samples.push_back({0, expected, length, 0.3 + 0.5 * expected + 0.1 * length});
    samples.push_back({1, expected, length + 1, 0.1 + 0.5 * expected + 0.1 * length});
  }
  const Scale scale = FitScale(samples);
  EXPECT_NEAR(scale.slope, 0.5, 0.03);
  EXPECT_NEAR(scale.per_length, 0.1, 0.01);
  for (ScaleSample& sample : samples) sample.mark = 0.5 - 0.1 * sample.length;
  EXPECT_EQ(FitScale(samples).per_length, 0);  // more is never worse
  const Model longer = Model::BuiltIn().WithLength(0.1, Model::LogWords(10));
  EXPECT_GT(longer.At(0.2, 30).mark, longer.At(0.2, 10).mark);
  EXPECT_EQ(longer.At(0.2, 10).mark, Model::BuiltIn().At(0.2).mark);
  EXPECT_EQ(longer.At(0.2, 40).mark, longer.At(0.2, 4000).mark);
}

TEST(Screening, ToldOfOthersIsNotSaidOfTheSpeaker) {
  const auto not_known = [](std::string_view answer) {
    return Screen(text::Analyze(answer), text::Analyze("Why?")).not_known;
  };
  EXPECT_TRUE(not_known("I do not know."));
  EXPECT_TRUE(not_known("Sorry, no idea."));
  EXPECT_TRUE(not_known("Voltage drops, but I still don't know why."));
  EXPECT_FALSE(not_known("Two nodes that do not know of each other send at the same time."));
  EXPECT_FALSE(not_known("They don't know when the other one sends."));
}

TEST(Tsv, ReadsRowsAndNamesBadOnes) {
  std::istringstream in("question_id\tquestion\tscore\r\nq1\tWhy?\t1\n\nq2\tonly two\nq3\tHow?\t0\n");
  auto reader = TsvReader::Open(&in, "t.tsv", {"question_id"});
  ASSERT_TRUE(reader.ok());
  absl::Status error;
  ASSERT_TRUE(reader->Next(&error));
  EXPECT_TRUE(error.ok());
  EXPECT_EQ(reader->Cell("score"), "1");
  EXPECT_EQ(reader->Cell("nothing"), "");
  ASSERT_TRUE(reader->Next(&error));
  EXPECT_THAT(std::string(error.message()), HasSubstr("t.tsv:4: 2 cells where the header has 3"));
  EXPECT_EQ(reader->Cell("question_id"), "q2");
  ASSERT_TRUE(reader->Next(&error));
  EXPECT_TRUE(error.ok());
  EXPECT_FALSE(reader->Next(&error));
  std::istringstream twice("a\ta\n");
  EXPECT_FALSE(TsvReader::Open(&twice, "t.tsv", {}).ok());
  std::istringstream missing("a\tb\n");
  EXPECT_THAT(std::string(TsvReader::Open(&missing, "t.tsv", {"score"}).status().message()),
              HasSubstr("\"score\""));
}

TEST(Tsv, MakesPointsOfSentencesAndAlternativesOfBars) {
  EXPECT_EQ(QuestionOfReference("q", "", "One thing. Another thing.").points_size(), 2);
  const v1::TheoryQuestion either = QuestionOfReference("q", "", "One thing || Another thing || ");
  ASSERT_EQ(either.points_size(), 1);
  EXPECT_EQ(either.points(0).alternatives_size(), 1);
}

}  // namespace
}  // namespace ringside::theory
