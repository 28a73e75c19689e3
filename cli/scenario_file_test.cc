#include "cli/scenario_file.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::cli {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;

std::string WriteScenario(const std::string& name, const std::string& text) {
  const std::string path = ::testing::TempDir() + "/" + name;
  std::ofstream(path) << text;
  return path;
}

std::string ErrorOf(const std::string& path, int ranks = 0) {
  const auto loaded = LoadScenario(path, ranks);
  return loaded.ok() ? "" : std::string(loaded.status().message());
}

TEST(ScenarioFileTest, IsNamedAfterItsFileUnlessItSaysOtherwise) {
  const auto loaded =
      LoadScenario(WriteScenario("my-run.yaml", "model: {preset: gpt2-nano}\nplan: {dp: 2}\n"));
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->scenario.name(), "my-run");
  EXPECT_EQ(loaded->programs.size(), 2u);
}

TEST(ScenarioFileTest, APlanThatDoesNotDivideIsNamedWithFileAndLine) {
  const std::string path =
      WriteScenario("bad.yaml", "model:\n  preset: gpt2-nano\nplan:\n  dp: 1\n  tp: 3\n");
  EXPECT_THAT(ErrorOf(path), HasSubstr(path + ":5: plan.tp: 3 does not divide model.heads = 4"));
}

TEST(ScenarioFileTest, AnUnknownKeyIsNamedWithFileAndLine) {
  const std::string path = WriteScenario("typo.yaml", "model: {preset: gpt2-nano}\nplan: {dpp: 4}\n");
  EXPECT_THAT(ErrorOf(path), AllOf(HasSubstr(path + ":2"), HasSubstr("dpp")));
}

TEST(ScenarioFileTest, RanksFillInDp) {
  const std::string path = WriteScenario("tp2.yaml", "model: {preset: gpt2-nano}\nplan: {tp: 2}\n");
  const auto loaded = LoadScenario(path, 8);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->resolved.dp, 4);
  EXPECT_THAT(ErrorOf(path, 3), EndsWith("--ranks 3 is no multiple of tp x pp x cp = 2"));
}

TEST(ScenarioFileTest, RanksMustBeThoseOfAPlanThatFixesDp) {
  const std::string path = WriteScenario("dp2.yaml", "model: {preset: gpt2-nano}\nplan: {dp: 2}\n");
  EXPECT_TRUE(LoadScenario(path, 2).ok());
  EXPECT_THAT(ErrorOf(path, 4), HasSubstr(":2: plan.dp: dp x tp x pp x cp is 2 ranks, but --ranks 4"));
}

TEST(ScenarioFileTest, EveryScenarioOfTheProjectCompiles) {
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(RINGSIDE_SCENARIOS)) {
    const std::filesystem::path& path = entry.path();
    // Beside scenarios there are answers to questions, and the catalogue of defects.
    if (path.extension() != ".yaml" || path.parent_path().filename() == "answers") continue;
    if (path.filename() == "catalogue.yaml") continue;
    EXPECT_EQ(ErrorOf(path.string()), "") << path;
    ++files;
  }
  EXPECT_GT(files, 12);
}

TEST(ScenarioFileTest, AFileThatIsNotThereIsNamed) {
  EXPECT_THAT(ErrorOf("/nowhere/at/all.yaml"), HasSubstr("/nowhere/at/all.yaml"));
}

}  // namespace
}  // namespace ringside::cli
