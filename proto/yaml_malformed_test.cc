// A corpus of files that must be refused, each with the place and the reason that a person needs.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "google/protobuf/struct.pb.h"
#include "proto/yaml.h"
#include "ringside/v1/design.pb.h"
#include "ringside/v1/scenario.pb.h"

namespace ringside::proto {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Malformed {
  std::string text;
  std::string error;  // its begin, after "s.yaml:"
};

void PrintTo(const Malformed& malformed, std::ostream* out) {
  *out << malformed.text.substr(0, 80);
}

class MalformedYaml : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedYaml, IsRefusedWithPlaceAndReason) {
  v1::Scenario scenario;
  const absl::Status status = ParseYaml(GetParam().text, "s.yaml", &scenario);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  const std::string message(status.message());
  EXPECT_THAT(message, StartsWith("s.yaml:" + GetParam().error));
  EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 0) << message;
}

INSTANTIATE_TEST_SUITE_P(
    Types, MalformedYaml,
    testing::Values(
        Malformed{"plan:\n  tp: four\n", R"(2:7: plan.tp: expected a whole number, got "four")"},
        Malformed{"plan: {tp: \"4\"}", R"(1:12: plan.tp: expected a whole number, got the quoted text "4")"},
        Malformed{"plan: {tp: 4.0}", "1:12: plan.tp: expected a whole number, got 4.0"},
        Malformed{"plan: {tp: 1e3}", "1:12: plan.tp: expected a whole number, got 1e3"},
        Malformed{"plan: {tp: 4x}", "1:12: plan.tp: expected a whole number, got 4x"},
        Malformed{"plan: {tp: -}", "1:"},
        Malformed{"plan: {tp: 0x}", "1:12: plan.tp: expected a whole number, got 0x"},
        Malformed{"plan: {tp: 010}", "1:12: plan.tp: expected a whole number without leading zeros, got 010"},
        Malformed{"plan: {tp: true}", R"(1:12: plan.tp: expected a whole number, got "true")"},
        Malformed{"plan: {tp: [4]}", "1:12: plan.tp: expected a whole number, got a list"},
        Malformed{"plan: {tp: {}}", "1:12: plan.tp: expected a whole number, got a map"},
        Malformed{"plan: {tp: 2147483648}",
                  "1:12: plan.tp: expected a whole number from -2147483648 to 2147483647, got 2147483648"},
        Malformed{"plan: {tp: -2147483649}",
                  "1:12: plan.tp: expected a whole number from -2147483648 to 2147483647, got -2147483649"},
        Malformed{"plan: {tp: 99999999999999999999999}",
                  "1:12: plan.tp: expected a whole number from -2147483648"},
        Malformed{"run: {seed: -1}",
                  "1:13: run.seed: expected a whole number from 0 to 18446744073709551615, got -1"},
        Malformed{"run: {seed: 18446744073709551616}", "1:13: run.seed: expected a whole number from 0 to"},
        Malformed{"plan: {bucket_mib: big}", R"(1:20: plan.bucket_mib: expected a number, got "big")"},
        Malformed{"plan: {bucket_mib: nine}", R"(1:20: plan.bucket_mib: expected a number, got "nine")"},
        Malformed{"plan: {bucket_mib: '4'}",
                  R"(1:20: plan.bucket_mib: expected a number, got the quoted text "4")"},
        Malformed{"plan: {bucket_mib: .nan}", "1:20: plan.bucket_mib: expected a finite number, got .nan"},
        Malformed{"plan: {bucket_mib: inf}", R"(1:20: plan.bucket_mib: expected a finite number, got "inf")"},
        Malformed{"plan: {bucket_mib: -.inf}", "1:20: plan.bucket_mib: expected a finite number, got -.inf"},
        Malformed{"plan: {bucket_mib: 1e999}", "1:20: plan.bucket_mib: expected a finite number, got 1e999"},
        Malformed{"run: {keep_weights: yes}", R"(1:21: run.keep_weights: expected true or false, got "yes")"},
        Malformed{"plan: {precision: fp23}",
                  R"(1:19: plan.precision: unknown value "fp23"; did you mean fp32?)"},
        Malformed{"plan: {precision: int4}",
                  R"(1:19: plan.precision: unknown value "int4"; known values: fp32, fp64)"},
        Malformed{"plan: {precision: unspecified}", "1:19: plan.precision: unknown value"},
        Malformed{"plan: {overlap: grad_reduce}",
                  R"(1:17: plan.overlap: expected a list, got "grad_reduce"; write [grad_reduce])"},
        Malformed{"plan: {overlap: [grad_reduce, x]}", R"(1:31: plan.overlap[1]: unknown value "x")"},
        Malformed{"plan: [dp, 4]", "1:7: plan: expected a map, got a list"},
        Malformed{"plan: dp4", R"(1:7: plan: expected a map, got "dp4")"},
        Malformed{"faults: {slow_link: {node: 1}}", "1:9: faults: expected a list, got a map"},
        Malformed{"faults:\n- slow_link\n", R"(2:3: faults[0]: expected a map, got "slow_link")"},
        Malformed{"faults:\n-\n", "3:1: faults[0]: expected a map, got nothing"},
        Malformed{"name: [a]", "1:7: name: expected text, got a list"},
        Malformed{"plan:\n  dp:\n", "2:3: plan.dp: expected a whole number, got nothing"},
        Malformed{"plan:\nname: x\n", "1:1: plan: expected a map, got nothing"},
        Malformed{"name: ~\n", "1:1: name: expected text, got nothing"}));

INSTANTIATE_TEST_SUITE_P(
    Keys, MalformedYaml,
    testing::Values(
        Malformed{"plan:\n  dp: 2\n  microbatch: 2\n",
                  "3:3: plan.microbatch: unknown key; did you mean micro_batch?"},
        Malformed{"plan: {dpp: 2}", "1:8: plan.dpp: unknown key; did you mean dp?"},
        Malformed{"plan: {frobnicate: 2}",
                  "1:8: plan.frobnicate: unknown key; known keys: dp, tp, pp, zero, "},
        Malformed{"tp: 2", "1:1: tp: unknown key; known keys: name, model, plan"},
        Malformed{"faults:\n- slow_lnk: {}\n",
                  "2:3: faults[0].slow_lnk: unknown key; did you mean slow_link?"},
        Malformed{"<<: {name: a}", "1:1: <<: unknown key"},
        Malformed{"plan:\n  dp: 2\n  tp: 1\n  dp: 4\n",
                  "4:3: plan: duplicate key dp; it stands in line 2, too"},
        Malformed{"plan: {micro_batch: 2, microBatch: 2}",
                  "1:24: plan.micro_batch: duplicate key; micro_batch and microBatch are the same field"},
        Malformed{"faults: []\nfaults: []\n", "2:1: duplicate key faults"},
        Malformed{"faults:\n- slow_link: {node: 1}\n  kill_rank: {rank: 1}\n",
                  "3:3: faults[0].kill_rank: slow_link is given already, and only one of them can be"},
        Malformed{"[a, b]: 1", "1:"}, Malformed{"? {a: 1}\n: 2\n", "1:"}));

INSTANTIATE_TEST_SUITE_P(
    Documents, MalformedYaml,
    testing::Values(Malformed{"", "1:1: the file is empty"},
                    Malformed{"# nothing\n\n", "1:1: the file is empty"},
                    Malformed{"---\n", "1:1: the file is empty"}, Malformed{"~", "1:1: the file is empty"},
                    Malformed{"- a\n- b\n", "1:1: expected a map of keys and values at the top level"},
                    Malformed{"just text", "1:1: expected a map of keys and values at the top level"},
                    Malformed{"name: a\n---\nname: b\n",
                              "3:1: a second document begins here; one file holds one"},
                    Malformed{"name: a\n...\n---\n", "4:1: a second document begins here"},
                    Malformed{"name: !!str a\n", "1:7: name: tags are not supported: "},
                    Malformed{"plan: !plan {dp: 1}\n", "1:7: plan: tags are not supported: !plan"}));

INSTANTIATE_TEST_SUITE_P(
    Syntax, MalformedYaml,
    testing::Values(
        Malformed{"plan:\n\tdp: 2\n", "2:4: this line is indented with a tab; YAML takes spaces only"},
        Malformed{"plan: {dp: 2\n", "2:1: not valid YAML: "}, Malformed{"plan: [1, 2\nname: x\n", "2:"},
        Malformed{"name: \"open\n", "2:1: a quoted text is not closed before the end"},
        Malformed{"a: b: c\n", "1:5: not valid YAML: "}, Malformed{"plan:\n  dp: 2\n tp: 1\n", "3:"},
        Malformed{"name: *nobody\n", "1:"}, Malformed{"name: @at\n", "1:7: not valid YAML: "},
        Malformed{"name: \"\\q\"\n", "1:"},
        Malformed{"plan: &p {dp: 2, links: *p}\n", "1:25: plan.links: this alias stands inside of what it"},
        Malformed{"}", "1:"}, Malformed{"plan: {dp: 4 tp: 2}", "1:"}, Malformed{"plan: {dp: 4]", "1:"},
        Malformed{"name: \"a\" b\n", "1:"}, Malformed{"plan: {dp: 4} x\n", "1:"},
        Malformed{"name:a\n", "1:1:"}, Malformed{"plan: {dp:4}", "1:"},
        Malformed{"name: 'a\nplan: {dp: 4}\n", "3:1: a quoted text"},
        Malformed{"%YAML 9.0\n---\nname: a\n", "1:"},
        Malformed{"%TAG ! tag:x,2000:\n%TAG ! tag:y,2000:\n---\nname: a\n", "2:"}));

INSTANTIATE_TEST_SUITE_P(
    Encoding, MalformedYaml,
    testing::Values(Malformed{"name: a\nmodel: {preset: \xFF}\n", "2:17: byte 0xFF is not UTF-8"},
                    Malformed{"name: \xC0\xAF\n", "1:7: byte 0xC0 is not UTF-8"},          // overlong
                    Malformed{"name: \xE0\x80\xAF\n", "1:7: byte 0xE0 is not UTF-8"},      // overlong
                    Malformed{"name: \xED\xA0\x80\n", "1:7: byte 0xED is not UTF-8"},      // surrogate
                    Malformed{"name: \xF4\x90\x80\x80\n", "1:7: byte 0xF4 is not UTF-8"},  // above U+10FFFF
                    Malformed{"name: \xC3", "1:7: byte 0xC3 is not UTF-8"},                // cut off
                    Malformed{std::string("n\0a\0m\0", 6),
                              "1:2: control character 0x00; is this a text file?"},
                    Malformed{"\xFF\xFEn", "1:1: byte 0xFF is not UTF-8"},  // UTF-16
                    Malformed{"name: a\x1B[31m\n", "1:8: control character 0x1B"}));

std::string Repeat(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

// Nine levels of nine aliases would be 9^9 values.
std::string AliasBomb() {
  std::string text = "l0: &l0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    text += fmt::format("l{0}: &l{0} [{1}]\n", i, Repeat(fmt::format("*l{}, ", i - 1), 9));
  }
  return text;
}

INSTANTIATE_TEST_SUITE_P(
    Limits, MalformedYaml,
    testing::Values(
        Malformed{AliasBomb(), "6:"}, Malformed{"plan: " + Repeat("[", 70) + Repeat("]", 70), "1:"},
        Malformed{"plan: " + Repeat("{a: ", 70) + Repeat("}", 70), "1:"},
        Malformed{Repeat("[", 100000), "1:"}, Malformed{Repeat("- ", 100000), "1:"},
        Malformed{Repeat("? ", 10000), "1:"}, Malformed{Repeat("{", 100000), "1:"},
        Malformed{"plan: [" + Repeat("1,", 250000) + "]", "1:"},
        Malformed{"name: " + std::string(kMaxYamlBytes, 'a'), "1:1: 1048582 bytes; at most 1048576 are read"},
        Malformed{
            "plan: {tp: " + std::string(1000, 'x') + "}",
            R"(1:12: plan.tp: expected a whole number, got "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...")"},
        Malformed{"plan: {" + std::string(1000, 'x') + ": 1}", "1:8: plan.xxxx"}));

TEST(ParseYaml, SaysWhatALimitWas) {
  v1::Scenario scenario;
  EXPECT_THAT(std::string(ParseYaml(AliasBomb(), "s.yaml", &scenario).message()),
              HasSubstr("more than 200000 values"));
  EXPECT_THAT(std::string(ParseYaml("plan: " + Repeat("[", 70), "s.yaml", &scenario).message()),
              HasSubstr("nested deeper than 64 levels"));
}

TEST(ParseYaml, RefusesABadMapKey) {
  google::protobuf::Struct message;
  EXPECT_THAT(
      std::string(
          ParseYaml("fields: {a: {number_value: 1, bool_value: true}}", "m.yaml", &message).message()),
      StartsWith("m.yaml:1:31: fields.a.bool_value: number_value is given already"));
  EXPECT_THAT(std::string(ParseYaml("fields: [a]", "m.yaml", &message).message()),
              StartsWith("m.yaml:1:9: fields: expected a map, got a list"));
}

// Every prefix and every one-byte change of a good file is read or refused, never anything else.
TEST(ParseYaml, SurvivesEverySmallDamage) {
  const std::string good =
      "name: a\nplan: {dp: 4, overlap: [grad_reduce]}\nrun:\n  seed: 7\n  optimizer: &o {lr: 0.1}\nfaults:\n"
      "- slow_link: {node: 2, gbps: 0.1}\n- kill_rank:\n    rank: 1\n";
  v1::Scenario scenario;
  int refused = 0;
  for (size_t i = 0; i < good.size(); ++i) {
    refused += ParseYaml(good.substr(0, i), "s.yaml", &scenario).ok() ? 0 : 1;
    for (const char c : std::string("\0\t\n {}[]:&*!'\"#-,x9\xC3", 20)) {
      std::string bad = good;
      bad[i] = c;
      refused += ParseYaml(bad, "s.yaml", &scenario).ok() ? 0 : 1;
    }
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace ringside::proto
