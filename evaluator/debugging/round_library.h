// Everything there is of the debugging rounds, compiled in: the catalogue, the words that a round is judged
// by, the runs that were recorded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ringside/v1/bank.pb.h"
#include "ringside/v1/debugging.pb.h"
#include "ringside/v1/scenario.pb.h"

namespace ringside::evaluator {

struct RoundData {
  v1::DebuggingEntry entry;
  v1::DebuggingRoundSpec spec;
  v1::RecordedRound recorded;
  v1::Scenario planted;  // as the file has it: with its name and the planted defect
  // Cause and fix as a question of the bank ("debug/NAME"), for the text grader.
  v1::TheoryQuestion question;
};

class RoundLibrary {
 public:
  // The rounds that were compiled in. INVALID_ARGUMENT, with the name: a round without spec or record, a spec
  // whose path names no evidence, a record that lacks a run which the entry needs.
  static absl::StatusOr<RoundLibrary> Embedded();

  const std::vector<RoundData>& rounds() const { return rounds_; }  // in the order of the catalogue
  const RoundData* Find(std::string_view name) const;               // null: no such round

 private:
  std::vector<RoundData> rounds_;
};

// The settings of a run as a candidate may see them: YAML without the name and what was planted.
std::string SettingsText(const v1::Scenario& scenario);

}  // namespace ringside::evaluator
