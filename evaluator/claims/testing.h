// Scenarios and tables of testdata/ for tests.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "evaluator/claims/check.h"
#include "plan/compile.h"
#include "proto/yaml.h"

namespace ringside::claims {

inline std::string DataPath(std::string_view name) {
  return std::string(RINGSIDE_SOURCE_DIR) + "/evaluator/claims/testdata/" + std::string(name);
}

// Cells of the lines that are no comments.
inline std::vector<std::vector<std::string>> ReadTsv(std::string_view name) {
  std::ifstream file(DataPath(name));
  EXPECT_TRUE(file.good()) << DataPath(name);
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    rows.push_back(absl::StrSplit(line, '\t'));
  }
  return rows;
}

inline plan::Resolved ResolvedOf(const std::string& scenario) {
  v1::Scenario message;
  const absl::Status status = proto::ReadYamlFile(DataPath(scenario + ".yaml"), &message);
  EXPECT_TRUE(status.ok()) << status;
  absl::StatusOr<plan::Resolved> resolved = plan::Resolve(message);
  EXPECT_TRUE(resolved.ok()) << scenario << ": " << resolved.status();
  return *std::move(resolved);
}

// Of the two kinds of clusters in testdata, by their data sheets.
inline Hardware TestHardwareOf(const plan::Resolved& resolved) {
  Hardware hardware;
  const std::string& device = resolved.scenario.cluster().device();
  if (device == "H100") {
    hardware = {450e9, 50e9, 989.4e12, 3352e9, 79.1 * (1 << 30), 80e9, 0, "data sheet of the H100"};
  } else if (device == "A100") {
    hardware = {300e9, 25e9, 312e12, 2039e9, 79.2 * (1 << 30), 80e9, 0, "data sheet of the A100"};
  }
  if (resolved.scenario.cluster().has_memory_mib()) {
    hardware.memory_bytes = resolved.scenario.cluster().memory_mib() * (1 << 20);
  }
  return hardware;
}

inline Facts FactsOfTest(const std::string& scenario) {
  const plan::Resolved resolved = ResolvedOf(scenario);
  Facts facts(claims::ShapeOf(resolved), TestHardwareOf(resolved));
  const std::map<std::string, Axis> axes = {{"", Axis::kNone}, {"compute", Axis::kCompute},
                                            {"dp", Axis::kDp}, {"tp", Axis::kTp},
                                            {"pp", Axis::kPp}, {"bubble", Axis::kBubble}};
  for (const std::vector<std::string>& row : ReadTsv("measured.tsv")) {
    if (row[0] != scenario) continue;
    Fact fact;
    const bool rate = row[1] == "tokens_per_s";
    fact.quantity = rate ? Quantity::kTokenRate : Quantity::kShare;
    fact.axis = axes.at(row[2]);
    fact.scope = rate ? Scope::kTotal : Scope::kStep;
    fact.unit = rate ? Unit::kTokensPerSecond : Unit::kRatio;
    EXPECT_TRUE(absl::SimpleAtod(row[3], &fact.value) && absl::SimpleAtod(row[4], &fact.error));
    fact.origin = row[5] == "measured" ? v1::ORIGIN_MEASURED : v1::ORIGIN_SIMULATED;
    fact.where = "trace of " + scenario;
    facts.Add(fact);
  }
  return facts;
}

}  // namespace ringside::claims
