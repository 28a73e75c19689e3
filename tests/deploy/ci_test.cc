// The CI action: that its inputs, outputs and flags are declared where they are used.
#include <regex>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/deploy/deploy_files.h"

namespace ringside::deploy {
namespace {

class ActionTest : public ::testing::Test {
 protected:
  YAML::Node action_ = ReadYaml("ci/action.yml").at(0);
};

TEST_F(ActionTest, IsCompositeAndComplete) {
  EXPECT_FALSE(action_["name"].as<std::string>().empty());
  EXPECT_FALSE(action_["description"].as<std::string>().empty());
  EXPECT_EQ(action_["runs"]["using"].as<std::string>(), "composite");
  for (const YAML::Node& step : action_["runs"]["steps"]) {
    EXPECT_NE(static_cast<bool>(step["run"]), static_cast<bool>(step["uses"]));
    if (step["run"]) {
      EXPECT_TRUE(step["shell"]) << "composite steps must name their shell";
    }
  }
  for (const auto& input : action_["inputs"]) {
    EXPECT_TRUE(input.second["description"]) << input.first;
    EXPECT_NE(input.second["required"].as<bool>(), static_cast<bool>(input.second["default"])) << input.first;
  }
}

TEST_F(ActionTest, EveryReferenceIsDeclared) {
  const std::string text = ReadText("ci/action.yml");
  static const std::regex reference("\\$\\{\\{ (inputs|steps)\\.([a-z-]+)");
  int references = 0;
  for (std::sregex_iterator it(text.begin(), text.end(), reference), end; it != end; ++it, ++references) {
    if ((*it)[1] == "inputs") {
      EXPECT_TRUE(action_["inputs"][(*it)[2].str()]) << (*it)[0];
    } else {
      EXPECT_EQ(action_["runs"]["steps"][0]["id"].as<std::string>(), (*it)[2]);
    }
  }
  EXPECT_GE(references, 10);
}

TEST_F(ActionTest, NothingThatAWorkflowPassesIsCode) {
  for (const YAML::Node& step : action_["runs"]["steps"]) {
    if (step["run"]) {
      EXPECT_EQ(step["run"].as<std::string>().find("${{"), std::string::npos);
    }
  }
}

TEST_F(ActionTest, TheScriptUsesVariablesFlagsAndOutputsThatExist) {
  const std::string script = ReadText("ci/report.sh");
  const std::set<std::string> known =
      Flags(OutputOf(std::string(RINGSIDE_BINARY) + " report scaling --help"));
  const std::set<std::string> used = Flags(script);
  EXPECT_GE(used.size(), 6u);
  for (const std::string& flag : used) EXPECT_EQ(known.count(flag), 1u) << flag;
  for (const auto& variable : action_["runs"]["steps"][0]["env"]) {
    EXPECT_NE(script.find(variable.first.as<std::string>()), std::string::npos) << variable.first;
  }
  for (const auto& output : action_["outputs"]) {
    EXPECT_NE(script.find("\"" + output.first.as<std::string>() + "="), std::string::npos) << output.first;
  }
}

}  // namespace
}  // namespace ringside::deploy
