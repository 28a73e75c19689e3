// The features of every answer of a table, for looking at them and for experiments with models:
//   measure_features FILE.tsv > FEATURES.tsv      (question_id, score, words, label, and one column a
//   feature)
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "evaluator/theory/measure.h"
#include "evaluator/theory/setting.h"
#include "evaluator/theory/tsv.h"

int main(int argc, char** argv) {
  using namespace ringside::theory;
  if (argc != 2) return std::fprintf(stderr, "usage: measure_features FILE.tsv\n"), 2;
  std::ifstream file(argv[1]);
  const std::vector<std::string> needed = {"question_id", "question", "reference_answer", "student_answer"};
  auto reader = TsvReader::Open(&file, argv[1], needed);
  if (!reader.ok()) return std::fprintf(stderr, "%s\n", reader.status().ToString().c_str()), 1;
  absl::Status error;
  std::map<std::string, ringside::v1::TheoryQuestion> questions;
  while (reader->Next(&error)) {
    const std::string id(reader->Cell("question_id"));
    if (!questions.contains(id))
      questions[id] = QuestionOfReference(id, reader->Cell("question"), reader->Cell("reference_answer"));
  }
  std::vector<ringside::v1::TheoryQuestion> all;
  for (const auto& [id, question] : questions) all.push_back(question);
  const Setting setting = SettingOf(all);
  std::map<std::string, PreparedParts> prepared;
  for (const auto& [id, question] : questions) prepared.emplace(id, Prepare(question, setting));

  file.clear();
  file.seekg(0);
  reader = TsvReader::Open(&file, argv[1], needed);
  std::printf("question_id\tscore\twords\tlabel");
  for (const auto& name : kFeatureNames) std::printf("\t%s", std::string(name).c_str());
  std::printf("\n");
  while (reader->Next(&error)) {
    const std::string id(reader->Cell("question_id"));
    const Measured measured = MeasureAnswer(prepared.at(id), reader->Cell("student_answer"));
    std::printf("%s\t%s\t%zu\t%s", id.c_str(), std::string(reader->Cell("score")).c_str(), measured.words,
                std::string(reader->Cell("label")).c_str());
    for (const double value : measured.features) std::printf("\t%.5g", value);
    std::printf("\n");
  }
  return 0;
}
