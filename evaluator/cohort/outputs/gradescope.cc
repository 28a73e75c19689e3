// gradescope/CANDIDATE/results.json, as Gradescope's autograders leave it: a test an answer.
#include "base/status_macros.h"
#include "evaluator/cohort/outputs/formats.h"
#include "evaluator/cohort/outputs/output_file.h"
#include "evaluator/cohort/outputs/walk.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace ringside::cohort {
namespace {

using nlohmann::json;

absl::Status Save(const std::string& candidate, const json& tests, const OutputOptions& options) {
  double score = 0, most = 0;
  for (const json& test : tests) {
    score += test["score"].get<double>();
    most += test["max_score"].get<double>();
  }
  RINGSIDE_ASSIGN_OR_RETURN(
      OutputFile file,
      OutputFile::Create(fmt::format("{}/gradescope/{}/results.json", options.folder, SafeName(candidate))));
  const json results = {{"score", score}, {"max_score", most}, {"visibility", "visible"}, {"tests", tests}};
  file.Write(results.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
  return file.Commit();
}

}  // namespace

absl::Status WriteGradescope(const CohortStore& store, const OutputOptions& options) {
  std::string candidate;
  json tests = json::array();
  RINGSIDE_RETURN_IF_ERROR(
      WalkGrades(store, WalkOrder::kByCandidate, [&](const Graded& graded) -> absl::Status {
        const v1::CohortGrade& grade = graded.grade;
        if (!tests.empty() && grade.candidate() != candidate) {
          RINGSIDE_RETURN_IF_ERROR(Save(candidate, tests, options));
          tests = json::array();
        }
        candidate = grade.candidate();
        tests.push_back({{"number", std::to_string(tests.size() + 1)},
                         {"name", TitleOf(options.bank, grade.question())},
                         {"score", options.points * grade.score()},
                         {"max_score", options.points},
                         {"output", FindingsText(options.bank, grade)},
                         {"visibility", "visible"}});
        return absl::OkStatus();
      }));
  return tests.empty() ? absl::OkStatus() : Save(candidate, tests, options);
}

}  // namespace ringside::cohort
