// What may stand behind a number.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "evaluator/claims/figures.h"

namespace ringside::claims {

// Reads magnitude ("k", "billion") and unit from lexeme `at` on, up to the first that is neither; returns
// where it stopped and fills units, has_unit, magnitude, form and unit_scope. A lone capital B is bytes and
// 10^9.
uint32_t ParseUnit(const std::vector<Lexeme>& lexemes, uint32_t at, std::string_view text, Figure* figure);

}  // namespace ringside::claims
