// From a figure or a phrase and the facts it is compared with to the message that says so.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evaluator/claims/judge.h"
#include "evaluator/claims/world.h"
#include "ringside/v1/claims.pb.h"

namespace ringside::claims {

struct ClaimParts {
  v1::ClaimKind kind = v1::CLAIM_KIND_QUANTITY;
  uint32_t begin = 0, end = 0;  // bytes
  std::string subject;          // empty: not recognised
  std::vector<Change> under;    // those that differ from the plan
  std::vector<Fact> facts;
};

// The figure's claim, judged. A subject without facts is not checkable.
v1::Claim FigureClaim(std::string_view text, const Figure& figure, size_t unit,
                      const std::vector<double>& factors, bool negated, const ClaimParts& parts);

// A claim without a figure, or with one of its own (arithmetic): everything but verdict, truth and reason.
v1::Claim PlainClaim(std::string_view text, const ClaimParts& parts);

v1::ClaimEvidence EvidenceOf(const Fact& fact);

// "107.8 GB", "27.1 %", "5.96 s": SI, three or four digits.
std::string Shown(double value, Unit unit);

}  // namespace ringside::claims
