#include "cli/grading.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "base/status_macros.h"
#include "cli/output.h"
#include "cli/prediction.h"
#include "evaluator/bank/bank.h"
#include "evaluator/design/answer.h"
#include "evaluator/design/batch.h"
#include "evaluator/design/fingerprint.h"
#include "evaluator/design/grade.h"
#include "evaluator/design/question.h"
#include "evaluator/design/report.h"
#include "evaluator/search_best_plan.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "trace/store.h"

namespace ringside::cli {
namespace {

// "DIRECTORY/NAME-0123456789abcdef", told apart by the scenario and by what ran it: names of plans are made
// for people, and may be equal where the plans are not.
std::string PlaceOfTrace(const std::string& directory, const v1::Trace& trace) {
  return fmt::format("{}/{}-{}", directory, AsFileName(trace.scenario().name()),
                     evaluator::FingerprintText(trace.scenario().SerializeAsString()));
}

// Makes `place`, or the first of place-2, place-3, ... that is not there yet: nobody else gets the same.
absl::StatusOr<std::string> MakeFresh(const std::string& place) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(place).parent_path(), error);
  for (int i = 1; !error; ++i) {
    std::string fresh = i == 1 ? place : fmt::format("{}-{}", place, i);
    if (std::filesystem::create_directory(fresh, error)) return fresh;
  }
  return absl::PermissionDeniedError(fmt::format("{}: cannot be made: {}", place, error.message()));
}

// For people: what to read by its title, where the bank knows it.
std::vector<v1::Scorecard> WithTitlesOfResources(std::vector<v1::Scorecard> cards) {
  for (v1::Scorecard& card : cards) {
    for (std::string& id : *card.mutable_resources()) {
      const v1::Resource* resource = evaluator::EmbeddedBank().FindResource(id);
      if (resource != nullptr)
        id = fmt::format("{} ({}): {}", resource->title(), resource->by(), resource->url());
    }
  }
  return cards;
}

}  // namespace

evaluator::RunOrSimulateOptions RunnerOptions(const std::string& profile, const std::string& trace_dir,
                                              KeepTraces keep) {
  evaluator::RunOrSimulateOptions options;
  options.profile_of = [profile](const std::string& device) -> absl::StatusOr<v1::DeviceProfile> {
    RINGSIDE_ASSIGN_OR_RETURN(ChosenProfile chosen, ProfileOfDevice(device, profile));
    return std::move(chosen.profile);
  };
  if (trace_dir.empty()) return options;
  options.keep_trace = [trace_dir, keep](const v1::Trace& trace) -> absl::StatusOr<std::string> {
    std::string directory = PlaceOfTrace(trace_dir, trace);
    if (keep == KeepTraces::kAll) {
      RINGSIDE_ASSIGN_OR_RETURN(directory, MakeFresh(directory));
    }
    RINGSIDE_RETURN_IF_ERROR(trace::SaveTrace(trace, directory));
    return directory;
  };
  return options;
}

absl::StatusOr<Grading> GradeAnswers(const GradingOptions& options, Cluster& cluster) {
  Grading grading;
  RINGSIDE_ASSIGN_OR_RETURN(grading.question, evaluator::LoadQuestion(options.question));
  std::vector<v1::DesignAnswer> readable;
  std::vector<absl::Status> read;  // by answer
  for (const std::string& path : options.answers) {
    for (evaluator::ReadAnswer& one : evaluator::LoadAnswers(grading.question, path)) {
      if (one.status.ok()) readable.push_back(one.answer);
      grading.answers.push_back(std::move(one.answer));
      read.push_back(std::move(one.status));
    }
  }
  evaluator::RunOrSimulate runner(
      &cluster, RunnerOptions(options.profile, options.out + "/traces", KeepTraces::kLatest));
  evaluator::SearchBestPlan finder(RunnerOptions(options.profile, "").profile_of);
  evaluator::BatchHooks hooks;
  hooks.progress = [&options](const std::string& doing) {
    if (options.progress != nullptr) options.progress->Headline(doing);
  };
  hooks.cancelled = [&options] { return options.interrupt != nullptr && options.interrupt->requested(); };
  std::vector<v1::Scorecard> graded;
  if (!readable.empty()) {
    auto cards = evaluator::GradeBatch(grading.question, readable, runner, finder, hooks);
    if (absl::IsCancelled(cards.status()) && hooks.cancelled()) return absl::CancelledError("interrupted");
    RINGSIDE_ASSIGN_OR_RETURN(graded, std::move(cards));
  }
  for (size_t i = 0, next = 0; i < read.size(); ++i) {
    if (read[i].ok()) {
      grading.cards.push_back(std::move(graded[next++]));
      continue;
    }
    grading.unread.push_back(read[i]);
    grading.cards.push_back(
        evaluator::Ungraded(grading.question, grading.answers[i], std::string(read[i].message())));
  }
  RINGSIDE_RETURN_IF_ERROR(
      WriteFile(options.out + "/scorecards.json", evaluator::ToJson(grading.cards).dump(2) + "\n"));
  RINGSIDE_RETURN_IF_ERROR(
      WriteFile(options.out + "/report.html",
                evaluator::DesignReportHtml(grading.question, WithTitlesOfResources(grading.cards))));
  return grading;
}

}  // namespace ringside::cli
