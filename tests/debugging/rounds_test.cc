// Every debugging round, run for real in threads: what is to prove the mistake is there with it, and not in
// the mended run. Rounds whose proof needs links of their own are simulated.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/status_macros.h"
#include "evaluator/debugging/catalogue.h"
#include "plan/compile.h"
#include "sim/profile.h"
#include "sim/simulate.h"
#include "trace/symptoms.h"
#include "workers/local_cluster.h"

namespace ringside::evaluator {
namespace {

constexpr char kFolder[] = RINGSIDE_SOURCE_DIR "/scenarios/debug";

absl::StatusOr<v1::Trace> RunOrSimulate(const v1::Scenario& scenario, bool simulated) {
  RINGSIDE_ASSIGN_OR_RETURN(const plan::Resolved resolved, plan::Resolve(scenario));
  RINGSIDE_ASSIGN_OR_RETURN(auto programs, plan::Compile(scenario));
  if (!simulated) return workers::RunInThreads(programs);
  sim::SimulateRequest request;
  request.programs = std::move(programs);
  request.profile = sim::UncalibratedLocalCpu(2);
  sim::AddDefaultInterNodeLaw(&request.profile);
  request.cluster = resolved.scenario.cluster();
  request.scenario = resolved.scenario;
  return sim::Simulate(request);
}

class Round : public testing::TestWithParam<int> {};  // index of the entry

TEST_P(Round, IsProvedByItsTraceAndNotByTheMendedOne) {
  const auto catalogue = DebuggingCatalogue::Load(kFolder);
  ASSERT_TRUE(catalogue.ok()) << catalogue.status();
  const v1::DebuggingEntry& entry = catalogue->entries().entries(GetParam());
  const auto runs = catalogue->RunsOf(entry);
  ASSERT_TRUE(runs.ok()) << runs.status();
  const auto planted = RunOrSimulate(runs->planted, entry.simulated());
  ASSERT_TRUE(planted.ok()) << planted.status();
  const auto fixed = RunOrSimulate(runs->fixed, entry.simulated());
  ASSERT_TRUE(fixed.ok()) << fixed.status();
  v1::Trace reference;
  if (runs->has_reference) {
    auto run = RunOrSimulate(runs->reference, entry.simulated());
    ASSERT_TRUE(run.ok()) << run.status();
    reference = *std::move(run);
  }
  for (const v1::Proof& proof : entry.proofs()) {
    const v1::Trace* other = runs->has_reference ? &reference : nullptr;
    const auto with = Measure(proof, *planted, other), without = Measure(proof, *fixed, other);
    ASSERT_TRUE(with.ok()) << with.status();
    ASSERT_TRUE(without.ok()) << without.status();
    fmt::print("| {} | {} | {:.3g} | {:.3g} |\n", entry.name(), proof.figure(), *with, *without);
    EXPECT_GE(*with, proof.at_least()) << proof.figure() << " with the mistake";
    EXPECT_LE(*without, proof.at_most_if_fixed()) << proof.figure() << " mended";
  }
}

// None where the catalogue cannot be read: debugging_catalogue_test says why, and no rounds at all are a
// failure.
int Entries() {
  const auto catalogue = DebuggingCatalogue::Load(kFolder);
  return catalogue.ok() ? catalogue->entries().entries_size() : 0;
}

std::string NameOf(const testing::TestParamInfo<int>& info) {
  const auto catalogue = DebuggingCatalogue::Load(kFolder);
  std::string name = catalogue->entries().entries(info.param).name();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Debugging, Round, testing::Range(0, Entries()), NameOf);

}  // namespace
}  // namespace ringside::evaluator
