// Figures in a sentence: numbers in digits and words, with their units, bounds and how exactly they are
// meant.
//
// "16 GB", "about 40 %", "18x", "twice", "two thirds", "3/8", "between 40 and 50 ms", "1.5T tokens", "half".
// A unit that means two things ("7 B", "5 TFLOPs") leaves alternatives.
#pragma once

#include <cstdint>
#include <vector>

#include "evaluator/claims/lexemes.h"
#include "evaluator/claims/quantity.h"
#include "ringside/v1/claims.pb.h"

namespace ringside::claims {

struct UnitValue {
  Unit unit = Unit::kCount;
  double scale = 1;     // of the number, to SI
  bool binary = false;  // a power of two could be meant as well: GB for GiB
};

enum class FigureForm : uint8_t {
  kPlain,
  kPercent,   // "40 %"
  kTimes,     // "18x", "1.8 times", "twice", "threefold"
  kFraction,  // "3/8", "half", "two thirds"
};

struct Figure {
  uint32_t first = 0, last = 0;  // lexemes [first, last), without bounds
  uint32_t begin = 0, end = 0;   // bytes
  double number = 0;             // as written; a fraction's value
  double step = 0;               // of its last digit; 0: exact
  std::vector<UnitValue> units;  // most likely first; never empty
  FigureForm form = FigureForm::kPlain;
  bool in_words = false;   // "half", "twice", "four"
  bool has_unit = false;   // a unit was written
  bool magnitude = false;  // "7B", "1.5 trillion"
  v1::ClaimRelation relation = v1::CLAIM_RELATION_EQUAL;
  double high = 0;                  // BETWEEN, as `number`
  uint32_t bound_first = 0;         // with the words of the bound
  bool part_of_name = false;        // "Llama 3", "the 7B model"
  bool used = false;                // an operand, a setting: no value of its own
  Scope unit_scope = Scope::kNone;  // "40 GB/GPU", "16 bytes per parameter"

  double Value(size_t unit) const { return number * units[unit].scale; }
};

// A number at `at`, or in words; false: there is none. Bounds are not read.
bool ParseFigure(const std::vector<Lexeme>& lexemes, uint32_t at, std::string_view text, Figure* figure);

// All of a sentence, in order, with their bounds.
std::vector<Figure> FiguresOf(const std::vector<Lexeme>& lexemes, std::string_view text);

// A number word ("four", "a quarter" has two lexemes): value and lexemes that it takes; 0: none.
uint32_t NumberWord(const std::vector<Lexeme>& lexemes, uint32_t at, double* value, FigureForm* form);

}  // namespace ringside::claims
