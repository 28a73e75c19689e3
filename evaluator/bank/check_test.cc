#include "evaluator/bank/check.h"

#include <algorithm>

#include "evaluator/bank/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SmallBank;

BankCheckOptions SmallOptions() {
  BankCheckOptions options;
  options.min_questions_per_topic = 1;
  return options;
}

std::string AllOf(const std::vector<BankFinding>& findings) {
  std::string text;
  for (const BankFinding& finding : findings) text += ToString(finding) + "\n";
  return text;
}

// The line, from 1, that `marker` begins on.
int LineOf(const std::string& text, const std::string& marker) {
  const size_t at = text.find(marker);
  return at == std::string::npos ? -1
                                 : 1 + static_cast<int>(std::count(text.begin(), text.begin() + at, '\n'));
}

TEST(CheckBankTest, ABankInOrderHasNoFindings) {
  EXPECT_EQ(AllOf(CheckBank(SmallBank(), SmallOptions())), "");
}

struct Breakage {
  const char* name;
  int file;               // 0: the curriculum, 1: the questions
  const char *from, *to;  // text that is replaced, once
  const char* line;       // the finding's line begins here, in the broken text
  const char* reason;
};

class CheckBankBreakageTest : public ::testing::TestWithParam<Breakage> {};

TEST_P(CheckBankBreakageTest, IsFoundOnItsLine) {
  const Breakage& broken = GetParam();
  auto sources = SmallBank();
  std::string& text = sources[broken.file].text;
  const size_t at = text.find(broken.from);
  ASSERT_NE(at, std::string::npos) << "the fixture has changed";
  text.replace(at, std::string(broken.from).size(), broken.to);
  const int line = LineOf(text, broken.line);
  ASSERT_GT(line, 0);
  const auto findings = CheckBank(sources, SmallOptions());
  const bool found = std::any_of(findings.begin(), findings.end(), [&](const BankFinding& finding) {
    return finding.file == sources[broken.file].path && finding.line == line &&
           finding.reason.find(broken.reason) != std::string::npos;
  });
  EXPECT_TRUE(found) << "expected line " << line << ": " << broken.reason << "\n" << AllOf(findings);
}

INSTANTIATE_TEST_SUITE_P(
    Questions, CheckBankBreakageTest,
    ::testing::Values(
        Breakage{"UnknownField", 1, "level: core", "colour: red", "colour", "colour"},
        Breakage{"BadId", 1, "id: what-slope", "id: What_Slope", "- id: What", "is no id"},
        Breakage{"IdTwice", 1, "id: why-steep\n", "id: what-slope\n", "- id: what-slope\n    title: Steep",
                 "unique in the whole bank"},
        Breakage{"NoTitle", 1, "    title: Slope\n", "", "- id: what-slope", "title: is missing"},
        Breakage{"NoPrompt", 1, "What is a slope?", "\" \"", "prompt:", "prompt: is missing"},
        Breakage{"NoTopic", 1, "[descent, slopes]", "[]", "topics: []", "topics: is missing"},
        Breakage{"UnknownTopic", 1, "[descent, slopes]", "[descent, valleys]", "topics: [descent",
                 "there is no topic valleys"},
        Breakage{"NoLevel", 1, "    level: core\n", "", "- id: why-steep", "level: is missing"},
        Breakage{"NoKind", 1, "    kind: concept\n", "", "- id: what-slope", "kind: is missing"},
        Breakage{"UnknownGroup", 1, "[warm-up, diagnostic]", "[warm-up, party]", "groups: [warm-up, party]",
                 "there is no group party"},
        Breakage{"NoTime", 1, "    time_target_s: 90\n", "", "- id: what-slope", "time_target_s: is 0"},
        Breakage{"SlowRapidFire", 1, "kind: concept", "kind: rapid_fire", "time_target_s: 90", "rapid fire"},
        Breakage{"PointTwice", 1, "- id: sign", "- id: rise", "- id: rise\n        text: It is negative",
                 "a point of this question already"},
        Breakage{"EmptyPoint", 1, "text: It is rise over run.", "text: \"\"", "text: \"\"", "is missing"},
        Breakage{"SameWording", 1, "Height divided by length.", "It is rise over run.",
                 "alternatives: [It is", "says the same"},
        Breakage{"NoWeight", 1, "weight: 2", "weight: 0", "weight: 0", "above 0"},
        Breakage{"NoOrder", 1, "        order: 2\n", "", "- id: turn", "order: is missing"},
        Breakage{"OrderWithAGap", 1, "order: 2", "order: 3", "points:\n      - id: look", "not 1, 2, 3"},
        Breakage{"OnePoint", 1,
                 "      - id: turn\n        text: Then turn around.\n        order: 2\n        alternatives: "
                 "[Go back after that., Afterwards walk back.]\n",
                 "", "points:\n      - id: look", "has 1 points"},
        Breakage{"FewWordings", 1, "[Height divided by length., The tangent of the angle.]",
                 "[Height divided by length.]", "- id: rise", "has 1 other wordings"},
        Breakage{"NoCorrection", 1, "        correction: It is negative downhill.\n", "",
                 "- id: always-positive", "correction: is missing"},
        Breakage{"VoidsNothing", 1, "voids: [sign]", "voids: [run]", "voids: [run]",
                 "there is no point of this question run"},
        Breakage{"PenaltyTooHigh", 1, "penalty: 0.2", "penalty: 20", "penalty: 20", "a share, 0 to 1"},
        Breakage{"ThreeHints", 1, "hints: [a, b, c, d]", "hints: [a, b, c]", "hints: [a, b, c]",
                 "has 3 hints"},
        Breakage{"NoHints", 1, "    hints: [a, b, c, d]\n", "", "- id: why-steep", "has 0 hints"},
        Breakage{"FollowUpToNothing", 1, "question: why-steep", "question: why-deep", "- {when: strong",
                 "there is no question why-deep"},
        Breakage{"FollowUpToItself", 1, "question: why-steep", "question: what-slope", "- {when: strong",
                 "is the question itself"},
        Breakage{"SamePrompt", 1, "Your descent does not end. What do you check?", "What is a slope?",
                 "prompt: What is a slope?\n    topics: [descent", "is that of what-slope, too"},
        Breakage{"FollowUpWhenever", 1, "when: weak", "when: often", "- {when: often",
                 "weak, strong or always"},
        Breakage{"FollowUpWithoutAQuestion", 1, "prompt: \"What is a ratio?\"", "prompt: \"\"",
                 "- {when: weak", "either a prompt or a question"},
        Breakage{"UnknownResource", 1, "[a-book]", "[a-film]", "resources: [a-film]", "there is no resource"},
        Breakage{"MarkTooHigh", 1, "mark: 0.5", "mark: 5", "- {text: Rise over run., mark", "0 to 1"},
        Breakage{"UnknownDiagram", 1, "diagram: hill", "diagram: dale", "diagram: dale",
                 "there is no diagram"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Curriculum, CheckBankBreakageTest,
    ::testing::Values(
        Breakage{"Cycle", 0, "overview: How steep things are.", "overview: x\n    needs: [descent]",
                 "needs: [descent]", "goes in a circle: slopes <- descent <- slopes"},
        Breakage{"NeedsWhatComesLater", 0, "overview: How steep things are.",
                 "overview: x\n    needs: [descent]", "needs: [descent]", "comes later"},
        Breakage{"NumberTwice", 0, "number: 2", "number: 1", "number: 1\n    title: Descent",
                 "the number of slopes, too"},
        Breakage{"UnknownStage", 0, "stage: foundational", "stage: green", "stage: green",
                 "one of foundational"},
        Breakage{"TopicWithoutArea", 0, "topics: [slopes, descent, hiking]", "topics: [slopes, descent]",
                 "- id: hiking", "counts for 0 areas"},
        Breakage{"NoAddress", 0, "\"https://example.org\"", "\"example.org\"", "- {id: a-book", "no address"},
        Breakage{"PracticeOfNothing", 0, "bank:why-steep", "bank:why-deep", "- {id: a-task",
                 "there is no question why-deep"},
        Breakage{"ResourceTwice", 0, "id: a-task", "id: a-book", "- {id: a-book, title: A task",
                 "is there already"},
        Breakage{"PathToNowhere", 0, "topics: [slopes], focus", "topics: [valleys], focus",
                 "- {title: Week 1", "there is no topic valleys"},
        Breakage{"CompanyWithoutATopic", 0, "slopes: \"basic: names\", ", "", "- {company: Peak",
                 "says nothing of slopes"},
        Breakage{"CompanyWithoutADepth", 0, "\"basic: names\"", "names", "- {company: Peak",
                 "does not begin with"},
        Breakage{"BandsWithAGap", 0, "from: 6", "from: 7", "- {from: 7", "the next band begins at 6"},
        Breakage{"BandsTooShort", 0, "to: 10", "to: 9", "bands:\n    - {from: 2", "ends at 9"},
        Breakage{"DiagnosticMissesATopic", 0, "[what-slope, why-steep]", "[what-slope]",
                 "questions: [what-slope]", "no question whose main topic is descent"},
        Breakage{"DiagnosticLeavesOneOut", 0, "[what-slope, why-steep]", "[what-slope]",
                 "questions: [what-slope]", "leaves out why-steep"},
        Breakage{"DiagnosticOfNothing", 0, "[what-slope, why-steep]", "[what-slope, why-deep]",
                 "questions: [what-slope", "there is no question why-deep"},
        Breakage{"ReviewsOutOfOrder", 0, "day: 3", "day: 0", "- {day: 0, tasks: [Look again.]}",
                 "does not come after"},
        Breakage{"PhaseWithoutQuestions", 0, "groups: [warm-up]", "groups: [coding]", "- {id: only",
                 "have 0 questions"},
        Breakage{"WeakTraitWithoutAdvice", 0, ", advice: Get good.", "", "- {id: bad", "advice: is missing"}),
    [](const auto& test) { return test.param.name; });

TEST(CheckBankTest, ATopicWithTooFewQuestionsIsFoundAtTheTopic) {
  BankCheckOptions options;
  options.min_questions_per_topic = 2;
  const auto findings = CheckBank(SmallBank(), options);
  ASSERT_EQ(findings.size(), 1) << AllOf(findings);
  EXPECT_EQ(ToString(findings[0]),
            "curriculum/all.yaml:7: topics[1]: descent has 1 questions; at least 2 are needed");
}

TEST(CheckBankTest, ADiagnosticQuestionOutsideItsGroupIsFound) {
  auto sources = SmallBank();
  const std::string groups = "    groups: [diagnostic]\n";
  sources[1].text.replace(sources[1].text.find(groups), groups.size(), "");
  const auto findings = CheckBank(sources, SmallOptions());
  ASSERT_EQ(findings.size(), 1) << AllOf(findings);
  EXPECT_EQ(findings[0].line, LineOf(sources[0].text, "questions: [what-slope"));
  EXPECT_THAT(findings[0].reason, HasSubstr("why-steep is not in the group diagnostic"));
}

TEST(CheckBankTest, ADesignQuestionThatIsNotPossibleIsFound) {
  auto sources = SmallBank();
  sources.push_back({BankPart::kDesign, "design/x.yaml", "id: x\nprompt: Go.\nmodel: {preset: nothing}\n"});
  const auto findings = CheckBank(sources, SmallOptions());
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings[0].file, "design/x.yaml");
  EXPECT_FALSE(findings[0].warning);
}

TEST(CheckBankTest, OneBrokenFileDoesNotHideTheOthers) {
  auto sources = SmallBank();
  sources[1].text.replace(sources[1].text.find("[a-book]"), 8, "[a-film]");
  sources.push_back({BankPart::kTheory, "theory/torn.yaml", "questions: [\n"});
  const std::string all = AllOf(CheckBank(sources, SmallOptions()));
  EXPECT_THAT(all, HasSubstr("a-film"));
  EXPECT_THAT(all, HasSubstr("theory/torn.yaml:"));
}

TEST(CheckBankTest, ThereIsAnEndToFindings) {
  auto sources = SmallBank();
  std::string many = "questions:\n";
  for (int i = 0; i < 400; ++i) many += "  - {}\n";  // each lacks at least six things
  sources.push_back({BankPart::kTheory, "theory/many.yaml", many});
  EXPECT_EQ(CheckBank(sources, SmallOptions()).size(), kMaxBankFindings);
}

// A grader that gives every point to an answer holding its text or "first", and the score by these.
v1::TheoryGrade GradeByHand(const v1::TheoryQuestion& question, std::string_view answer) {
  v1::TheoryGrade grade;
  double earned = 0;
  for (const v1::ReferencePoint& point : question.points()) {
    v1::PointGrade& given = *grade.add_points();
    given.set_point(point.id());
    bool found = answer.find(point.text()) != std::string_view::npos && point.id() != "turn";
    for (const std::string& other : point.alternatives())
      found |= answer == other && other != "The map comes first.";
    given.set_earned(found ? 1 : 0);
    earned += given.earned();
  }
  grade.set_score(earned / question.points_size());
  return grade;
}

TEST(CheckBankTest, TheBanksOwnAnswersAreGraded) {
  BankCheckOptions options = SmallOptions();
  options.grade = GradeByHand;
  const auto findings = CheckBank(SmallBank(), options);
  ASSERT_EQ(findings.size(), 2) << AllOf(findings);
  EXPECT_FALSE(findings[0].warning);
  EXPECT_THAT(findings[0].reason,
              HasSubstr("why-steep.points: its own full answer scores 0.50, below 0.80; not "
                        "earned: turn"));
  EXPECT_TRUE(findings[1].warning);
  EXPECT_THAT(findings[1].reason, HasSubstr("alone earns 0.00 of look"));
}

TEST(CheckBankTest, APromptThatEarnsPointsAndAContraryThatKeepsThemAreFound) {
  BankCheckOptions options = SmallOptions();
  options.grade = [](const v1::TheoryQuestion& question, std::string_view answer) {
    v1::TheoryGrade grade;
    for (const v1::ReferencePoint& point : question.points()) {
      v1::PointGrade& given = *grade.add_points();
      given.set_point(point.id());
      given.set_earned(1);
    }
    const bool mine = question.id() == "what-slope";
    const bool contrary = answer == "It is not rise over run. It is not negative downhill. ";
    const bool nothing = answer == question.prompt() || answer == question.hints(0) || contrary;
    grade.set_score(!nothing || mine ? 1 : 0);
    return grade;
  };
  const auto findings = CheckBank(SmallBank(), options);
  const std::string all = AllOf(findings);
  ASSERT_EQ(findings.size(), 3) << all;
  for (const BankFinding& finding : findings) EXPECT_TRUE(finding.warning);
  EXPECT_THAT(all, HasSubstr("what-slope.prompt: the prompt, as an answer, scores 1.00"));
  EXPECT_THAT(all, HasSubstr("what-slope.hints[0]: the first hint, as an answer, scores 1.00"));
  EXPECT_THAT(all,
              HasSubstr("what-slope.points: the full answer with every verb negated, as an answer, scores"));
}

TEST(CheckBankTest, AMisconceptionInTheFullAnswerIsFound) {
  BankCheckOptions options = SmallOptions();
  options.grade = [](const v1::TheoryQuestion& question, std::string_view answer) {
    v1::TheoryGrade grade;
    grade.set_score(answer == ReferenceAnswer(question) ? 1 : 0);
    for (const v1::ReferencePoint& point : question.points()) {
      v1::PointGrade& given = *grade.add_points();
      given.set_point(point.id());
      given.set_earned(1);
    }
    if (question.id() == "what-slope" && answer == ReferenceAnswer(question))
      grade.add_misconceptions()->set_misconception("always-positive");
    return grade;
  };
  const auto findings = CheckBank(SmallBank(), options);
  ASSERT_EQ(findings.size(), 1) << AllOf(findings);
  EXPECT_THAT(findings[0].reason, HasSubstr("always-positive is found in the question's own full answer"));
}

TEST(CheckBankTest, TheReferenceAnswerIsThePointsInTheirOrder) {
  v1::TheoryQuestion question;
  question.add_points()->set_text("One.");
  question.add_points()->set_text("Two.");
  EXPECT_EQ(ReferenceAnswer(question), "One. Two.");
}

}  // namespace
}  // namespace ringside::evaluator
