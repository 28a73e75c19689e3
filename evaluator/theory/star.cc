#include "evaluator/theory/star.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <string_view>

namespace ringside::theory {
namespace {

std::string Joined(const text::Document& answer, const text::Range& sentence) {
  std::string joined = " ";
  for (uint32_t i = sentence.begin; i < sentence.end; ++i) joined += answer.tokens[i].lower + " ";
  return joined;
}

bool HasAny(const std::string& text, std::initializer_list<std::string_view> phrases) {
  for (std::string_view phrase : phrases)
    if (text.find(phrase) != std::string::npos) return true;
  return false;
}

bool IsPercent(const text::Document& d, size_t i) {
  if (i + 1 >= d.tokens.size()) return false;
  const std::string& next = d.tokens[i + 1].lower;
  return next == "%" || next == "percent" || next == "pct";
}

bool IsFactor(const text::Document& d, size_t i) {
  if (i + 1 >= d.tokens.size()) return false;
  const std::string& next = d.tokens[i + 1].lower;
  return next == "x" || next == "times" || next == "fold";
}

// Units and small words that may stand between the two figures.
bool MayStandBetween(const text::Token& token) {
  return token.kind == text::TokenKind::kWord && token.lower.size() <= 12;
}

class Arithmetic {
 public:
  Arithmetic(const text::Document& answer, std::vector<std::string>* wrong) : d_(answer), wrong_(*wrong) {}

  void Check() {
    for (size_t to = 1; to + 1 < d_.tokens.size(); ++to) {
      if (d_.tokens[to].lower != "to" || d_.tokens[to + 1].kind != text::TokenKind::kNumber) continue;
      size_t a = to;  // the figure before "to", at most two words back
      while (a-- > 0 && to - a <= 3) {
        if (d_.tokens[a].kind == text::TokenKind::kNumber) break;
        if (!MayStandBetween(d_.tokens[a])) a = 0;
      }
      if (a >= to || d_.tokens[a].kind != text::TokenKind::kNumber) continue;
      Compare(a, to + 1);
    }
  }

 private:
  void Compare(size_t a, size_t b) {
    const double from = d_.tokens[a].number, to = d_.tokens[b].number;
    if (from <= 0 || to <= 0 || from == to) return;
    const bool percentages = IsPercent(d_, a) || IsPercent(d_, b);
    for (size_t i = 0; i < d_.tokens.size(); ++i) {
      const text::Token& token = d_.tokens[i];
      if (i == a || i == b || token.kind != text::TokenKind::kNumber) continue;
      if (token.sentence + 1 < d_.tokens[a].sentence || token.sentence > d_.tokens[b].sentence + 1) continue;
      if (IsPercent(d_, i) && !percentages) {
        const double change = std::abs(from - to) / from * 100;
        if (std::abs(change - token.number) > 1.5 && !PartOfARange(i))
          wrong_.push_back(fmt::format("From {:g} to {:g} is a change of {:.0f} %, not {:g} %.", from, to,
                                       change, token.number));
      } else if (IsFactor(d_, i) && token.number > 1) {
        const double factor = std::max(from / to, to / from);
        if (std::abs(factor / token.number - 1) > 0.06)
          wrong_.push_back(fmt::format("From {:g} to {:g} is a factor of {:.2g}, not {:g}.", from, to, factor,
                                       token.number));
      }
    }
  }
  bool PartOfARange(size_t i) const {
    return (i > 0 && d_.tokens[i - 1].lower == "to") ||
           (i + 2 < d_.tokens.size() && d_.tokens[i + 2].lower == "to");
  }

  const text::Document& d_;
  std::vector<std::string>& wrong_;
};

}  // namespace

Star CheckStar(const text::Document& answer) {
  Star star;
  int acts = 0;
  for (size_t s = 0; s < answer.sentences.size(); ++s) {
    const std::string text = Joined(answer, answer.sentences[s]);
    const bool first_third = s * 3 <= answer.sentences.size();
    star.situation |=
        HasAny(text, {" situation "}) ||
        (first_third && HasAny(text, {" was ", " were ", " had ", " when ", " while working ", " at my ",
                                      " in my ", " our team ", " project ", " last year "}));
    star.task |=
        HasAny(text, {" task ", " my job ", " responsible ", " goal ", " had to ", " needed to ",
                      " asked to ", " objective ", " was to ", " assigned ", " my role ", " target "});
    const bool acted =
        HasAny(text, {" action ", " i "}) && !HasAny(text, {" i was ", " i am ", " i had to "});
    acts += acted;
    star.action |= HasAny(text, {" action "});
    const bool result =
        HasAny(text, {" result ", " results ", " reduced ", " increased ", " improved ", " led to ",
                      " saved ", " achieved ", " outcome ", " fell ", " dropped ", " rose ", " grew ",
                      " cut ", " as a consequence ", " in the end ", " finally ", " since then "});
    star.result |= result;
    if (!result) continue;
    for (uint32_t i = answer.sentences[s].begin; i < answer.sentences[s].end; ++i)
      star.quantified |= answer.tokens[i].kind == text::TokenKind::kNumber && !answer.tokens[i].enumerator;
  }
  star.action |= acts >= 2;
  Arithmetic(answer, &star.wrong).Check();
  return star;
}

std::vector<std::string> NotesOf(const Star& star) {
  std::vector<std::string> notes;
  if (!star.situation) notes.emplace_back("Situation: say where and when it was.");
  if (!star.task) notes.emplace_back("Task: say what you had to achieve.");
  if (!star.action) notes.emplace_back("Action: say what you yourself did, step by step.");
  if (!star.result) notes.emplace_back("Result: say how it ended.");
  if (star.result && !star.quantified) notes.emplace_back("Result: give a figure for it.");
  for (const std::string& wrong : star.wrong) notes.push_back("The figures do not agree: " + wrong);
  return notes;
}

}  // namespace ringside::theory
