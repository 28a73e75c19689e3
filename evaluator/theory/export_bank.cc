// The bank's questions as a table of short answers, the full answer of each as its reference, for the gaming
// tests from outside:
//   export_bank > bank.tsv
#include <algorithm>
#include <cstdio>
#include <string>

#include "evaluator/bank/bank.h"

namespace {
std::string AsCell(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
  return text;
}
}  // namespace

int main() {
  std::printf("dataset\tsplit\tquestion_id\tquestion\treference_answer\tstudent_answer\tscore\tlabel\n");
  for (const ringside::v1::TheoryQuestion& question : ringside::evaluator::EmbeddedBank().theory()) {
    std::string full;
    for (const ringside::v1::ReferencePoint& point : question.points())
      full += (full.empty() ? "" : " ") + point.text();
    std::printf("bank\tall\t%s\t%s\t%s\t%s\t1\tfull\n", question.id().c_str(),
                AsCell(question.prompt()).c_str(), AsCell(full).c_str(), AsCell(full).c_str());
  }
  return 0;
}
