// Takes a text apart (document.h). English, with the abbreviations of the field. Deterministic; safe for any
// bytes; from any thread.
#pragma once

#include <cstddef>
#include <string_view>

#include "evaluator/text/document.h"

namespace ringside::text {

// Beyond the first of these limits the rest is not looked at (Document::cut): an answer of an hour's talk has
// some 60 KB. Text is cut between words where there is a blank within the last 256 bytes.
inline constexpr size_t kMaxBytes = size_t{64} << 10;
inline constexpr size_t kMaxTokens = size_t{1} << 14;

Document Analyze(std::string_view text);

}  // namespace ringside::text
