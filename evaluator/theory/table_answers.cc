#include "evaluator/theory/table_answers.h"

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <utility>

#include "absl/strings/numbers.h"
#include "base/status_macros.h"
#include "evaluator/theory/tsv.h"

namespace ringside::theory {

absl::StatusOr<Table> ReadTable(const std::string& path) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(fmt::format("{}: cannot be read", path));
  RINGSIDE_ASSIGN_OR_RETURN(TsvReader reader, TsvReader::Open(&file, path,
                                                              {"question_id", "question", "reference_answer",
                                                               "student_answer", "score"}));
  Table table;
  std::map<std::string, size_t, std::less<>> known;
  absl::Status error;
  while (reader.Next(&error)) {
    double mark = 0;
    const std::string_view score = reader.Cell("score");
    if (!error.ok() || !absl::SimpleAtod({score.data(), score.size()}, &mark)) continue;
    const auto [question, added] =
        known.emplace(std::string(reader.Cell("question_id")), table.questions.size());
    if (added)
      table.questions.push_back(QuestionOfReference(reader.Cell("question_id"), reader.Cell("question"),
                                                    reader.Cell("reference_answer")));
    table.answers.push_back({question->second, std::string(reader.Cell("student_answer")), mark});
  }
  return table;
}

std::vector<PreparedParts> PrepareAll(const Table& table, const Setting& setting) {
  std::vector<PreparedParts> prepared;
  for (const v1::TheoryQuestion& question : table.questions) prepared.push_back(Prepare(question, setting));
  return prepared;
}

}  // namespace ringside::theory
