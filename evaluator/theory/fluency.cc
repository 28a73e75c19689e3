#include "evaluator/theory/fluency.h"

#include <string_view>
#include <unordered_map>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "evaluator/theory/embedded_fluency.h"

namespace ringside::theory {
namespace {

bool EndsWith(std::string_view word, std::string_view ending) {
  return word.size() > ending.size() + 2 && word.substr(word.size() - ending.size()) == ending;
}

std::string ContentClass(std::string_view word) {
  for (std::string_view ending : {"ing", "ed", "ly"})
    if (EndsWith(word, ending)) return "-" + std::string(ending);
  for (std::string_view ending : {"tion", "ment", "ness", "ity", "ance", "ence"})
    if (EndsWith(word, ending)) return "-tion";
  for (std::string_view ending : {"al", "ive", "ous", "able", "ible", "ic", "ful", "ary"})
    if (EndsWith(word, ending)) return "-al";
  if (EndsWith(word, "s") && !EndsWith(word, "ss")) return "-s";
  return "-";
}

// Calculations and lists of names follow no grammar.
bool IsFormula(const text::Document& document, const text::Range& sentence) {
  size_t signs = 0;
  for (uint32_t i = sentence.begin; i < sentence.end; ++i)
    signs += document.tokens[i].kind != text::TokenKind::kWord || document.tokens[i].lower.size() == 1;
  return signs * 5 > (sentence.end - sentence.begin) * 2;
}

using Table = std::unordered_map<std::string, double>;

const Table& BuiltInTable() {
  static const Table table = [] {
    Table made;
    for (absl::string_view line : absl::StrSplit(kEmbeddedFluency, '\n')) {
      if (line.empty() || line[0] == '#') continue;
      const std::vector<absl::string_view> parts = absl::StrSplit(line, ' ');
      int hundredths = 0;
      RINGSIDE_CHECK(parts.size() == 3 && absl::SimpleAtoi(parts[2], &hundredths));
      made[std::string(parts[0]) + " " + std::string(parts[1])] = hundredths / 100.0;
    }
    return made;
  }();
  return table;
}

}  // namespace

std::vector<std::string> WordClasses(const text::Document& document, const text::Range& sentence) {
  std::vector<std::string> classes = {"<"};
  for (uint32_t i = sentence.begin; i < sentence.end; ++i) {
    const text::Token& token = document.tokens[i];
    if (token.enumerator || token.kind == text::TokenKind::kSymbol) continue;
    if (i > sentence.begin && token.clause != document.tokens[i - 1].clause && !token.function_word)
      classes.emplace_back(",");
    if (token.kind == text::TokenKind::kNumber) {
      classes.emplace_back("0");
    } else {
      classes.push_back(token.function_word ? token.lower : ContentClass(token.lower));
    }
  }
  classes.emplace_back(">");
  return classes;
}

double Fluency(const text::Document& document, const std::vector<bool>& struck) {
  constexpr double kPrior = 0.3, kPriorPairs = 4;
  const Table& table = BuiltInTable();
  double sum = kPrior * kPriorPairs, pairs = kPriorPairs;
  for (const text::Range& sentence : document.sentences) {
    if (struck[sentence.begin] || IsFormula(document, sentence)) continue;
    const std::vector<std::string> classes = WordClasses(document, sentence);
    if (classes.size() <= 2) continue;
    for (size_t i = 1; i < classes.size(); ++i) {
      const auto found = table.find(classes[i - 1] + " " + classes[i]);
      sum += found == table.end() ? 0 : found->second;
      ++pairs;
    }
  }
  return pairs > kPriorPairs ? sum / pairs : 0;
}

}  // namespace ringside::theory
