#include "evaluator/design/run_key.h"

#include "evaluator/design/fingerprint.h"
#include "evaluator/design/plan_defaults.h"
#include "fmt/format.h"
#include "plan/compile.h"
#include "plan/program_proto.h"

namespace ringside::evaluator {

// There are no maps in these messages: equal messages give equal bytes.
std::string RunKey(const v1::Scenario& scenario) {
  if (IsOnCatalogue(scenario.cluster())) {  // never run: no noise to decide, and too many ranks to compile
    v1::Scenario unnamed = scenario;
    unnamed.clear_name();
    return unnamed.SerializeAsString();
  }
  const absl::StatusOr<std::vector<plan::Program>> programs = plan::Compile(scenario);
  if (!programs.ok()) return scenario.SerializeAsString();
  v1::Scenario around = scenario;
  around.clear_name();
  around.clear_plan();
  uint64_t fingerprint = kFingerprintSeed;
  size_t size = 0;
  for (const plan::Program& program : *programs) {
    const std::string bytes = plan::ToProto(program).SerializeAsString();
    fingerprint = Fingerprint(bytes, fingerprint);
    size += bytes.size();
  }
  return fmt::format("{:016x} {} {}", fingerprint, size, around.SerializeAsString());
}

}  // namespace ringside::evaluator
