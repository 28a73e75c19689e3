// The catalogue of debugging rounds, scenarios/debug/catalogue.yaml: mistakes that real runs were planted
// with, and the figures that prove them. docs/debugging.md is the same for people.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "ringside/v1/debugging.pb.h"
#include "ringside/v1/scenario.pb.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::evaluator {

class DebuggingCatalogue {
 public:
  // `folder` holds catalogue.yaml and the scenarios. Errors as proto::ReadYamlFile; INVALID_ARGUMENT with the
  // entry's name: a name twice, nothing said, an unknown figure, limits that overlap, a reference too many or
  // too few.
  static absl::StatusOr<DebuggingCatalogue> Load(const std::string& folder);

  const v1::DebuggingCatalogue& entries() const { return catalogue_; }

  // The runs of an entry: with the mistake, mended, and the reference that both are compared with.
  // INVALID_ARGUMENT: the two differ in other fields than entry.changed says.
  struct Runs {
    v1::Scenario planted, fixed;
    bool has_reference = false;
    v1::Scenario reference;
  };
  absl::StatusOr<Runs> RunsOf(const v1::DebuggingEntry& entry) const;

 private:
  DebuggingCatalogue(std::string folder, v1::DebuggingCatalogue catalogue)
      : folder_(std::move(folder)), catalogue_(std::move(catalogue)) {}

  std::string folder_;
  v1::DebuggingCatalogue catalogue_;
};

// A proof's figure, of a trace, with the reference's where the figure needs one (null: none). Errors as
// trace/symptoms.h.
absl::StatusOr<double> Measure(const v1::Proof& proof, const v1::Trace& trace, const v1::Trace* reference);

// The entry as docs/debugging.md has it.
std::string ToMarkdown(const v1::DebuggingEntry& entry);

}  // namespace ringside::evaluator
