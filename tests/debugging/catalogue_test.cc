// The catalogue of debugging rounds against the files it names, the metrics of their programs, and
// docs/debugging.md. Nothing runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "evaluator/debugging/catalogue.h"
#include "plan/compile.h"
#include "proto/yaml.h"
#include "trace/symptoms.h"

namespace ringside::evaluator {
namespace {

using ::testing::HasSubstr;

constexpr char kFolder[] = RINGSIDE_SOURCE_DIR "/scenarios/debug";
constexpr char kDocument[] = RINGSIDE_SOURCE_DIR "/docs/debugging.md";

DebuggingCatalogue MustLoad() {
  auto catalogue = DebuggingCatalogue::Load(kFolder);
  EXPECT_TRUE(catalogue.ok()) << catalogue.status();
  return *std::move(catalogue);
}

// Words, one blank between them: how lines are broken does not matter.
std::string Words(const std::string& text) {
  std::istringstream in(text);
  std::string words, word;
  while (in >> word) words += word + " ";
  return words;
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Writes a folder with this catalogue and a scenario `a` and its mended run; -> the error of loading it.
std::string ErrorOf(const std::string& entry) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "debugging_catalogue";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "catalogue.yaml") << "entries:\n  - " << entry << "\n";
  std::ofstream(folder / "a.yaml") << "name: a\nmodel: {preset: gpt2-nano}\nrun: {steps: 3}\n";
  std::ofstream(folder / "a-fixed.yaml") << "name: b\nmodel: {preset: gpt2-nano}\nrun: {steps: 4}\n";
  const auto catalogue = DebuggingCatalogue::Load(folder.string());
  if (!catalogue.ok()) return std::string(catalogue.status().message());
  return std::string(catalogue->RunsOf(catalogue->entries().entries(0)).status().message());
}

TEST(DebuggingCatalogue, EveryEntryHasItsScenarios) {
  const DebuggingCatalogue catalogue = MustLoad();
  EXPECT_GE(catalogue.entries().entries_size(), 15);
  std::set<std::string> files = {"catalogue.yaml"};
  for (const v1::DebuggingEntry& entry : catalogue.entries().entries()) {
    const auto runs = catalogue.RunsOf(entry);
    ASSERT_TRUE(runs.ok()) << runs.status();
    EXPECT_EQ(runs->planted.name(), entry.name());
    EXPECT_EQ(runs->fixed.name(), entry.name() + "-fixed");
    files.insert({entry.name() + ".yaml", entry.name() + "-fixed.yaml"});
    if (runs->has_reference) files.insert(entry.reference() + ".yaml");
  }
  for (const auto& file : std::filesystem::directory_iterator(kFolder)) {
    EXPECT_TRUE(files.count(file.path().filename().string()) == 1) << file.path() << " is in no entry";
  }
}

TEST(DebuggingCatalogue, ProgramsHaveTheMetricsThatProveIt) {
  const DebuggingCatalogue catalogue = MustLoad();
  for (const v1::DebuggingEntry& entry : catalogue.entries().entries()) {
    const auto runs = catalogue.RunsOf(entry);
    ASSERT_TRUE(runs.ok()) << runs.status();
    for (const v1::Scenario* scenario : {&runs->planted, &runs->fixed}) {
      const auto programs = plan::Compile(*scenario);
      ASSERT_TRUE(programs.ok()) << scenario->name() << ": " << programs.status();
      for (const v1::Proof& proof : entry.proofs()) {
        const std::string_view metric = trace::FindFigure(proof.figure())->metric;
        bool found = metric.empty();
        for (const plan::Program& program : *programs) {
          for (const plan::Metric& m : program.metrics) found |= m.name.rfind(metric, 0) == 0;
        }
        EXPECT_TRUE(found) << scenario->name() << " has no " << metric << " for " << proof.figure();
      }
    }
  }
}

TEST(DebuggingCatalogue, TheDocumentSaysTheSame) {
  const std::string document = Words(ReadFile(kDocument));
  const DebuggingCatalogue catalogue = MustLoad();
  for (const v1::DebuggingEntry& entry : catalogue.entries().entries()) {
    EXPECT_NE(document.find(Words(ToMarkdown(entry))), std::string::npos)
        << "docs/debugging.md differs from the catalogue in \"" << entry.title() << "\"; it should have\n"
        << ToMarkdown(entry);
  }
}

TEST(DebuggingCatalogue, RefusesWhatProvesNothing) {
  const std::string head = "{name: a, title: t, symptom: s, cause: c, checks: [x], fix: f, ";
  EXPECT_EQ(ErrorOf(head + "changed: [run.steps], proofs: [{figure: loss_spike, at_least: 2}]}"), "");
  EXPECT_THAT(ErrorOf("{name: a}"), HasSubstr("a: title, symptom"));
  EXPECT_THAT(ErrorOf(head + "changed: [run.steps]}"), HasSubstr("nothing proves it"));
  EXPECT_THAT(ErrorOf(head + "changed: [run.steps], proofs: [{figure: luck, at_least: 1}]}"),
              HasSubstr("no figure \"luck\""));
  EXPECT_THAT(ErrorOf(head + "changed: [run.steps], proofs: [{figure: loss_spike}]}"),
              HasSubstr("at_most_if_fixed is not below"));
  EXPECT_THAT(ErrorOf(head + "changed: [run.steps], proofs: [{figure: slowdown, at_least: 2}]}"),
              HasSubstr("needs a reference"));
  EXPECT_THAT(ErrorOf(head + "changed: [run.seed], proofs: [{figure: loss_spike, at_least: 2}]}"),
              HasSubstr("the two runs differ in run.steps"));
}

}  // namespace
}  // namespace ringside::evaluator
