#include "evaluator/design/answer.h"

#include <cmath>

#include "base/status_macros.h"
#include "evaluator/design/text.h"
#include "fmt/format.h"
#include "proto/yaml.h"

namespace ringside::evaluator {
namespace {

absl::Status Invalid(std::string_view field, std::string_view reason) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", field, reason));
}

absl::Status CheckPrediction(bool given, double value, std::string_view field) {
  if (!given || (std::isfinite(value) && value > 0)) return absl::OkStatus();
  return Invalid(field, fmt::format("{} is not a positive number; leave it out if you do not know", value));
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
  RINGSIDE_RETURN_IF_ERROR(
      CheckPrediction(predicted.has_tokens_per_s(), predicted.tokens_per_s(), "predictions.tokens_per_s"));
  return CheckPrediction(predicted.has_peak_memory_mib(), predicted.peak_memory_mib(),
                         "predictions.peak_memory_mib");
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

}  // namespace ringside::evaluator
