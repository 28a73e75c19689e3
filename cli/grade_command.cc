// `ringside grade ANSWER.yaml... --question QUESTION.yaml`: design answers, run and scored, ranked with
// evidence.
#include <filesystem>
#include <string>
#include <vector>

#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/grade_tsv.h"
#include "cli/grading.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "evaluator/design/rank.h"
#include "evaluator/design/report.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace ringside::cli {

namespace {

int GradeDesigns(const GradeOptions& options) {
  const Output output(options.json);
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
  output.Print(evaluator::RankingTable(grading->cards) + "\n");
  for (const evaluator::Ranked& ranked : evaluator::Rank(grading->cards)) {
    output.Print(evaluator::EvidenceListing(grading->cards[ranked.index]) + "\n");
  }
  output.Print(fmt::format(
      "  report      {0}/report.html\n  scorecards  {0}/scorecards.json\n  traces      {0}/traces\n",
      grading_options.out));
  if (absl::Status written = output.WriteJson(evaluator::ToJson(grading->cards)); !written.ok()) {
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

int Grade(const GradeOptions& options) {
  if (!options.question.empty()) return GradeDesigns(options);
  if (IsTsv(options)) return GradeTsv(options);
  if (!options.marked.empty())
    return Fail(absl::InvalidArgumentError("--marked is for tables of short answers, one FILE.tsv"));
  if (options.answers.size() == 1) return GradeCohort(options);
  return Fail(absl::InvalidArgumentError(
      "several files are answers to one design question; name it with --question, or give one cohort"));
}

}  // namespace ringside::cli
