#include "evaluator/claims/score.h"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

#include "fmt/format.h"

namespace ringside::claims {
namespace {

bool IsWeak(const v1::Claim& claim) {
  static constexpr std::string_view kSettings[] = {
      "ways",   "ranks",  "nodes", "devices_per_node", "micro_batches", "micro_batch", "chunks",
      "layers", "hidden", "heads", "seq_len",          "vocab",         "experts",     "global_batch"};
  if (claim.kind() == v1::CLAIM_KIND_ARITHMETIC) return true;
  if (claim.relation() == v1::CLAIM_RELATION_AT_LEAST || claim.relation() == v1::CLAIM_RELATION_AT_MOST)
    return true;
  const std::string_view subject = std::string_view(claim.subject()).substr(0, claim.subject().find(' '));
  return std::find(std::begin(kSettings), std::end(kSettings), subject) != std::end(kSettings);
}

}  // namespace

void Score(v1::ClaimReport* report) {
  std::set<std::tuple<std::string, std::string, int64_t, int>> seen;
  double supported = 0, weak = 0, contradicted = 0;
  int counts[4] = {};
  for (v1::Claim& claim : *report->mutable_claims()) {
    // The same to three digits or so.
    const auto rounded = static_cast<int64_t>(claim.truth() * 1e6);
    const bool judged = claim.verdict() != v1::CLAIM_VERDICT_NOT_CHECKABLE;
    if (judged &&
        !seen.emplace(claim.subject(), claim.under(),
                      claim.kind() == v1::CLAIM_KIND_ARITHMETIC ? static_cast<int64_t>(claim.stated() * 1e3)
                                                                : rounded,
                      claim.verdict())
             .second) {
      claim.set_repeated(true);
      continue;
    }
    ++counts[claim.verdict()];
    if (claim.verdict() == v1::CLAIM_VERDICT_SUPPORTED)
      (IsWeak(claim) ? weak : supported) += IsWeak(claim) ? kWeak : 1;
    if (claim.verdict() == v1::CLAIM_VERDICT_CONTRADICTED) contradicted += 1;
  }
  report->set_supported(counts[v1::CLAIM_VERDICT_SUPPORTED]);
  report->set_contradicted(counts[v1::CLAIM_VERDICT_CONTRADICTED]);
  report->set_not_checkable(counts[v1::CLAIM_VERDICT_NOT_CHECKABLE]);
  const double good = supported + std::min(weak, kWeakCap);
  report->set_judged(good + contradicted > 0);
  report->set_score(report->judged() ? good / (good + 2 * contradicted) * std::min(1.0, good / kEnough) : 0);
  report->set_reason(report->judged()
                         ? fmt::format("{} of what was claimed is so, {} is not, {} could not be checked",
                                       report->supported(), report->contradicted(), report->not_checkable())
                         : "no claim could be checked");
}

}  // namespace ringside::claims
