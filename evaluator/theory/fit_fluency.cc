// Counts which classes of words follow each other in the given files and writes the table of fluency.h:
//   fit_fluency docs/*.md evaluator/bank/theory/*.yaml > evaluator/theory/data/fluency.txt
// A cell is log((n(ab) + k) / (e(ab) + k)) with e the count that any order would give and k = 2, in
// hundredths; cells within 0.20 of zero are left out. Lines of code and tables are skipped; a line of YAML is
// its text.
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <utility>

#include "evaluator/text/analyze.h"
#include "evaluator/theory/fluency.h"

namespace {

std::string Prose(const std::string& path) {
  std::ifstream file(path);
  std::string prose, line;
  bool code = false;
  while (std::getline(file, line)) {
    if (line.rfind("```", 0) == 0) code = !code;
    const size_t begin = line.find_first_not_of(' ');
    if (begin == std::string::npos) prose += "\n\n";
    if (code || begin == std::string::npos || line[begin] == '|' || line[begin] == '#' || line[begin] == '`')
      continue;
    std::string text = line.substr(begin);
    const bool yaml = path.size() > 5 && path.substr(path.size() - 5) == ".yaml";
    if (!yaml && begin >= 4) continue;
    if (yaml) {
      if (text.rfind("- ", 0) == 0) text = text.substr(2), prose += "\n\n";
      const size_t colon = text.find(": ");
      if (colon != std::string::npos && text.find(' ') > colon)
        text = text.substr(colon + 2), prose += "\n\n";
      if (text.find(' ') == std::string::npos) continue;
    }
    for (char& c : text)
      if (c == '"' || c == '`' || c == '*') c = ' ';
    prose += text + " ";
  }
  return prose;
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::pair<std::string, std::string>, double> pairs;
  std::map<std::string, double> first, second;
  double total = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string prose = Prose(argv[i]);
    for (size_t at = 0; at < prose.size(); at += ringside::text::kMaxBytes) {
      const auto document =
          ringside::text::Analyze(std::string_view(prose).substr(at, ringside::text::kMaxBytes));
      for (const auto& sentence : document.sentences) {
        if (sentence.end - sentence.begin < 4) continue;
        const auto classes = ringside::theory::WordClasses(document, sentence);
        for (size_t k = 1; k < classes.size(); ++k) {
          pairs[{classes[k - 1], classes[k]}] += 1;
          first[classes[k - 1]] += 1;
          second[classes[k]] += 1;
          total += 1;
        }
      }
    }
  }
  std::printf("# Which classes of words follow each other, made by fit_fluency.cc of %.0f pairs.\n", total);
  for (const auto& [a, a_count] : first) {
    for (const auto& [b, b_count] : second) {
      const auto found = pairs.find({a, b});
      const double expected = a_count * b_count / total;
      const double value = std::log(((found == pairs.end() ? 0 : found->second) + 2) / (expected + 2));
      if (std::abs(value) >= 0.20) std::printf("%s %s %.0f\n", a.c_str(), b.c_str(), value * 100);
    }
  }
  return 0;
}
