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

// Only what is set, in the words of a scenario file.
nlohmann::json PlanJson(const v1::ParallelPlan& plan) {
  nlohmann::json out = nlohmann::json::object();
  if (plan.has_dp()) out["dp"] = plan.dp();
  if (plan.has_tp()) out["tp"] = plan.tp();
  if (plan.has_pp()) out["pp"] = plan.pp();
  if (plan.has_zero()) out["zero"] = plan.zero();
  if (plan.has_micro_batch()) out["micro_batch"] = plan.micro_batch();
  if (plan.has_micro_batches()) out["micro_batches"] = plan.micro_batches();
  if (plan.has_schedule()) out["schedule"] = plan.schedule() == v1::SCHEDULE_GPIPE ? "gpipe" : "1f1b";
  if (plan.has_precision()) out["precision"] = plan.precision() == v1::PRECISION_FP64 ? "fp64" : "fp32";
  if (plan.has_bucket_mib()) out["bucket_mib"] = plan.bucket_mib();
  if (plan.overlap_size() > 0) out["overlap"] = {"grad_reduce"};
  return out;
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
  out["best_plan"] = PlanJson(card.best_plan());
  out["best_tokens_per_s"] = card.best_tokens_per_s();
  out["notes"] = nlohmann::json(std::vector<std::string>(card.notes().begin(), card.notes().end()));
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
