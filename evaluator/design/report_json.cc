#include <algorithm>
#include <cctype>
#include <string>

#include "evaluator/design/areas.h"
#include "evaluator/design/rank.h"
#include "evaluator/design/report.h"
#include "evaluator/design/text.h"

namespace ringside::evaluator {
namespace {

nlohmann::json EvidenceJson(const v1::Evidence& evidence) {
  return {{"quantity", evidence.quantity()},
          {"value", evidence.value()},
          {"unit", evidence.unit()},
          {"origin", Name(evidence.origin())},
          {"where", evidence.where()}};
}

nlohmann::json AreaJson(const v1::AreaScore& area) {
  nlohmann::json out = {{"area", area.area()},
                        {"score", area.score()},
                        {"weight", area.weight()},
                        {"reason", ValidUtf8(area.reason())},
                        {"evidence", nlohmann::json::array()}};
  for (const v1::Evidence& evidence : area.evidence()) out["evidence"].push_back(EvidenceJson(evidence));
  return out;
}

std::string LowerName(std::string name) {
  name.erase(0, name.find('_') + 1);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name;
}

// Only what is set, in the words of a scenario file.
nlohmann::json PlanJson(const v1::ParallelPlan& plan) {
  nlohmann::json out = nlohmann::json::object();
  if (plan.has_dp()) out["dp"] = plan.dp();
  if (plan.has_tp()) out["tp"] = plan.tp();
  if (plan.has_pp()) out["pp"] = plan.pp();
  if (plan.has_cp()) out["cp"] = plan.cp();
  if (plan.has_ep()) out["ep"] = plan.ep();
  if (plan.has_zero()) out["zero"] = plan.zero();
  if (plan.has_zero_group()) out["zero_group"] = plan.zero_group();
  if (plan.has_micro_batch()) out["micro_batch"] = plan.micro_batch();
  if (plan.has_micro_batches()) out["micro_batches"] = plan.micro_batches();
  if (plan.has_schedule()) out["schedule"] = LowerName(v1::PipelineSchedule_Name(plan.schedule()));
  if (plan.has_interleave()) out["interleave"] = plan.interleave();
  if (plan.has_recompute()) out["recompute"] = LowerName(v1::Recompute_Name(plan.recompute()));
  if (plan.has_sequence_parallel()) out["sequence_parallel"] = plan.sequence_parallel();
  if (plan.has_precision()) out["precision"] = LowerName(v1::Precision_Name(plan.precision()));
  if (plan.has_bucket_mib()) out["bucket_mib"] = plan.bucket_mib();
  for (const int overlap : plan.overlap())
    out["overlap"].push_back(LowerName(v1::Overlap_Name(static_cast<v1::Overlap>(overlap))));
  return out;
}

template <typename Texts>
nlohmann::json TextsJson(const Texts& texts) {
  nlohmann::json out = nlohmann::json::array();
  for (const std::string& text : texts) out.push_back(ValidUtf8(text));
  return out;
}

nlohmann::json SpanJson(const v1::Span& span) {
  return {span.begin(), span.end()};
}

void AddWords(const v1::Scorecard& card, nlohmann::json* out) {
  if (card.has_claims()) {
    nlohmann::json& claims = (*out)["claims"] = nlohmann::json::array();
    for (const v1::Claim& claim : card.claims().claims()) {
      std::string verdict = v1::ClaimVerdict_Name(claim.verdict());
      verdict = LowerName(verdict.substr(std::min(verdict.size(), std::string("CLAIM_").size())));
      claims.push_back({{"begin", claim.span().begin()},
                        {"end", claim.span().end()},
                        {"text", ValidUtf8(claim.text())},
                        {"verdict", verdict},
                        {"reason", ValidUtf8(claim.reason())}});
    }
  }
  if (card.has_coverage()) {
    nlohmann::json& points = (*out)["coverage"] = nlohmann::json::array();
    for (const v1::PointGrade& point : card.coverage().points()) {
      nlohmann::json spans = nlohmann::json::array();
      for (const v1::Span& span : point.spans()) spans.push_back(SpanJson(span));
      points.push_back({{"point", point.point()},
                        {"earned", point.earned()},
                        {"reason", ValidUtf8(point.reason())},
                        {"spans", spans}});
    }
  }
}

void AddComparison(const v1::Scorecard& card, nlohmann::json* out) {
  (*out)["objective"] = {{"value", card.objective_value()},
                         {"best", card.best_objective_value()},
                         {"unit", card.objective_unit()},
                         {"beats_best", card.beats_best()}};
  const v1::ErrorBand& band = card.band();
  (*out)["band"] = {{"grade", band.grade()},       {"kind", band.kind()},
                    {"low", band.low()},           {"high", band.high()},
                    {"coverage", band.coverage()}, {"between_plans", band.between_plans()},
                    {"reason", band.reason()}};
  nlohmann::json& rows = (*out)["counterfactuals"] = nlohmann::json::array();
  for (const v1::Counterfactual& row : card.counterfactuals()) {
    rows.push_back({{"change", row.change()},
                    {"factor", row.factor()},
                    {"reason", row.reason()},
                    {"is_best", row.is_best()},
                    {"plan", PlanJson(row.plan())}});
  }
}

nlohmann::json CardJson(const v1::Scorecard& card, int place) {
  nlohmann::json out = {{"question", card.question()},
                        {"candidate", ValidUtf8(card.candidate())},
                        {"total", card.total()},
                        {"areas", nlohmann::json::array()}};
  if (!card.error().empty()) {
    out["error"] = ValidUtf8(card.error());
    return out;
  }
  out["place"] = place;
  for (const v1::AreaScore& area : card.areas()) out["areas"].push_back(AreaJson(area));
  out["basis"] = Name(card.basis());
  out["basis_reason"] = card.basis_reason();
  out["plan"] = ValidUtf8(card.plan_name());
  out["best_plan"] = PlanJson(card.best_plan());
  out["best_tokens_per_s"] = card.best_tokens_per_s();
  AddComparison(card, &out);
  AddWords(card, &out);
  out["strengths"] = TextsJson(card.strengths());
  out["improvements"] = TextsJson(card.improvements());
  out["follow_ups"] = TextsJson(card.follow_ups());
  out["resources"] = TextsJson(card.resources());
  out["notes"] = TextsJson(card.notes());
  return out;
}

}  // namespace

nlohmann::json ToJson(const std::vector<v1::Scorecard>& cards) {
  nlohmann::json out = {{"scorecards", nlohmann::json::array()}};
  for (const Ranked& ranked : Rank(cards)) {
    out["scorecards"].push_back(CardJson(cards[ranked.index], ranked.place));
  }
  return out;
}

}  // namespace ringside::evaluator
