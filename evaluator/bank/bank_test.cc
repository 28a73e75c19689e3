#include "evaluator/bank/bank.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "evaluator/bank/check.h"
#include "evaluator/bank/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::SmallBank;

std::vector<std::string> IdsOf(const std::vector<const v1::TheoryQuestion*>& questions) {
  std::vector<std::string> ids;
  for (const v1::TheoryQuestion* question : questions) ids.push_back(question->id());
  return ids;
}

TEST(BankTest, FindsById) {
  const auto bank = Bank::Parse(SmallBank());
  ASSERT_TRUE(bank.ok()) << bank.status();
  EXPECT_EQ(bank->FindTheory("why-steep")->title(), "Steep");
  EXPECT_EQ(bank->FindTheory("nothing"), nullptr);
  EXPECT_EQ(bank->FindTopic("descent")->number(), 2);
  EXPECT_EQ(bank->FindResource("a-book")->title(), "A book");
  EXPECT_EQ(bank->FindPath("short")->weeks_size(), 2);
  EXPECT_EQ(bank->FindDiagram("hill")->text(), "/\\");
  EXPECT_EQ(bank->FindDesign("why-steep"), nullptr);
}

TEST(BankTest, SelectsByEveryField) {
  const Bank bank = *Bank::Parse(SmallBank());
  EXPECT_THAT(IdsOf(bank.Select({})), ElementsAre("what-slope", "why-steep"));
  EXPECT_THAT(IdsOf(bank.Select({.topic = "descent"})), ElementsAre("why-steep"));
  EXPECT_THAT(IdsOf(bank.Select({.topic = "slopes"})), ElementsAre("what-slope", "why-steep"));
  EXPECT_THAT(IdsOf(bank.Select({.group = "warm-up"})), ElementsAre("what-slope"));
  EXPECT_THAT(IdsOf(bank.Select({.level = v1::LEVEL_CORE})), ElementsAre("why-steep"));
  EXPECT_THAT(IdsOf(bank.Select({.kind = v1::QUESTION_KIND_CONCEPT})), ElementsAre("what-slope"));
  EXPECT_THAT(IdsOf(bank.Select({.topic = "descent", .level = v1::LEVEL_FOUNDATION})), ElementsAre());
}

TEST(BankTest, NumberedTopicsAreThoseWithANumberInItsOrder) {
  std::vector<std::string> ids;
  const Bank bank = *Bank::Parse(SmallBank());
  for (const v1::Topic* topic : bank.NumberedTopics()) ids.push_back(topic->id());
  EXPECT_THAT(ids, ElementsAre("slopes", "descent"));
}

TEST(BankTest, ACopyKeepsWhatWasFound) {
  const v1::TheoryQuestion* found;
  Bank copy = *Bank::Parse(SmallBank());
  {
    const Bank bank = *Bank::Parse(SmallBank());
    found = bank.FindTheory("what-slope");
    copy = bank;
  }
  EXPECT_EQ(copy.FindTheory("what-slope"), found);
  EXPECT_EQ(found->title(), "Slope");
}

TEST(BankTest, AnIdTwiceIsRefusedWithFileAndLine) {
  auto sources = SmallBank();
  sources.push_back(
      {BankPart::kTheory, "theory/more.yaml", "questions:\n  - title: x\n    id: what-slope\n"});
  const auto bank = Bank::Parse(sources);
  EXPECT_EQ(bank.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(bank.status().message()),
              HasSubstr("theory/more.yaml:3: questions[0].id: what-slope"));
}

TEST(BankTest, AFileThatIsNotStrictIsRefused) {
  auto sources = SmallBank();
  sources[1].text += "    colour: red\n";
  EXPECT_THAT(std::string(Bank::Parse(sources).status().message()), HasSubstr("theory/hills.yaml:"));
}

TEST(BankTest, AFolderIsReadInOrderAndOthersFilesAreLeftAlone) {
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "bank";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder / "theory");
  std::filesystem::create_directories(folder / "curriculum");
  std::ofstream(folder / "theory" / "b.yaml") << "questions:\n  - id: b\n";
  std::ofstream(folder / "theory" / "a.yaml") << "questions:\n  - id: a\n";
  std::ofstream(folder / "theory" / "a.yaml~") << "not read";
  const auto sources = ReadBankSources(folder.string());
  ASSERT_TRUE(sources.ok()) << sources.status();
  ASSERT_EQ(sources->size(), 2);
  EXPECT_EQ((*sources)[0].path, (folder / "theory" / "a.yaml").string());
  EXPECT_EQ(IdsOf(LoadBank(folder.string())->Select({})), (std::vector<std::string>{"a", "b"}));
  std::filesystem::remove_all(folder);
  EXPECT_EQ(ReadBankSources(folder.string()).status().code(), absl::StatusCode::kNotFound);
}

TEST(EmbeddedBankTest, IsTheFolderOfTheSourceTree) {
  const auto sources = ReadBankSources(RINGSIDE_BANK);
  ASSERT_TRUE(sources.ok()) << sources.status();
  const std::vector<BankSource>& embedded = EmbeddedBankSources();
  ASSERT_EQ(embedded.size(), sources->size());
  for (size_t i = 0; i < embedded.size(); ++i) {
    EXPECT_EQ(std::filesystem::path(RINGSIDE_BANK) / embedded[i].path, (*sources)[i].path);
    EXPECT_EQ(embedded[i].part, (*sources)[i].part);
    EXPECT_TRUE(embedded[i].text == (*sources)[i].text) << embedded[i].path;
  }
}

TEST(EmbeddedBankTest, IsInOrder) {
  const auto findings = CheckBank(EmbeddedBankSources());
  for (const BankFinding& finding : findings) EXPECT_TRUE(finding.warning) << ToString(finding);
}

TEST(EmbeddedBankTest, HoldsWhatItPromises) {
  const Bank& bank = EmbeddedBank();
  EXPECT_EQ(bank.NumberedTopics().size(), 11);
  EXPECT_GE(bank.curriculum().paths_size(), 5);
  EXPECT_EQ(bank.curriculum().companies_size(), 7);
  EXPECT_EQ(bank.curriculum().areas_size(), 4);
  EXPECT_EQ(bank.curriculum().mistakes_size(), 8);
  EXPECT_EQ(bank.curriculum().cheat_sheet_size(), 10);
  int minutes = 0;
  for (const v1::InterviewPhase& phase : bank.curriculum().phases()) minutes += phase.minutes();
  EXPECT_EQ(minutes, 60);
  const auto strong = [](const v1::Trait& trait) { return trait.strong(); };
  const auto& traits = bank.curriculum().traits();
  EXPECT_EQ(std::count_if(traits.begin(), traits.end(), strong), 6);
  EXPECT_EQ(traits.size(), 12);
  EXPECT_GE(bank.Select({.group = "fifty"}).size(), 50);
  EXPECT_GE(bank.Select({.group = "rapid-fire"}).size(), 20);
  EXPECT_EQ(bank.curriculum().diagnostic().questions_size(), 10);
}

// docs/bank.md draws the map of the topics.
TEST(EmbeddedBankTest, TheDocumentDrawsWhatEachTopicNeeds) {
  std::ifstream file(std::filesystem::path(RINGSIDE_BANK) / "../../docs/bank.md");
  std::set<std::string> drawn, needed;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string from, arrow, to;
    if (!(words >> from >> arrow >> to) || arrow != "-->") continue;
    drawn.insert(from.substr(0, from.find(":::")) + " " + to.substr(0, to.find(":::")));
  }
  for (const v1::Topic* topic : EmbeddedBank().NumberedTopics()) {
    if (topic->id() == "practice") continue;
    for (const std::string& need : topic->needs()) needed.insert(need + " " + topic->id());
  }
  drawn.erase("generative practice");  // one arrow for all
  EXPECT_EQ(drawn, needed);
}

}  // namespace
}  // namespace ringside::evaluator
