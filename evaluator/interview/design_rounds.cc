#include "evaluator/interview/design_rounds.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "base/status_macros.h"
#include "evaluator/interview/rules.h"
#include "proto/yaml.h"

namespace ringside::evaluator {
namespace {

constexpr std::string_view kPrefix = "design/";
constexpr char kHowToAnswer[] =
    "Give the plan as settings, such as dp=4 tp=1 micro_batch=2 micro_batches=2 zero=1, and say in words "
    "why; your "
    "predictions as tokens_per_s=... and peak_memory_mib=... I will run it.";

bool IsWord(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
}

// A comma as in 12,000: after digits and before exactly three of them.
bool GroupsDigits(std::string_view text, size_t begin, size_t at) {
  const auto digit = [&](size_t i) {
    return i < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[i]));
  };
  if (text[at] != ',' || at == begin) return false;
  for (size_t i = begin; i < at; ++i) {
    if (!digit(i) && text[i] != ',') return false;
  }
  return digit(at + 1) && digit(at + 2) && digit(at + 3) && (at + 4 >= text.size() || !IsWord(text[at + 4]));
}

bool HasField(const google::protobuf::Message& message, const std::string& name) {
  return message.GetDescriptor()->FindFieldByName(name) != nullptr;
}

}  // namespace

DesignRounds::DesignRounds(const Bank& bank) {
  for (const v1::DesignQuestion& design : bank.design()) {
    v1::TheoryQuestion& question = questions_.emplace_back();
    designs_.push_back(&design);
    question.set_id(std::string(kPrefix) + design.id());
    question.set_title(design.title());
    question.set_prompt(fmt::format("{}\n\n{}", design.prompt(), kHowToAnswer));
    *question.mutable_topics() = design.topics();
    question.set_level(design.level());
    question.set_kind(v1::QUESTION_KIND_SYSTEM_DESIGN);
    question.set_time_target_s(std::min(
        design.time_target_s() > 0 ? design.time_target_s() : kDesignTimeTargetS, kDesignTimeTargetS));
    *question.mutable_points() = design.must_hold();
    *question.mutable_misconceptions() = design.misconceptions();
    *question.mutable_hints() = design.hints();
    *question.mutable_resources() = design.resources();
  }
}

const v1::TheoryQuestion* DesignRounds::Find(std::string_view id) const {
  for (const v1::TheoryQuestion& question : questions_) {
    if (question.id() == id) return &question;
  }
  return nullptr;
}

const v1::DesignQuestion* DesignRounds::Design(std::string_view id) const {
  for (size_t i = 0; i < questions_.size(); ++i) {
    if (questions_[i].id() == id) return designs_[i];
  }
  return nullptr;
}

absl::StatusOr<v1::DesignAnswer> ParseDesignAnswer(std::string_view text) {
  v1::DesignAnswer answer;
  std::string plan, predictions;
  std::set<std::string> seen;
  for (size_t at = 0; at < text.size();) {
    if (!IsWord(text[at]) || (at > 0 && IsWord(text[at - 1]))) {
      ++at;
      continue;
    }
    size_t end = at;
    while (end < text.size() && IsWord(text[end])) ++end;
    const std::string name = absl::AsciiStrToLower(std::string(text.substr(at, end - at)));
    at = end;
    size_t value = end;
    while (value < text.size() && text[value] == ' ') ++value;
    if (value >= text.size() || text[value] != '=') continue;
    ++value;
    while (value < text.size() && text[value] == ' ') ++value;
    size_t stop = value;
    while (stop < text.size() &&
           (IsWord(text[stop]) || (text[stop] == '.' && stop + 1 < text.size() && IsWord(text[stop + 1])) ||
            GroupsDigits(text, value, stop)))
      ++stop;
    const bool of_plan = HasField(answer.plan(), name), of_prediction = HasField(answer.predictions(), name);
    if (stop == value || (!of_plan && !of_prediction)) continue;
    if (!seen.insert(name).second) return absl::InvalidArgumentError(fmt::format("{} is given twice", name));
    std::string word = absl::AsciiStrToLower(std::string(text.substr(value, stop - value)));
    word.erase(std::remove(word.begin(), word.end(), ','), word.end());
    (of_plan ? plan : predictions) += fmt::format("{}: {}\n", name, word);
    at = stop;
  }
  if (plan.empty()) return absl::NotFoundError("no setting of a plan is named");
  // The strict reader knows the types and says what is wrong, with a place that means nothing here.
  const auto read = [](const std::string& yaml, google::protobuf::Message* message) {
    const absl::Status status = proto::ParseYaml(yaml, "plan", message);
    if (status.ok()) return status;
    const std::string reason(status.message());
    const size_t colon = reason.find(": ");
    return absl::InvalidArgumentError(colon == std::string::npos ? reason : reason.substr(colon + 2));
  };
  RINGSIDE_RETURN_IF_ERROR(read(plan, answer.mutable_plan()));
  if (!predictions.empty()) RINGSIDE_RETURN_IF_ERROR(read(predictions, answer.mutable_predictions()));
  answer.set_rationale(std::string(text));
  return answer;
}

}  // namespace ringside::evaluator
