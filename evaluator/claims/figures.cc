#include "evaluator/claims/figures.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "evaluator/claims/units.h"

namespace ringside::claims {
namespace {

struct NamedNumber {
  std::string_view word;
  double value;
};
constexpr NamedNumber kCardinals[] = {{"zero", 0},    {"one", 1},      {"two", 2},     {"three", 3},
                                      {"four", 4},    {"five", 5},     {"six", 6},     {"seven", 7},
                                      {"eight", 8},   {"nine", 9},     {"ten", 10},    {"eleven", 11},
                                      {"twelve", 12}, {"sixteen", 16}, {"twenty", 20}, {"thirty", 30},
                                      {"forty", 40},  {"fifty", 50},   {"sixty", 60},  {"hundred", 100}};
constexpr NamedNumber kParts[] = {
    {"half", 0.5},         {"halves", 0.5},         {"third", 1.0 / 3},   {"thirds", 1.0 / 3},
    {"quarter", 0.25},     {"quarters", 0.25},      {"fourth", 0.25},     {"fifth", 0.2},
    {"fifths", 0.2},       {"sixth", 1.0 / 6},      {"seventh", 1.0 / 7}, {"ninth", 1.0 / 9},
    {"twelfth", 1.0 / 12}, {"eighth", 0.125},       {"eighths", 0.125},   {"tenth", 0.1},
    {"tenths", 0.1},       {"sixteenth", 1.0 / 16}, {"twentieth", 0.05},  {"hundredth", 0.01}};
constexpr NamedNumber kFactors[] = {{"once", 1},        {"twice", 2},     {"thrice", 3},    {"double", 2},
                                    {"triple", 3},      {"quadruple", 4}, {"twofold", 2},   {"doubles", 2},
                                    {"halves", 0.5},    {"halve", 0.5},   {"triples", 3},   {"quadruples", 4},
                                    {"threefold", 3},   {"fourfold", 4},  {"eightfold", 8}, {"tenfold", 10},
                                    {"sixteenfold", 16}};

template <size_t n>
const NamedNumber* Named(const NamedNumber (&list)[n], std::string_view word) {
  for (const NamedNumber& named : list) {
    if (named.word == word) return &named;
  }
  return nullptr;
}

bool AnyOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string_view WordAt(const std::vector<Lexeme>& lexemes, int64_t at) {
  if (at < 0 || at >= static_cast<int64_t>(lexemes.size())) return {};
  return lexemes[static_cast<size_t>(at)].kind == LexKind::kWord ? lexemes[static_cast<size_t>(at)].lower
                                                                 : std::string_view();
}

// Bounds in front of a figure, read backwards from it.
class Bounds {
 public:
  Bounds(const std::vector<Lexeme>& lexemes, Figure* figure) : lex_(lexemes), fig_(*figure) {}

  void Read() {
    fig_.bound_first = fig_.first;
    int64_t at = fig_.first;
    for (int words = 0; words < 4; ++words) {
      const uint32_t taken = Take(at - 1);
      if (taken == 0) break;
      at -= taken;
      fig_.bound_first = static_cast<uint32_t>(at);
    }
    Behind();
  }

 private:
  std::string_view W(int64_t at) const { return WordAt(lex_, at); }
  void Set(v1::ClaimRelation relation) {
    if (fig_.relation == v1::CLAIM_RELATION_EQUAL || fig_.relation == v1::CLAIM_RELATION_ABOUT) {
      fig_.relation = relation;
    }
  }
  bool Denied(int64_t at) const { return W(at) == "no" || W(at) == "not" || W(at) == "never"; }

  // How many lexemes that end at `at` are a bound.
  uint32_t Take(int64_t at) {
    if (at < 0) return 0;
    const Lexeme& lexeme = lex_[static_cast<size_t>(at)];
    if (lexeme.IsSign('~')) return Set(v1::CLAIM_RELATION_ABOUT), 1;
    if (lexeme.IsSign('<')) return Set(v1::CLAIM_RELATION_AT_MOST), 1;
    if (lexeme.IsSign('>')) return Set(v1::CLAIM_RELATION_AT_LEAST), 1;
    if (lexeme.IsSign('$')) return 1;
    const std::string_view word = W(at);
    if (AnyOf(word,
              {"a", "an", "the", "only", "just", "some", "another", "still", "even", "full", "as", "good"})) {
      // Articles are no bounds, but may stand between one and the figure.
      return word != "as" && at > 0 && IsBound(W(at - 1)) ? 1 : 0;
    }
    if (AnyOf(word,
              {"about", "roughly", "approximately", "approx", "around", "circa", "ca", "nearly", "almost",
               "approximate", "near", "say", "perhaps", "maybe", "slightly", "barely", "little"})) {
      return Set(v1::CLAIM_RELATION_ABOUT), 1;
    }
    if (word == "to" && W(at - 1) == "close") return Set(v1::CLAIM_RELATION_ABOUT), 2;
    if (word == "to" && W(at - 1) == "up" &&
        !AnyOf(W(at - 2), {"add", "adds", "adding", "sum", "sums", "went", "goes", "go"}))
      return Set(v1::CLAIM_RELATION_AT_MOST), 2;
    if (word == "of" && W(at - 1) == "order") return Set(v1::CLAIM_RELATION_ABOUT), 2;
    if (word == "least" && W(at - 1) == "at") return Set(v1::CLAIM_RELATION_AT_LEAST), 2;
    if (word == "most" && W(at - 1) == "at") return Set(v1::CLAIM_RELATION_AT_MOST), 2;
    if (word == "than") {
      const std::string_view what = W(at - 1);
      const bool denied = Denied(at - 2);
      if (AnyOf(what, {"more", "larger", "higher", "bigger", "greater", "longer"})) {
        return Set(denied ? v1::CLAIM_RELATION_AT_MOST : v1::CLAIM_RELATION_AT_LEAST), denied ? 3 : 2;
      }
      if (AnyOf(what, {"less", "fewer", "smaller", "lower", "shorter"})) {
        return Set(denied ? v1::CLAIM_RELATION_AT_LEAST : v1::CLAIM_RELATION_AT_MOST), denied ? 3 : 2;
      }
      return 0;
    }
    if (AnyOf(word, {"under", "below"}) && BoundPlace(at)) {
      const bool soft = AnyOf(W(at - 1), {"just", "slightly", "little", "bit"});
      return Set(soft ? v1::CLAIM_RELATION_ABOUT : v1::CLAIM_RELATION_AT_MOST), 1;
    }
    if (AnyOf(word, {"over", "above"}) && BoundPlace(at)) {
      const bool soft = AnyOf(W(at - 1), {"just", "slightly", "little", "bit"});
      return Set(soft ? v1::CLAIM_RELATION_ABOUT : v1::CLAIM_RELATION_AT_LEAST), 1;
    }
    if (AnyOf(word, {"exceed", "exceeds", "exceeding", "exceeded"})) {
      const bool denied = Denied(at - 1) || lexeme.negated;
      return Set(denied ? v1::CLAIM_RELATION_AT_MOST : v1::CLAIM_RELATION_AT_LEAST), 1;
    }
    return 0;
  }

  static bool IsBound(std::string_view word) {
    return AnyOf(word, {"about", "roughly", "approximately", "around", "nearly", "almost", "than", "over",
                        "under", "above", "below", "least", "most", "to"});
  }
  // "over 8 ranks", "under 32 micro-batches", "over 450 GB/s links" say where, not how much.
  bool BoundPlace(int64_t at) const {
    const Unit unit = fig_.units[0].unit;
    if (fig_.form == FigureForm::kPlain && unit == Unit::kCount && !fig_.magnitude && fig_.number < 1000)
      return false;
    if (unit == Unit::kBytesPerSecond) return false;
    return !AnyOf(W(at - 1), {"runs", "run", "goes", "go", "travels", "split", "sharded", "spread"});
  }

  // "or more", "or less", "at most" behind it.
  void Behind() {
    const int64_t at = fig_.last;
    if (W(at) == "or" && AnyOf(W(at + 1), {"more", "above", "higher"})) Set(v1::CLAIM_RELATION_AT_LEAST);
    if (W(at) == "or" && AnyOf(W(at + 1), {"less", "fewer", "below", "so"})) {
      Set(W(at + 1) == "so" ? v1::CLAIM_RELATION_ABOUT : v1::CLAIM_RELATION_AT_MOST);
    }
    if (W(at) == "at" && W(at + 1) == "most") Set(v1::CLAIM_RELATION_AT_MOST);
    if (W(at) == "at" && W(at + 1) == "least") Set(v1::CLAIM_RELATION_AT_LEAST);
  }

  const std::vector<Lexeme>& lex_;
  Figure& fig_;
};

void Finish(const std::vector<Lexeme>& lexemes, Figure* figure) {
  figure->begin = lexemes[figure->first].begin;
  figure->end = lexemes[figure->last - 1].end;
}

// "40 to 50 %", "40-50 %", "between 40 and 50 %": one figure; false: they are two.
bool JoinRange(const std::vector<Lexeme>& lexemes, const Figure& low, Figure* high) {
  if (low.in_words && !high->in_words) return false;
  const uint32_t gap = high->first - low.last;
  if (gap != 1) return false;
  const Lexeme& link = lexemes[low.last];
  const bool between = low.first > 0 && lexemes[low.first - 1].Is("between");
  const bool from = low.first > 0 && lexemes[low.first - 1].Is("from");
  const bool joins = (between && link.Is("and")) || (link.Is("to") && !from) || link.IsSign('-');
  if (!joins || !(high->number > low.number)) return false;
  if (low.has_unit && (low.units[0].unit != high->units[0].unit || low.form != high->form)) return false;
  if (link.IsSign('-') && low.has_unit && !high->has_unit) return false;
  Figure joined = *high;
  joined.first = between ? low.first - 1 : low.first;
  joined.number = low.number;
  if (low.has_unit || low.magnitude) joined.number = low.number * low.units[0].scale / high->units[0].scale;
  joined.high = high->number;
  joined.step = std::max(low.step, high->step);
  joined.relation = v1::CLAIM_RELATION_BETWEEN;
  Finish(lexemes, &joined);
  joined.bound_first = joined.first;
  *high = joined;
  return true;
}

// "Llama 3", "GPT-3", "LLaMA-2 7B", "the 7B model", "LLaMA-2 7B".
bool PartOfName(const std::vector<Lexeme>& lexemes, const Figure& figure, bool after_name) {
  const std::string_view before = WordAt(lexemes, static_cast<int64_t>(figure.first) - 1);
  if (AnyOf(before, {"llama", "gpt", "mixtral", "qwen", "opt", "bloom", "palm"})) return true;
  if (after_name && figure.magnitude) return true;
  const std::string_view behind = WordAt(lexemes, figure.last);
  if (figure.magnitude && AnyOf(behind, {"model", "models", "llama", "transformer"})) return true;
  return AnyOf(before,
               {"figure", "table", "section", "chapter", "phase", "question", "point", "option", "plan"}) &&
         !figure.has_unit;
}

}  // namespace

uint32_t NumberWord(const std::vector<Lexeme>& lexemes, uint32_t at, double* value, FigureForm* form) {
  const std::string_view word = WordAt(lexemes, at), next = WordAt(lexemes, at + 1);
  *form = FigureForm::kPlain;
  if (const NamedNumber* factor = Named(kFactors, word); factor != nullptr) {
    *value = factor->value, *form = FigureForm::kTimes;
    return 1;
  }
  if (word == "a" && AnyOf(next, {"hundred", "thousand", "million", "billion", "trillion"})) {
    *value = 1;
    return 1;
  }
  if (word == "half" && next == "a") {
    if (!AnyOf(WordAt(lexemes, at + 2), {"million", "billion", "trillion"})) return 0;
    *value = 0.5;
    return 2;
  }
  if (word == "half") {
    *value = 0.5, *form = FigureForm::kFraction;
    return 1;
  }
  const NamedNumber* cardinal = Named(kCardinals, word);
  if (word == "a" || cardinal != nullptr) {
    const NamedNumber* part = Named(kParts, next);
    const bool plural = next.ends_with("s");
    if (part != nullptr && (cardinal == nullptr || cardinal->value == 1 ? !plural : plural)) {
      *value = (cardinal != nullptr ? cardinal->value : 1) * part->value, *form = FigureForm::kFraction;
      return 2;
    }
  }
  if (cardinal == nullptr) return 0;
  *value = cardinal->value;
  return 1;
}

bool ParseFigure(const std::vector<Lexeme>& lexemes, uint32_t at, std::string_view text, Figure* figure) {
  *figure = {};
  figure->first = at;
  bool dollars = false;
  if (lexemes[at].IsSign('$') && at + 1 < lexemes.size()) dollars = true, ++at;
  const Lexeme& lexeme = lexemes[at];
  uint32_t next = at + 1;
  if (lexeme.kind == LexKind::kNumber) {
    figure->number = lexeme.number, figure->step = lexeme.step;
  } else {
    // "ZeRO" is no number.
    if (lexeme.Is("zero") && text.substr(lexeme.begin + 1, 3) != "ero") return false;
    const uint32_t words = NumberWord(lexemes, at, &figure->number, &figure->form);
    if (words == 0) return false;
    figure->in_words = true;
    next = at + words;
  }
  figure->last = next;
  figure->units = {{figure->form == FigureForm::kPlain ? Unit::kCount : Unit::kRatio, 1, false}};
  if (figure->form == FigureForm::kPlain) figure->last = ParseUnit(lexemes, next, text, figure);
  // "a quarter of a second", "half an hour"
  if (figure->form == FigureForm::kFraction) {
    uint32_t at_unit = figure->last;
    if (WordAt(lexemes, at_unit) == "of") ++at_unit;
    if (AnyOf(WordAt(lexemes, at_unit), {"a", "an"}) && at_unit + 1 < lexemes.size()) {
      Figure unit = *figure;
      unit.form = FigureForm::kPlain;
      const uint32_t last = ParseUnit(lexemes, at_unit + 1, text, &unit);
      if (unit.has_unit && unit.units[0].unit == Unit::kSeconds) {
        *figure = unit;
        figure->last = last;
        figure->step = 0.1;
      }
    }
  }
  if (dollars) {
    figure->units = {{Unit::kUsd, figure->magnitude ? figure->units[0].scale : 1, false}};
    figure->has_unit = true;
  }
  Finish(lexemes, figure);
  return true;
}

std::vector<Figure> FiguresOf(const std::vector<Lexeme>& lexemes, std::string_view text) {
  std::vector<Figure> figures;
  bool after_name = false;
  for (uint32_t at = 0; at < lexemes.size();) {
    Figure figure;
    if (!ParseFigure(lexemes, at, text, &figure)) {
      ++at;
      continue;
    }
    // "one and a half times"
    if (figure.form == FigureForm::kFraction && figure.number == 0.5 && !figures.empty() && at >= 2 &&
        lexemes[at - 1].Is("a") && lexemes[at - 2].Is("and") && figures.back().last == at - 2) {
      Figure& whole = figures.back();
      whole.number += 0.5, whole.last = figure.last;
      if (AnyOf(WordAt(lexemes, whole.last), {"times"})) {
        whole.form = FigureForm::kTimes, whole.units = {{Unit::kRatio, 1, false}}, ++whole.last;
      }
      Finish(lexemes, &whole);
      at = whole.last;
      continue;
    }
    // "1F1B" is a schedule.
    if (figure.last < lexemes.size() && lexemes[figure.last].glued && lexemes[figure.last].Is("f1b")) {
      at = figure.last + 1;
      continue;
    }
    const Figure* before = figures.empty() ? nullptr : &figures.back();
    figure.part_of_name =
        PartOfName(lexemes, figure, after_name && before != nullptr && figure.first == before->last);
    after_name = figure.part_of_name;
    const auto first = static_cast<int64_t>(figure.first);
    if (!figure.has_unit && WordAt(lexemes, first - 1) == "of" && WordAt(lexemes, first - 2) == "factor") {
      figure.form = FigureForm::kTimes;
      figure.units = {{Unit::kRatio, 1, false}};
    }
    Bounds(lexemes, &figure).Read();
    if (before != nullptr && JoinRange(lexemes, *before, &figure)) figures.pop_back();
    // "2,560 tokens/s per GPU, 82k in total": of the same unit.
    const bool bare = figure.magnitude && !figure.has_unit && figure.units[0].unit == Unit::kCount;
    const std::string_view behind = WordAt(lexemes, figure.last);
    if (bare && before != nullptr && before->units[0].unit == Unit::kTokensPerSecond &&
        (behind.empty() || AnyOf(behind, {"in", "overall", "total", "altogether", "for", "across"}))) {
      figure.units[0].unit = Unit::kTokensPerSecond;
    }
    // "twice 3": one word is no bare pronoun ("one of them", "this one").
    const bool pronoun = figure.in_words && figure.form == FigureForm::kPlain && figure.number == 1;
    if (!pronoun || !AnyOf(WordAt(lexemes, static_cast<int64_t>(figure.first) - 1),
                           {"this", "that", "the", "which", "each", "every"})) {
      figures.push_back(figure);
    }
    at = std::max(figure.last, at + 1);
  }
  // "4 of the 16 bytes": of the same unit.
  for (size_t i = 0; i + 1 < figures.size(); ++i) {
    const Figure& whole = figures[i + 1];
    const bool bare = !figures[i].has_unit && figures[i].form == FigureForm::kPlain;
    if (!bare || !whole.has_unit || WordAt(lexemes, figures[i].last) != "of" ||
        whole.first > figures[i].last + 2)
      continue;
    figures[i].units = whole.units, figures[i].unit_scope = whole.unit_scope, figures[i].has_unit = true;
  }
  return figures;
}

}  // namespace ringside::claims
