// `ringside grade ANSWER.yaml... --question QUESTION.yaml`: design answers, run and scored, ranked with
// evidence.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/grading.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "evaluator/design/rank.h"
#include "evaluator/design/report.h"
#include "fmt/format.h"

namespace ringside::cli {
namespace {

struct Options {
  std::string question, out, coordinator, profile;
  std::vector<std::string> answers;
  Output output;
};

int Grade(const Options& options) {
  Progress progress;
  Interrupt interrupt;
  auto cluster = Cluster::Open({options.coordinator, &progress, &interrupt});
  if (!cluster.ok()) return Fail(cluster.status());
  GradingOptions grading_options{options.question, options.answers, options.out,
                                 options.profile,  &progress,       &interrupt};
  if (grading_options.out.empty()) {
    grading_options.out = "out/grade-" + AsFileName(std::filesystem::path(options.question).stem().string());
  }
  const auto grading = GradeAnswers(grading_options, **cluster);
  progress.Clear();
  if (!grading.ok()) return Fail(grading.status());
  options.output.Print(evaluator::RankingTable(grading->cards) + "\n");
  for (const evaluator::Ranked& ranked : evaluator::Rank(grading->cards)) {
    options.output.Print(evaluator::EvidenceListing(grading->cards[ranked.index]) + "\n");
  }
  options.output.Print(
      fmt::format("  scorecards  {0}/scorecards.json\n  traces      {0}/traces\n", grading_options.out));
  if (absl::Status written = options.output.WriteJson(evaluator::ToJson(grading->cards)); !written.ok()) {
    return Fail(written);
  }
  int exit_code = kExitOk;
  for (const v1::Scorecard& card : grading->cards) {
    if (!card.error().empty()) exit_code = kExitFailed;
  }
  for (const absl::Status& unread : grading->unread) exit_code = Fail(unread);
  return exit_code;
}

}  // namespace

void AddGradeCommand(CLI::App& app, Action* action) {
  CLI::App* command = app.add_subcommand(
      "grade",
      "Run the plans of design answers and score them against what was measured (exit 1: one could not be)");
  const auto options = std::make_shared<Options>();
  command->add_option("answers", options->answers, "Answer files")->required()->type_name("ANSWER.yaml");
  command->add_option("--question", options->question, "The question that they answer")
      ->required()
      ->type_name("QUESTION.yaml");
  command->add_option("--out", options->out, "Scorecards and traces (default: out/grade-QUESTION)")
      ->type_name("DIR");
  command
      ->add_option("--coordinator", options->coordinator, "Run on this coordinator (default: one of its own)")
      ->type_name("ADDR");
  command->add_option("--profile", options->profile, "Device profile for what is simulated")
      ->type_name("FILE");
  options->output.AddFlag(command);
  command->callback([=] { *action = [options] { return Grade(*options); }; });
}

}  // namespace ringside::cli
