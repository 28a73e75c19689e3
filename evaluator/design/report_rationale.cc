#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evaluator/design/report.h"
#include "evaluator/design/text.h"
#include "fmt/format.h"

namespace ringside::evaluator {
namespace {

constexpr size_t kMaxPiece = 70'000;

// Line ends are spaces here: a rationale is shown as one paragraph.
std::string Plain(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
  return EscapeHtml(line, kMaxPiece);
}

const char* ClassOf(v1::ClaimVerdict verdict) {
  switch (verdict) {
    case v1::CLAIM_VERDICT_SUPPORTED:
      return "rs-yes";
    case v1::CLAIM_VERDICT_CONTRADICTED:
      return "rs-no";
    default:
      return "rs-open";
  }
}

}  // namespace

std::string MarkedRationaleHtml(const v1::Scorecard& card) {
  const std::string_view text = card.rationale();
  // The first to begin, and of those the longest, stands for what it covers.
  std::vector<v1::Claim> claims(card.claims().claims().begin(), card.claims().claims().end());
  std::stable_sort(claims.begin(), claims.end(), [](const v1::Claim& a, const v1::Claim& b) {
    return std::make_pair(a.span().begin(), -a.span().end()) <
           std::make_pair(b.span().begin(), -b.span().end());
  });
  std::string html;
  size_t at = 0;
  for (const v1::Claim& claim : claims) {
    const auto begin = static_cast<size_t>(std::max(0, claim.span().begin()));
    const auto end = std::min(text.size(), static_cast<size_t>(std::max(0, claim.span().end())));
    if (begin < at || end <= begin) continue;  // within one that is marked already
    html += Plain(text.substr(at, begin - at));
    html += fmt::format("<mark class=\"{}\" title=\"{}\">{}</mark>", ClassOf(claim.verdict()),
                        EscapeHtml(claim.reason(), 400), Plain(text.substr(begin, end - begin)));
    at = end;
  }
  return html + Plain(text.substr(at));
}

}  // namespace ringside::evaluator
