// Finds what a text claims, and says of each claim whether it is so.
//
// Pure and deterministic; any bytes, any length (text::kMaxBytes is read, ClaimReport.cut says so); const
// facts may be shared between threads. What is asked, quoted or has no recognised subject makes no
// contradiction: a claim that nothing is known of is not checkable. docs/claims.md: what is recognised, how
// it is judged.
#pragma once

#include <string_view>

#include "evaluator/claims/facts.h"
#include "ringside/v1/claims.pb.h"

namespace ringside::claims {

inline constexpr size_t kMaxSentence = 256;  // words, figures and signs; of a longer one the rest is not read
inline constexpr int kMaxClaims = 400;       // of a text; further ones are not looked for (ClaimReport.cut)

// Also scores them (score.h).
v1::ClaimReport CheckClaims(std::string_view text, const Facts& facts);

}  // namespace ringside::claims
