// The first pass over a text: words, numbers and symbols with their bytes, and where sentences and clauses
// begin.
//
// A sentence ends with . ! ? (not after an abbreviation or inside a number), with an empty line, before an
// item of a list, before a line that begins with a capital letter, and at "||", which separates whole
// wordings in tables of reference answers. A clause ends with , ; : a dash, around parentheses, and before
// words such as "but" and "because". Hyphens and underscores separate words, except behind a prefix
// ("non-linear" is "nonlinear").
#pragma once

#include <string_view>

#include "evaluator/text/document.h"

namespace ringside::text {

// Fills tokens (without stems, concepts and polarity), sentences, clauses, cut and invalid_bytes.
void Tokenize(std::string_view text, Document* document);

}  // namespace ringside::text
