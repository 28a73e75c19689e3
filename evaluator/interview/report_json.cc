#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluator/design/text.h"
#include "evaluator/interview/marks.h"
#include "evaluator/interview/ratings.h"
#include "evaluator/interview/report.h"
#include "google/protobuf/util/json_util.h"

namespace ringside::evaluator {
namespace {

using nlohmann::json;

// Every field, under its name in the .proto; enums by name.
json OfMessage(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) return json();
  return json::parse(text, nullptr, false);
}

json Question(const v1::AskedQuestion& asked) {
  json points = json::array(), hints = json::array(), wrong = json::array();
  for (const v1::PointGrade& point : asked.grade().points()) {
    json spans = json::array();
    for (const v1::Span& span : point.spans()) spans.push_back({span.begin(), span.end()});
    points.push_back({{"point", point.point()},
                      {"earned", point.earned()},
                      {"weight", point.weight()},
                      {"spans", spans},
                      {"reason", point.reason()}});
  }
  for (const v1::HintUse& hint : asked.hints())
    hints.push_back({{"level", hint.level()}, {"price", hint.price()}});
  for (const v1::MisconceptionHit& hit : asked.grade().misconceptions()) wrong.push_back(hit.correction());
  return {{"id", asked.id()},
          {"title", asked.title()},
          {"phase", asked.phase()},
          {"area", asked.area()},
          {"level", std::string(LevelName(asked.level()))},
          {"reason", asked.reason()},
          {"score", asked.score()},
          {"first_score", asked.first_grade().score()},
          {"counts", CountsForScore(asked)},
          {"answer", ValidUtf8(AllAnswers(asked))},
          {"points", points},
          {"misconceptions", wrong},
          {"notes", std::vector<std::string>(asked.grade().notes().begin(), asked.grade().notes().end())},
          {"hints", hints},
          {"clarifications", asked.clarifications()}};
}

}  // namespace

std::string ScorecardJson(const v1::InterviewSession& session) {
  json document = OfMessage(session.scorecard());
  document["questions_asked"] = json::array();
  for (const v1::AskedQuestion& asked : session.asked())
    document["questions_asked"].push_back(Question(asked));
  document["active_ms"] = session.active_ms();
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace ringside::evaluator
