#include "evaluator/design/limits.h"

#include "fmt/format.h"

namespace ringside::evaluator {
namespace {

// One limit; the fast end of the band decides.
void Check(const char* what, const char* unit, double value, double limit, const v1::ErrorBand& band,
           const Measurement& measured, LimitCheck* out) {
  const double least = value * (band.low() > 0 ? band.low() : 1);
  const char* verdict = value <= limit   ? "within"
                        : least <= limit ? "over, but not beyond the error of the basis,"
                                         : "over";
  if (least > limit) out->kept = false;
  if (!out->reason.empty()) out->reason += "; ";
  out->reason += fmt::format("{} {:.4g} {}, {} the limit of {:.4g}", what, value, unit, verdict, limit);
  v1::Evidence& evidence = out->evidence.emplace_back();
  evidence.set_quantity(what);
  evidence.set_value(value);
  evidence.set_unit(unit);
  evidence.set_origin(measured.basis);
  evidence.set_where(fmt::format("{}; failures and checkpoints included; {:.4g} at the fast end of the band",
                                 measured.tokens_where, least));
}

}  // namespace

LimitCheck CheckLimits(const v1::DesignQuestion& question, const Measurement& measured,
                       const Training& training, const v1::ErrorBand& band) {
  LimitCheck out;
  const v1::DesignConstraints& constraints = question.constraints();
  if (constraints.has_deadline_days())
    Check("training takes", "days", training.days, constraints.deadline_days(), band, measured, &out);
  if (constraints.has_budget())
    Check("training costs", "USD", training.cost, constraints.budget(), band, measured, &out);
  return out;
}

}  // namespace ringside::evaluator
