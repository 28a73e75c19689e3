#include "cli/grading.h"

#include <filesystem>
#include <utility>

#include "base/status_macros.h"
#include "cli/output.h"
#include "cli/prediction.h"
#include "evaluator/design/answer.h"
#include "evaluator/design/batch.h"
#include "evaluator/design/grade.h"
#include "evaluator/design/question.h"
#include "evaluator/design/report.h"
#include "evaluator/search_best_plan.h"
#include "nlohmann/json.hpp"
#include "trace/store.h"

namespace ringside::cli {
namespace {

// The answers that could be read, and for each file either its place among them or its error.
struct ReadAnswers {
  std::vector<v1::DesignAnswer> answers;
  std::vector<absl::StatusOr<size_t>> by_file;
};

ReadAnswers Read(const std::vector<std::string>& paths) {
  ReadAnswers read;
  for (const std::string& path : paths) {
    absl::StatusOr<v1::DesignAnswer> answer = evaluator::LoadAnswer(path);
    if (!answer.ok()) {
      read.by_file.push_back(answer.status());
      continue;
    }
    if (!answer->has_candidate()) answer->set_candidate(std::filesystem::path(path).stem().string());
    read.by_file.push_back(read.answers.size());
    read.answers.push_back(*std::move(answer));
  }
  return read;
}

v1::Scorecard CardOfUnread(const v1::DesignQuestion& question, const std::string& path,
                           const absl::Status& error) {
  v1::DesignAnswer nobody;
  nobody.set_candidate(std::filesystem::path(path).stem().string());
  return evaluator::Ungraded(question, nobody, std::string(error.message()));
}

}  // namespace

evaluator::RunOrSimulateOptions RunnerOptions(const std::string& profile, const std::string& trace_dir) {
  evaluator::RunOrSimulateOptions options;
  options.profile_of = [profile](const std::string& device) -> absl::StatusOr<v1::DeviceProfile> {
    RINGSIDE_ASSIGN_OR_RETURN(ChosenProfile chosen, ProfileOfDevice(device, profile));
    return std::move(chosen.profile);
  };
  if (trace_dir.empty()) return options;
  options.keep_trace = [trace_dir](const v1::Trace& trace) -> absl::StatusOr<std::string> {
    const std::string directory = trace_dir + "/" + AsFileName(trace.scenario().name());
    RINGSIDE_RETURN_IF_ERROR(trace::SaveTrace(trace, directory));
    return directory;
  };
  return options;
}

absl::StatusOr<Grading> GradeAnswers(const GradingOptions& options, Cluster& cluster) {
  Grading grading;
  RINGSIDE_ASSIGN_OR_RETURN(grading.question, evaluator::LoadQuestion(options.question));
  const ReadAnswers read = Read(options.answers);
  evaluator::RunOrSimulate runner(&cluster, RunnerOptions(options.profile, options.out + "/traces"));
  evaluator::SearchBestPlan finder(RunnerOptions(options.profile, "").profile_of);
  evaluator::BatchHooks hooks;
  hooks.progress = [&options](const std::string& doing) {
    if (options.progress != nullptr) options.progress->Headline(doing);
  };
  hooks.cancelled = [&options] { return options.interrupt != nullptr && options.interrupt->requested(); };
  std::vector<v1::Scorecard> graded;
  if (!read.answers.empty()) {
    RINGSIDE_ASSIGN_OR_RETURN(graded,
                              evaluator::GradeBatch(grading.question, read.answers, runner, finder, hooks));
  }
  for (size_t i = 0; i < read.by_file.size(); ++i) {
    if (read.by_file[i].ok()) {
      grading.answers.push_back(read.answers[*read.by_file[i]]);
      grading.cards.push_back(graded[*read.by_file[i]]);
    } else {
      grading.answers.emplace_back();
      grading.unread.push_back(read.by_file[i].status());
      grading.cards.push_back(CardOfUnread(grading.question, options.answers[i], grading.unread.back()));
    }
  }
  RINGSIDE_RETURN_IF_ERROR(
      WriteFile(options.out + "/scorecards.json", evaluator::ToJson(grading.cards).dump(2) + "\n"));
  return grading;
}

}  // namespace ringside::cli
