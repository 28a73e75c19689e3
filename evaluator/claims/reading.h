// One sentence with everything in it marked: figures, topics, settings, scopes, where its parts end, and what
// is no claim because it is asked, quoted or denied.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "evaluator/claims/figures.h"
#include "evaluator/claims/formula.h"
#include "evaluator/claims/topics.h"

namespace ringside::claims {

struct ScopeMark {
  uint32_t first = 0, last = 0;
  Scope scope = Scope::kNone;
};

// How a setting stands in its sentence.
enum class SettingRole : uint8_t {
  kCondition,  // "with 32 micro-batches", "ZeRO-1 leaves ..."
  kBaseline,   // "than ZeRO-1", "compared with plain data parallelism", "instead of 4"
  kAssertion,  // "we use tp 8"
};

struct PlacedSetting {
  Setting setting;
  SettingRole role = SettingRole::kCondition;
  int figure = -1;  // index of the figure that says it; -1: named
};

struct SentenceReading {
  std::vector<Lexeme> lexemes;
  std::vector<Figure> figures;  // in order; those of formulas are the formulas' results
  std::vector<Formula> formulas;
  std::vector<Mention> mentions;
  std::vector<PlacedSetting> settings;
  std::vector<ScopeMark> scopes;
  std::vector<uint16_t> part;  // of each lexeme: clauses, counted up
  bool question = false;
  bool modal = false;  // "would", "could", "if": of something that is not

  const Lexeme* At(int64_t i) const {
    return i >= 0 && i < static_cast<int64_t>(lexemes.size()) ? &lexemes[static_cast<size_t>(i)] : nullptr;
  }
  // The word at i; empty: no word there.
  std::string_view Word(int64_t i) const {
    const Lexeme* lexeme = At(i);
    return lexeme != nullptr && lexeme->kind == LexKind::kWord ? lexeme->lower : std::string_view();
  }
  bool SignAt(int64_t i, char sign) const {
    const Lexeme* lexeme = At(i);
    return lexeme != nullptr && lexeme->IsSign(sign);
  }
};

// `shape` null: settings that need the plan's values ("doubling the micro-batches") are left out.
SentenceReading Read(SentenceLexemes sentence, std::string_view text, const PlanShape* shape);

}  // namespace ringside::claims
