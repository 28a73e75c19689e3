#include "evaluator/theory/similar_spelling.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace ringside::theory {
namespace {

constexpr size_t kMaxWord = 32;

// Optimal string alignment distance, in rows. Both at most kMaxWord.
int Distance(std::string_view a, std::string_view b) {
  std::array<std::array<int, kMaxWord + 1>, 3> rows{};
  for (size_t j = 0; j <= b.size(); ++j) rows[0][j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& before = rows[(i + 2) % 3];
    const auto& two_before = rows[(i + 1) % 3];
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({before[j] + 1, row[j - 1] + 1, before[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], two_before[j - 2] + 1);
    }
  }
  return rows[a.size() % 3][b.size()];
}

}  // namespace

float SpellingSimilarity(std::string_view a, std::string_view b) {
  if (a == b) return 1;
  const size_t shorter = std::min(a.size(), b.size());
  const size_t longer = std::max(a.size(), b.size());
  if (shorter < 4 || longer > kMaxWord) return 0;
  size_t common = 0;
  while (common < shorter && a[common] == b[common]) ++common;
  // Misspellings rarely begin with the first two letters.
  if (common == 0 && !(a[0] == b[1] && a[1] == b[0])) return 0;
  if (longer >= 5 && longer - shorter <= 2) {
    const int allowed = longer >= 9 ? 2 : 1;
    if (Distance(a, b) <= allowed) return 0.85F;
  }
  if (common >= 5 && common * 10 >= longer * 6) return 0.6F;
  return 0;
}

}  // namespace ringside::theory
