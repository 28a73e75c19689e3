// An answer with stretches of it marked: what earned points, and what was wrong.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ringside/v1/theory.pb.h"

namespace ringside::cohort {

struct Highlight {
  v1::Span span;  // bytes of the text; cut to it, and to whole characters
  int label = 0;  // from 1: a small number behind the stretch; 0: none
  bool wrong = false;
};

// Escaped, with <mark>s; lines are kept. A stretch in several highlights is wrong if one of them is. Text
// beyond kMaxShownBytes is left out, which is said.
inline constexpr size_t kMaxShownBytes = 100'000;
std::string MarkedHtml(std::string_view text, const std::vector<Highlight>& highlights);

}  // namespace ringside::cohort
