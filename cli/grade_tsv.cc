#include "cli/grade_tsv.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>

#include "cli/output.h"
#include "evaluator/theory/grade_table.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace ringside::cli {
namespace {

nlohmann::json ToJson(const theory::TableSummary& summary) {
  nlohmann::json questions = nlohmann::json::array();
  for (const auto& [id, question] : summary.questions) {
    const double graded = static_cast<double>(question.answers - question.errors);
    questions.push_back({{"question", id},
                         {"answers", question.answers},
                         {"errors", question.errors},
                         {"mean_score", question.score_sum / static_cast<double>(question.answers)},
                         {"mean_confidence", graded > 0 ? question.confidence_sum / graded : 0}});
  }
  return {{"rows", summary.rows},
          {"errors", summary.errors},
          {"marks", summary.marks},
          {"weights_refitted", summary.weights_refitted},
          {"scale_refitted", summary.scale_refitted},
          {"questions", questions}};
}

// Into a file beside, which becomes `path` when it is whole.
absl::StatusOr<theory::TableSummary> GradeIntoFile(const GradeOptions& options, const std::string& path,
                                                   const std::function<void(const absl::Status&)>& report) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  const std::string part = path + ".part";
  std::ofstream out(part, std::ios::binary | std::ios::trunc);
  if (!out) return absl::PermissionDeniedError(fmt::format("{}: cannot be written", part));
  auto summary = theory::GradeTable(options.answers[0], options.marked, &out, report);
  out.close();
  if (summary.ok() && out.good()) {
    std::filesystem::rename(part, path, error);
    if (!error) return summary;
    summary = absl::PermissionDeniedError(fmt::format("{}: {}", path, error.message()));
  }
  std::filesystem::remove(part, error);
  return summary.ok() ? absl::UnavailableError(fmt::format("{}: cannot be written", path)) : summary.status();
}

}  // namespace

bool IsTsv(const GradeOptions& options) {
  return options.answers.size() == 1 && std::filesystem::path(options.answers[0]).extension() == ".tsv";
}

int GradeTsv(const GradeOptions& options) {
  const Output output(options.json);
  if (options.out.empty() && options.json == "-")
    return Fail(absl::InvalidArgumentError("--json - and the grades both want stdout; give --out FILE.tsv"));
  const std::function<void(const absl::Status&)> report = [](const absl::Status& error) {
    std::fprintf(stderr, "ringside: %s\n", std::string(error.message()).c_str());
  };
  const auto summary = options.out.empty()
                           ? theory::GradeTable(options.answers[0], options.marked, &std::cout, report)
                           : GradeIntoFile(options, options.out, report);
  if (!summary.ok()) return Fail(summary.status());
  if (!options.out.empty()) {
    output.Print(
        fmt::format("{} answers to {} questions graded into {}{}\n", summary->rows - summary->errors,
                    summary->questions.size(), options.out,
                    summary->marks > 0 ? fmt::format(", with {} marks by people", summary->marks) : ""));
    if (summary->errors > 0) output.Print(fmt::format("{} rows could not be graded\n", summary->errors));
  }
  if (absl::Status written = output.WriteJson(ToJson(*summary)); !written.ok()) return Fail(written);
  return summary->errors > 0 ? kExitFailed : kExitOk;
}

}  // namespace ringside::cli
