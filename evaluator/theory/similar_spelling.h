// Whether two words are one word, misspelled or inflected.
#pragma once

#include <string_view>

namespace ringside::theory {

// 0: different words. 0.85: one letter wrong, missing, too many or two exchanged in words of five letters and
// more, two from nine letters on. 0.6: a long common beginning ("differ", "differential").
float SpellingSimilarity(std::string_view a, std::string_view b);

}  // namespace ringside::theory
