// The features of every answer of a table, for looking at them and for experiments with models:
//   measure_features FILE.tsv > FEATURES.tsv      (question_id, score, words, label, and one column a
//   feature)
#include <cstdio>
#include <fstream>
#include <map>
#include <string>

#include "evaluator/theory/features.h"
#include "evaluator/theory/prepared_parts.h"
#include "evaluator/theory/reading.h"
#include "evaluator/theory/tsv.h"

int main(int argc, char** argv) {
  using namespace ringside::theory;
  if (argc != 2) return std::fprintf(stderr, "usage: measure_features FILE.tsv\n"), 2;
  std::ifstream file(argv[1]);
  auto reader =
      TsvReader::Open(&file, argv[1], {"question_id", "question", "reference_answer", "student_answer"});
  if (!reader.ok()) return std::fprintf(stderr, "%s\n", reader.status().ToString().c_str()), 1;
  std::printf("question_id\tscore\twords\tlabel");
  for (const auto& name : kFeatureNames) std::printf("\t%.*s", static_cast<int>(name.size()), name.data());
  std::printf("\n");
  std::map<std::string, PreparedParts> questions;
  absl::Status error;
  while (reader->Next(&error)) {
    if (!error.ok()) std::fprintf(stderr, "%s\n", error.ToString().c_str());
    const std::string id(reader->Cell("question_id"));
    auto found = questions.find(id);
    if (found == questions.end())
      found = questions
                  .emplace(id, Prepare(QuestionOfReference(id, reader->Cell("question"),
                                                           reader->Cell("reference_answer"))))
                  .first;
    const Reading reading = Read(reader->Cell("student_answer"), found->second.lexicon);
    const Features features = Measure(found->second, reading, AlignPoints(found->second, reading));
    std::printf("%s\t%s\t%zu\t%s", id.c_str(), std::string(reader->Cell("score")).c_str(),
                reading.document.tokens.size(), std::string(reader->Cell("label")).c_str());
    for (const double value : features) std::printf("\t%.5g", value);
    std::printf("\n");
  }
  return 0;
}
