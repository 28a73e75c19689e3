#include "cli/cohort_judge.h"

#include <fstream>

#include "base/status_macros.h"
#include "evaluator/judge/http_judge.h"
#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"

namespace ringside::cli {
namespace {

// Lines that cannot be read are the end of a run that was killed while writing: asked again.
std::map<std::string, v1::JudgeOpinion> KeptOpinions(const std::string& path) {
  std::map<std::string, v1::JudgeOpinion> kept;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    v1::JudgeOpinion opinion;
    if (!google::protobuf::util::JsonStringToMessage(line, &opinion).ok()) continue;
    if (opinion.error().empty()) kept[opinion.id()] = opinion;
  }
  return kept;
}

}  // namespace

absl::StatusOr<std::map<std::string, v1::JudgeOpinion>> AskJudge(
    const cohort::CohortStore& store, const evaluator::Bank& bank, const std::string& out,
    const GradeOptions& options, const std::function<bool()>& cancelled,
    const std::function<void(const std::string& doing)>& progress) {
  const std::string path = out + "/opinions.jsonl";
  std::map<std::string, v1::JudgeOpinion> opinions = KeptOpinions(path);
  if (options.judge_url.empty()) return opinions;
  judge::HttpJudgeOptions judge_options;
  judge_options.url = options.judge_url;
  judge_options.model = options.judge_model;
  judge_options.key_env = options.judge_key_env;
  RINGSIDE_ASSIGN_OR_RETURN(const auto judge, judge::MakeHttpJudge(judge_options));
  std::ofstream file(path, std::ios::app);
  int64_t asked = 0;
  RINGSIDE_RETURN_IF_ERROR(store.ForEachAnswer([&](const cohort::StoredAnswer& stored) -> absl::Status {
    if (cancelled()) return absl::CancelledError("stopped while the judge was asked; its opinions are kept");
    const v1::CohortAnswer& answer = stored.answer;
    const v1::TheoryQuestion* question = bank.FindTheory(answer.question());
    if (!stored.error.empty() || answer.has_design() || question == nullptr ||
        opinions.contains(answer.id())) {
      return absl::OkStatus();
    }
    progress(fmt::format("judge asked about {} answers", ++asked));
    const v1::JudgeOpinion opinion = judge::OpinionOf(*judge, *question, answer.id(), answer.text());
    std::string line;
    if (!google::protobuf::util::MessageToJsonString(opinion, &line).ok() || !(file << line << '\n'
                                                                                    << std::flush)) {
      return absl::UnavailableError(fmt::format("{}: an opinion cannot be written", path));
    }
    opinions[answer.id()] = opinion;
    return absl::OkStatus();
  }));
  return opinions;
}

}  // namespace ringside::cli
