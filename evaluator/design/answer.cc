#include "evaluator/design/answer.h"

#include <cmath>
#include <filesystem>
#include <utility>

#include "absl/strings/match.h"
#include "base/status_macros.h"
#include "evaluator/design/text.h"
#include "fmt/format.h"
#include "proto/yaml.h"
#include "ringside/v1/evaluator.pb.h"

namespace ringside::evaluator {
namespace {

absl::Status Invalid(std::string_view field, std::string_view reason) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", field, reason));
}

absl::Status CheckPrediction(bool given, double value, double min, double max, std::string_view field) {
  if (!given || (value >= min && value <= max)) return absl::OkStatus();
  if (!std::isfinite(value) || value <= 0) {
    return Invalid(field, fmt::format("{} is not a positive number; leave it out if you do not know", value));
  }
  return Invalid(field,
                 fmt::format("{} is not in {:g} to {:g}; leave it out if you do not know", value, min, max));
}

absl::Status CheckShare(bool given, double value, std::string_view field) {
  if (!given || (value >= 0 && value <= 1)) return absl::OkStatus();
  return Invalid(field, fmt::format("{} is no share of the step; give 0 to 1, or leave it out", value));
}

}  // namespace

absl::Status ValidateAnswer(const v1::DesignQuestion& question, const v1::DesignAnswer& answer) {
  if (!answer.question().empty() && answer.question() != question.id()) {
    return Invalid("question", fmt::format("is for \"{}\", and this is \"{}\"",
                                           Printable(answer.question(), 100), question.id()));
  }
  if (answer.candidate().empty()) return Invalid("candidate", "is missing; say whose answer it is");
  if (answer.candidate().size() > kMaxCandidateBytes) {
    return Invalid("candidate", fmt::format("is longer than {} bytes", kMaxCandidateBytes));
  }
  if (answer.rationale().size() > kMaxRationaleBytes) {
    return Invalid("rationale", fmt::format("is longer than {} bytes", kMaxRationaleBytes));
  }
  if (!answer.has_plan()) return Invalid("plan", "is missing; there is nothing to run");
  const v1::DesignPrediction& predicted = answer.predictions();
  RINGSIDE_RETURN_IF_ERROR(CheckPrediction(predicted.has_tokens_per_s(), predicted.tokens_per_s(),
                                           kMinTokensPerS, kMaxTokensPerS, "predictions.tokens_per_s"));
  RINGSIDE_RETURN_IF_ERROR(CheckPrediction(predicted.has_peak_memory_mib(), predicted.peak_memory_mib(),
                                           kMinMemoryMib, kMaxMemoryMib, "predictions.peak_memory_mib"));
  RINGSIDE_RETURN_IF_ERROR(CheckPrediction(predicted.has_step_ms(), predicted.step_ms(), kMinFigure,
                                           kMaxFigure, "predictions.step_ms"));
  RINGSIDE_RETURN_IF_ERROR(CheckPrediction(predicted.has_mfu(), predicted.mfu(), 1e-9, 1, "predictions.mfu"));
  RINGSIDE_RETURN_IF_ERROR(CheckPrediction(predicted.has_time_to_train_days(), predicted.time_to_train_days(),
                                           kMinFigure, kMaxFigure, "predictions.time_to_train_days"));
  RINGSIDE_RETURN_IF_ERROR(
      CheckPrediction(predicted.has_cost(), predicted.cost(), kMinFigure, kMaxFigure, "predictions.cost"));
  RINGSIDE_RETURN_IF_ERROR(CheckPrediction(answer.has_checkpoint_interval_s(), answer.checkpoint_interval_s(),
                                           kMinFigure, kMaxFigure, "checkpoint_interval_s"));
  RINGSIDE_RETURN_IF_ERROR(
      CheckShare(predicted.has_bubble_share(), predicted.bubble_share(), "predictions.bubble_share"));
  return CheckShare(predicted.has_exposed_communication_share(), predicted.exposed_communication_share(),
                    "predictions.exposed_communication_share");
}

absl::StatusOr<v1::DesignAnswer> ParseAnswer(std::string_view yaml, std::string_view file_name) {
  v1::DesignAnswer answer;
  RINGSIDE_RETURN_IF_ERROR(proto::ParseYaml(yaml, file_name, &answer));
  return answer;
}

absl::StatusOr<v1::DesignAnswer> LoadAnswer(const std::string& path) {
  RINGSIDE_ASSIGN_OR_RETURN(const std::string yaml, proto::ReadYamlText(path));
  return ParseAnswer(yaml, path);
}

absl::Status LoadAnswerTo(const v1::DesignQuestion& question, const std::string& path,
                          v1::DesignAnswer* answer) {
  const std::string stem = std::filesystem::path(path).stem().string();
  answer->Clear();
  answer->set_candidate(stem);
  RINGSIDE_ASSIGN_OR_RETURN(const std::string yaml, proto::ReadYamlText(path));
  RINGSIDE_ASSIGN_OR_RETURN(v1::DesignAnswer parsed, ParseAnswer(yaml, path));
  *answer = std::move(parsed);
  if (!answer->has_candidate()) answer->set_candidate(stem);
  return proto::LocateError(ValidateAnswer(question, *answer), yaml, path);
}

std::vector<ReadAnswer> LoadAnswers(const v1::DesignQuestion& question, const std::string& path) {
  const absl::StatusOr<std::string> yaml = proto::ReadYamlText(path);
  const bool list =
      yaml.ok() && (absl::StartsWith(*yaml, "answers:") || absl::StrContains(*yaml, "\nanswers:"));
  if (!list) {
    ReadAnswer one;
    one.status = LoadAnswerTo(question, path, &one.answer);
    return {std::move(one)};
  }
  const auto refused = [&](absl::Status status) {
    ReadAnswer one;
    one.answer.set_candidate(std::filesystem::path(path).stem().string());
    one.status = std::move(status);
    return std::vector<ReadAnswer>{std::move(one)};
  };
  v1::GradeDesignRequest given;
  if (absl::Status read = proto::ParseYaml(*yaml, path, &given); !read.ok()) return refused(std::move(read));
  if (given.has_question() || given.answers_size() > kMaxAnswersOfFile) {
    return refused(absl::InvalidArgumentError(
        fmt::format("{}: a list of answers has `answers` alone, {} at most", path, kMaxAnswersOfFile)));
  }
  std::vector<ReadAnswer> out;
  for (const v1::DesignAnswer& answer : given.answers()) {
    ReadAnswer& one = out.emplace_back();
    one.answer = answer;
    if (!one.answer.has_candidate()) one.answer.set_candidate(fmt::format("answer {}", out.size()));
    one.status = ValidateAnswer(question, one.answer);
    if (!one.status.ok()) {
      one.status = absl::Status(one.status.code(), fmt::format("{}: answers[{}]: {}", path, out.size() - 1,
                                                               std::string(one.status.message())));
    }
  }
  return out;
}

}  // namespace ringside::evaluator
