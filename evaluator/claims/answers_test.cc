// The rationales beside the bank's design questions, as the design round checks them: what is so must not be
// called false.
#include <filesystem>
#include <iostream>
#include <set>
#include <string>
#include <vector>

#include "evaluator/claims/testing.h"
#include "evaluator/design/claim_facts.h"
#include "evaluator/design/question.h"
#include "evaluator/design/scenario_of.h"
#include "evaluator/run_or_simulate.h"
#include "ringside/v1/evaluator.pb.h"
#include "sim/profile.h"

namespace ringside::claims {
namespace {

struct Checked {
  std::string question, candidate;
  v1::ClaimReport report;
};

// Every answer of the bank, on the simulated basis; an assumed profile where there is no catalogue's.
std::vector<Checked> CheckBank() {
  const std::filesystem::path bank = std::filesystem::path(RINGSIDE_SOURCE_DIR) / "evaluator/bank/design";
  std::set<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(bank / "answers")) files.insert(entry.path());
  evaluator::RunOrSimulateOptions options;
  options.profile_of = [](const std::string&) { return sim::UncalibratedLocalCpu(4); };
  evaluator::RunOrSimulate runner(nullptr, options);
  std::vector<Checked> checked;
  for (const std::filesystem::path& file : files) {
    const auto question = evaluator::LoadQuestion((bank / file.filename()).string());
    EXPECT_TRUE(question.ok()) << question.status();
    v1::GradeDesignRequest given;
    const absl::Status read = proto::ReadYamlFile(file.string(), &given);
    EXPECT_TRUE(question.ok() && read.ok()) << read;
    if (!question.ok() || !read.ok()) continue;
    for (const v1::DesignAnswer& answer : given.answers()) {
      const auto scenario = evaluator::ScenarioOf(*question, answer.plan());
      if (!scenario.ok()) continue;  // graded by its plan alone
      const auto outcome = runner.Run(*scenario);
      EXPECT_TRUE(outcome.ok()) << outcome.status();
      if (!outcome.ok()) continue;
      checked.push_back(
          {file.stem().string(), answer.candidate(),
           CheckClaims(answer.rationale(), evaluator::FactsOf(*question, *scenario, *outcome))});
    }
  }
  return checked;
}

// "question candidate [words]" of what is called false.
std::set<std::string> Contradicted(bool weak) {
  static const std::vector<Checked> checked = CheckBank();
  std::set<std::string> found;
  int verdicts[4] = {};
  for (const Checked& answer : checked) {
    if ((answer.candidate == "weak") != weak) continue;
    for (const v1::Claim& claim : answer.report.claims()) {
      ++verdicts[claim.verdict()];
      const std::string words = answer.question + " " + answer.candidate + " [" + claim.text() + "]";
      if (claim.verdict() == v1::CLAIM_VERDICT_CONTRADICTED) found.insert(words);
      const char* mark = claim.verdict() == v1::CLAIM_VERDICT_SUPPORTED      ? "+"
                         : claim.verdict() == v1::CLAIM_VERDICT_CONTRADICTED ? "-"
                                                                             : "?";
      std::cout << mark << " " << words << " " << claim.reason() << "\n";
    }
  }
  std::cout << verdicts[v1::CLAIM_VERDICT_SUPPORTED] << " supported, "
            << verdicts[v1::CLAIM_VERDICT_CONTRADICTED] << " contradicted, "
            << verdicts[v1::CLAIM_VERDICT_NOT_CHECKABLE] << " not checkable\n";
  return found;
}

TEST(Answers, WhatIsSoIsNotCalledFalse) {
  // The utilisation that the middling plan reaches is a third.
  EXPECT_EQ(Contradicted(/*weak=*/false),
            std::set<std::string>({"time-to-train-8b-on-256 middling [MFU near one half]"}));
}

TEST(Answers, WhatIsWrongStaysContradicted) {
  EXPECT_EQ(Contradicted(/*weak=*/true),
            std::set<std::string>({"gpt-175b-on-2048-h100 weak [no bubble]",  // 32-way tensor parallelism
                                   "precision-on-8-a100 weak [half]",         // 16 bytes either way
                                   "recompute-13b-on-8-a100 weak [40 GB]",    // are not enough
                                   "split-layers-across-nodes weak [80 GB]"}));
}

}  // namespace
}  // namespace ringside::claims
