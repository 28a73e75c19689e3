#include "evaluator/design/text_areas.h"

#include <algorithm>
#include <string>

#include "fmt/format.h"

namespace ringside::evaluator {
namespace {

constexpr int kMostEvidence = 12;

}  // namespace

v1::AreaScore ScoreClaims(const v1::ClaimReport& claims) {
  v1::AreaScore area;
  area.set_area("claims");
  area.set_score(claims.judged() ? std::clamp(claims.score(), 0.0, 1.0) : 0);
  area.set_reason(claims.judged() ? claims.reason() : "nothing was said that could be checked");
  for (const v1::Claim& claim : claims.claims()) {
    if (claim.verdict() == v1::CLAIM_VERDICT_NOT_CHECKABLE || claim.evidence_size() == 0) continue;
    if (area.evidence_size() >= kMostEvidence) break;
    const v1::ClaimEvidence& truth = claim.evidence(0);
    v1::Evidence& evidence = *area.add_evidence();
    evidence.set_quantity(truth.quantity());
    evidence.set_value(truth.value());
    evidence.set_unit(truth.unit());
    evidence.set_origin(truth.origin());
    evidence.set_where(fmt::format("\"{}\": {}", claim.text(), claim.reason()));
  }
  return area;
}

v1::AreaScore ScoreCoverage(const v1::TheoryGrade& grade) {
  v1::AreaScore area;
  area.set_area("coverage");
  area.set_score(std::clamp(grade.score(), 0.0, 1.0));
  int covered = 0;
  for (const v1::PointGrade& point : grade.points()) {
    covered += point.earned() >= 0.5;
    if (point.spans_size() == 0) continue;
    v1::Evidence& evidence = *area.add_evidence();
    evidence.set_quantity("covered/" + point.point());
    evidence.set_value(point.earned());
    evidence.set_unit("1");
    evidence.set_origin(v1::ORIGIN_EXACT);
    evidence.set_where(fmt::format("rationale, bytes {} to {}: {}", point.spans(0).begin(),
                                   point.spans(0).end(), point.reason()));
  }
  std::string reason =
      grade.error().empty()
          ? fmt::format("covers {} of {} points that the question asks for", covered, grade.points_size())
          : grade.error();
  for (const v1::MisconceptionHit& hit : grade.misconceptions()) reason += "; not so: " + hit.correction();
  area.set_reason(std::move(reason));
  return area;
}

}  // namespace ringside::evaluator
