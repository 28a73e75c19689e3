#include "proto/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "google/protobuf/struct.pb.h"
#include "ringside/v1/design.pb.h"
#include "ringside/v1/scenario.pb.h"

namespace ringside::proto {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kScenario = R"(# one slow link
name: dp4-one-slow-link
model: {preset: gpt2-tiny}
plan: {dp: 4, zero: 1, micro_batch: 2, microBatches: 4, precision: fp32, bucket_mib: 4, overlap: [grad_reduce],
       schedule: 1f1b}
cluster: {nodes: 4, devices_per_node: 1, device: local-cpu, links: {inter_node: {gbps: 1.0}}}
run: {steps: 20, warmup: 3, seed: 18446744073709551615, data: synthetic, keep_weights: true}
faults:
  - slow_link: {node: 2, gbps: 0.1}
  - kill_rank:
      rank: 1
      step: 3
)";

TEST(ParseYaml, ReadsEveryKindOfField) {
  v1::Scenario scenario;
  ASSERT_TRUE(ParseYaml(kScenario, "s.yaml", &scenario).ok()) << ParseYaml(kScenario, "s.yaml", &scenario);
  EXPECT_EQ(scenario.name(), "dp4-one-slow-link");
  EXPECT_EQ(scenario.model().preset(), "gpt2-tiny");
  EXPECT_FALSE(scenario.model().has_layers());
  EXPECT_EQ(scenario.plan().dp(), 4);
  EXPECT_EQ(scenario.plan().micro_batches(), 4);
  EXPECT_EQ(scenario.plan().precision(), v1::PRECISION_FP32);
  EXPECT_EQ(scenario.plan().schedule(), v1::SCHEDULE_1F1B);
  EXPECT_EQ(scenario.plan().bucket_mib(), 4.0);
  ASSERT_EQ(scenario.plan().overlap_size(), 1);
  EXPECT_EQ(scenario.plan().overlap(0), v1::OVERLAP_GRAD_REDUCE);
  EXPECT_EQ(scenario.cluster().links().inter_node().gbps(), 1.0);
  EXPECT_EQ(scenario.run().seed(), 18446744073709551615u);
  EXPECT_EQ(scenario.run().data(), v1::DATA_SYNTHETIC);
  EXPECT_TRUE(scenario.run().keep_weights());
  ASSERT_EQ(scenario.faults_size(), 2);
  EXPECT_EQ(scenario.faults(0).slow_link().gbps(), 0.1);
  EXPECT_EQ(scenario.faults(1).kill_rank().step(), 3);
}

TEST(ParseYaml, ReplacesWhatWasThere) {
  v1::Scenario scenario;
  scenario.mutable_plan()->set_dp(7);
  ASSERT_TRUE(ParseYaml("name: a", "s.yaml", &scenario).ok());
  EXPECT_FALSE(scenario.has_plan());
}

TEST(ParseYaml, AnEmptyMapIsAnEmptyMessageAndAnEmptyListIsNone) {
  v1::Scenario scenario;
  ASSERT_TRUE(ParseYaml("plan: {}\nfaults: []\n", "s.yaml", &scenario).ok());
  EXPECT_TRUE(scenario.has_plan());
  EXPECT_EQ(scenario.faults_size(), 0);
}

TEST(ParseYaml, ReadsNumbersInEveryNotation) {
  v1::Scenario scenario;
  ASSERT_TRUE(
      ParseYaml("run: {steps: 0x10, seed: +5, optimizer: {lr: 1e-3, eps: 1.e-8, beta1: +0.5, beta2: 1}}\n"
                "plan: {dp: -2147483648}",
                "s.yaml", &scenario)
          .ok());
  EXPECT_EQ(scenario.run().steps(), 16);
  EXPECT_EQ(scenario.run().seed(), 5u);
  EXPECT_EQ(scenario.run().optimizer().lr(), 1e-3);
  EXPECT_EQ(scenario.run().optimizer().eps(), 1e-8);
  EXPECT_EQ(scenario.run().optimizer().beta1(), 0.5);
  EXPECT_EQ(scenario.run().optimizer().beta2(), 1.0);
  EXPECT_EQ(scenario.plan().dp(), -2147483648);
}

TEST(ParseYaml, ReadsTextInEveryNotation) {
  v1::DesignAnswer answer;
  ASSERT_TRUE(
      ParseYaml("question: '007'\ncandidate: 4\nrationale: |\n  Zwei Zeilen,\n  größer: \"als\" eine.\n",
                "a.yaml", &answer)
          .ok());
  EXPECT_EQ(answer.question(), "007");
  EXPECT_EQ(answer.candidate(), "4");
  EXPECT_EQ(answer.rationale(), "Zwei Zeilen,\ngrößer: \"als\" eine.\n");
}

TEST(ParseYaml, ReadsMapsAndOneofs) {
  google::protobuf::Struct message;  // fields: map<string, Value>; Value: a oneof
  const absl::Status status = ParseYaml(
      "fields:\n  a: {number_value: 1.5}\n  b: {listValue: {values: [{boolValue: true}, {string_value: "
      "x}]}}\n",
      "m.yaml", &message);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(message.fields().at("a").number_value(), 1.5);
  EXPECT_EQ(message.fields().at("b").list_value().values(1).string_value(), "x");
}

TEST(ParseYaml, AnAliasRepeatsItsTarget) {
  v1::Scenario scenario;
  ASSERT_TRUE(
      ParseYaml("faults:\n- slow_link: &link {node: 2, gbps: 0.1}\n- slow_link: *link\n", "s.yaml", &scenario)
          .ok());
  EXPECT_EQ(scenario.faults(1).slow_link().gbps(), 0.1);
}

TEST(ParseYaml, ToleratesByteOrderMarkAndDosLineEnds) {
  v1::Scenario scenario;
  ASSERT_TRUE(ParseYaml("\xEF\xBB\xBFname: a\r\nplan: {dp: 2}\r\n", "s.yaml", &scenario).ok());
  EXPECT_EQ(scenario.name(), "a");
  EXPECT_EQ(scenario.plan().dp(), 2);
}

TEST(ReadYamlFile, NamesFileAndReason) {
  v1::Scenario scenario;
  const absl::Status missing = ReadYamlFile("/nonexistent/s.yaml", &scenario);
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(missing.message()), HasSubstr("/nonexistent/s.yaml"));
  EXPECT_THAT(std::string(missing.message()), HasSubstr("No such file or directory"));
  EXPECT_THAT(std::string(ReadYamlFile("/", &scenario).message()), HasSubstr("Is a directory"));
}

TEST(ReadYamlFile, ReadsAndStopsAtTheSizeLimit) {
  const std::string path = std::filesystem::path(testing::TempDir()) / "ringside_yaml_test.yaml";
  v1::Scenario scenario;
  std::ofstream(path) << "name: from-file\n";
  ASSERT_TRUE(ReadYamlFile(path, &scenario).ok());
  EXPECT_EQ(scenario.name(), "from-file");
  std::ofstream(path) << std::string(kMaxYamlBytes + 1, ' ');
  EXPECT_THAT(std::string(ReadYamlFile(path, &scenario).message()), HasSubstr("more than 1048576 bytes"));
  std::filesystem::remove(path);
}

TEST(LineOfField, FindsFieldsAndFallsBackToTheNearestParent) {
  EXPECT_EQ(*LineOfField(kScenario, "name"), 2);
  EXPECT_EQ(*LineOfField(kScenario, "plan.tp"), 4);  // not there: the line of plan
  EXPECT_EQ(*LineOfField(kScenario, "plan.schedule"), 5);
  EXPECT_EQ(*LineOfField(kScenario, "plan.micro_batches"), 4);  // written microBatches
  EXPECT_EQ(*LineOfField(kScenario, "faults[1].kill_rank.step"), 12);
  EXPECT_EQ(*LineOfField(kScenario, "faults[1].hang_rank.step"), 10);
  EXPECT_EQ(*LineOfField(kScenario, "faults[9]"), 8);
  EXPECT_EQ(*LineOfField(kScenario, "nothing.of.that"), 2);
  EXPECT_EQ(*LineOfField(kScenario, ""), 2);
  EXPECT_FALSE(LineOfField("a: [", "a").ok());
}

TEST(LocateError, PutsFileAndLineBeforeAFieldPath) {
  const absl::Status error = absl::InvalidArgumentError("faults[0].slow_link.node: 7 is not below 4");
  const absl::Status located = LocateError(error, kScenario, "s.yaml");
  EXPECT_EQ(located.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(located.message(), "s.yaml:9: faults[0].slow_link.node: 7 is not below 4");
}

TEST(LocateError, LeavesOtherErrorsWithTheFileOnly) {
  EXPECT_EQ(LocateError(absl::InternalError("no such luck"), kScenario, "s.yaml").message(),
            "s.yaml: no such luck");
  EXPECT_EQ(LocateError(absl::InternalError("no such luck: bad"), kScenario, "s.yaml").message(),
            "s.yaml: no such luck: bad");
  EXPECT_TRUE(LocateError(absl::OkStatus(), kScenario, "s.yaml").ok());
}

}  // namespace
}  // namespace ringside::proto
