#include "evaluator/judge/opinion.h"

#include <map>
#include <optional>
#include <string>

#include "base/status_macros.h"
#include "evaluator/design/text.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace ringside::judge {
namespace {

using nlohmann::json;

constexpr size_t kMaxReasonChars = 1000;
constexpr int kMaxAttempts =
    200;  // at braces that begin no object: bounds the time that a hostile reply takes

absl::Status Unusable(const std::string& reason) {
  return absl::InvalidArgumentError("the judge's answer could not be used: " + reason);
}

// Where the object that begins at text[0] == '{' ends; 0: nowhere.
size_t EndOfObject(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return i + 1;
    }
  }
  return 0;
}

std::optional<json> LastObject(std::string_view text) {
  std::optional<json> last;
  int attempts = 0;
  for (size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at)) {
    const size_t size = EndOfObject(text.substr(at));
    const json object = size > 0 ? json::parse(text.substr(at, size), nullptr, /*allow_exceptions=*/false)
                                 : json(json::value_t::discarded);
    if (object.is_object()) {
      last = object;
      at += size;
    } else if (++attempts == kMaxAttempts) {
      return std::nullopt;
    } else {
      ++at;
    }
  }
  return last;
}

absl::Status ReadShare(const json& object, const char* key, double* share) {
  const auto found = object.find(key);
  if (found == object.end()) return Unusable(fmt::format("it has no \"{}\"", key));
  if (!found->is_number()) return Unusable(fmt::format("\"{}\" is no number", key));
  *share = found->get<double>();
  if (!(*share >= 0 && *share <= 1)) return Unusable(fmt::format("\"{}\" is not from 0 to 1", key));
  return absl::OkStatus();
}

absl::Status ReadText(const json& object, const char* key, std::string* text) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string())
    return Unusable(fmt::format("it has no text \"{}\"", key));
  *text = evaluator::Printable(found->get_ref<const std::string&>(), kMaxReasonChars);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::JudgeOpinion> ReadOpinion(const v1::TheoryQuestion& question, std::string_view reply) {
  const std::optional<json> object = LastObject(reply);
  if (!object) return Unusable("there is no JSON object in it");
  v1::JudgeOpinion opinion;
  opinion.set_question(question.id());
  double mark = 0;
  RINGSIDE_RETURN_IF_ERROR(ReadShare(*object, "mark", &mark));
  opinion.set_mark(mark);
  RINGSIDE_RETURN_IF_ERROR(ReadText(*object, "reason", opinion.mutable_reason()));
  const auto points = object->find("points");
  if (points == object->end() || !points->is_array()) return Unusable("it has no list \"points\"");
  if (object->size() != 3) return Unusable("it has more than mark, reason and points");
  std::map<std::string, v1::JudgedPoint> judged;
  for (const json& entry : *points) {
    if (!entry.is_object() || entry.size() != 3)
      return Unusable("a point of it is not point, earned and reason");
    v1::JudgedPoint point;
    double earned = 0;
    RINGSIDE_RETURN_IF_ERROR(ReadText(entry, "point", point.mutable_point()));
    RINGSIDE_RETURN_IF_ERROR(ReadShare(entry, "earned", &earned));
    RINGSIDE_RETURN_IF_ERROR(ReadText(entry, "reason", point.mutable_reason()));
    point.set_earned(earned);
    const std::string id = point.point();
    if (!judged.emplace(id, std::move(point)).second) return Unusable("it has a point twice");
  }
  for (const v1::ReferencePoint& point : question.points()) {
    const auto found = judged.find(point.id());
    if (found == judged.end()) return Unusable(fmt::format("point {} is missing", point.id()));
    *opinion.add_points() = std::move(found->second);
    judged.erase(found);
  }
  if (!judged.empty()) return Unusable("it has a point that the question has not");
  return opinion;
}

absl::StatusOr<std::string> ReadCompletion(std::string_view body) {
  const json whole = json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!whole.is_object()) return Unusable("the endpoint did not send JSON");
  const auto choices = whole.find("choices");
  if (choices == whole.end() || !choices->is_array() || choices->empty() || !choices->front().is_object()) {
    return Unusable("the endpoint sent no choices");
  }
  const auto message = choices->front().find("message");
  if (message == choices->front().end() || !message->is_object())
    return Unusable("the endpoint sent no message");
  const auto content = message->find("content");
  if (content == message->end() || !content->is_string()) return Unusable("the endpoint sent no content");
  return content->get<std::string>();
}

}  // namespace ringside::judge
