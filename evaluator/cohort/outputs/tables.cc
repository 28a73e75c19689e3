// grades.csv, grades.jsonl and summary.json.
#include <google/protobuf/util/json_util.h>

#include "base/status_macros.h"
#include "evaluator/cohort/outputs/csv_writer.h"
#include "evaluator/cohort/outputs/formats.h"
#include "evaluator/cohort/outputs/walk.h"
#include "evaluator/design/text.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace ringside::cohort {
namespace {

using nlohmann::json;

std::string FlagsOf(const v1::CohortGrade& grade) {
  std::string flags;
  for (const int flag : grade.theory().flags()) {
    flags += (flags.empty() ? "" : "; ") + FlagName(static_cast<v1::AnswerFlag>(flag));
  }
  return flags;
}

json ToJson(const Agreement& agreement) {  // what is not defined becomes null
  return {{"answers", agreement.count()},
          {"pearson", agreement.pearson()},
          {"pearson_given_length", agreement.partial()},
          {"rmse", agreement.rmse()},
          {"kappa", agreement.kappa()},
          {"quadratic_weighted_kappa", agreement.qwk()}};
}

json ToJson(const ItemStatistics& item) {
  return {{"question", item.question},
          {"answers", item.answers},
          {"errors", item.errors},
          {"facility", item.facility},
          {"standard_deviation", item.spread},
          {"discrimination", item.discrimination},
          {"alpha_without", item.alpha_without},
          {"flags", item.flags}};
}

}  // namespace

absl::Status WriteGradesCsv(const CohortStore& store, const OutputOptions& options) {
  RINGSIDE_ASSIGN_OR_RETURN(OutputFile file, OutputFile::Create(options.folder + "/grades.csv"));
  CsvWriter csv(&file);
  for (const char* column : {"id", "candidate", "question", "score", "mark", "words", "confidence", "flags",
                             "error", "revision"}) {
    csv.Text(column);
  }
  csv.EndRow();
  RINGSIDE_RETURN_IF_ERROR(WalkGrades(store, WalkOrder::kSource, [&](const Graded& graded) {
    const v1::CohortGrade& grade = graded.grade;
    csv.Text(grade.id()).Text(grade.candidate()).Text(grade.question()).Number(grade.score());
    grade.has_mark() ? csv.Number(grade.mark()) : csv.Empty();
    csv.Integer(grade.words());
    grade.has_theory() && grade.error().empty() ? csv.Number(grade.theory().confidence()) : csv.Empty();
    csv.Text(FlagsOf(grade)).Text(grade.error()).Integer(grade.revision()).EndRow();
    return absl::OkStatus();
  }));
  return file.Commit();
}

absl::Status WriteGradesJsonLines(const CohortStore& store, const OutputOptions& options) {
  RINGSIDE_ASSIGN_OR_RETURN(OutputFile file, OutputFile::Create(options.folder + "/grades.jsonl"));
  google::protobuf::util::JsonPrintOptions print;
  print.preserve_proto_field_names = true;
  print.always_print_primitive_fields = true;
  RINGSIDE_RETURN_IF_ERROR(WalkGrades(store, WalkOrder::kSource, [&](const Graded& graded) {
    std::string line;
    const auto status = google::protobuf::util::MessageToJsonString(graded.grade, &line, print);
    if (!status.ok()) {
      return absl::DataLossError(fmt::format("{}: the grade of answer {} cannot be written as JSON: {}",
                                             store.db().path(), evaluator::Printable(graded.grade.id(), 80),
                                             std::string(status.message())));
    }
    file.Write(line + "\n");
    return absl::OkStatus();
  }));
  return file.Commit();
}

absl::Status WriteSummary(const CohortStore& store, const CohortFigures& figures,
                          const OutputOptions& options) {
  RINGSIDE_ASSIGN_OR_RETURN(const int64_t generation, store.generation());
  json questions = json::array(), similar = json::array(), attention = json::array();
  for (const ItemStatistics& item : figures.items.items) {
    json& question = questions.emplace_back(ToJson(item));
    question["title"] = TitleOf(options.bank, item.question);
    const auto agreement = figures.agreement_by_question.find(item.question);
    if (agreement != figures.agreement_by_question.end()) question["agreement"] = ToJson(agreement->second);
  }
  for (const SimilarPair& pair : figures.similar) {
    similar.push_back({{"question", pair.question},
                       {"first", pair.first},
                       {"second", pair.second},
                       {"candidate_of_first", pair.candidate_of_first},
                       {"candidate_of_second", pair.candidate_of_second},
                       {"similarity", pair.similarity}});
  }
  for (const Attention& answer : figures.attention) {
    attention.push_back({{"id", answer.id},
                         {"candidate", answer.candidate},
                         {"question", answer.question},
                         {"score", answer.score},
                         {"reason", answer.reason}});
  }
  json summary = {{"title", options.title},
                  {"revision", generation},
                  {"answers", figures.items.answers},
                  {"errors", figures.items.errors},
                  {"candidates", figures.items.candidates},
                  {"complete_candidates", figures.items.complete_candidates},
                  {"mean", figures.items.mean},
                  {"alpha", figures.items.alpha},
                  {"distribution",
                   {{"bins", kBins},
                    {"marks_of_candidates", figures.candidate_marks},
                    {"scores_of_answers", figures.answer_scores}}},
                  {"questions", std::move(questions)},
                  {"similarity_threshold", figures.similarity_threshold},
                  {"similar", std::move(similar)},
                  {"to_look_at", {{"answers", figures.attention_total}, {"first", std::move(attention)}}}};
  if (figures.agreement.count() + figures.marked_errors > 0) {
    summary["agreement"] = ToJson(figures.agreement);
    summary["agreement"]["marked_and_not_graded"] = figures.marked_errors;
  }
  RINGSIDE_ASSIGN_OR_RETURN(OutputFile file, OutputFile::Create(options.folder + "/summary.json"));
  // Names of questions and candidates are UTF-8 where they could be read; replaced where they are not.
  file.Write(summary.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
  return file.Commit();
}

}  // namespace ringside::cohort
