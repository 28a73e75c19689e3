#include "evaluator/claims/judge.h"

#include <algorithm>
#include <cmath>

namespace ringside::claims {
namespace {

enum class Agreement { kYes, kUnclear, kNo };

struct Comparison {
  Agreement agreement = Agreement::kNo;
  double deviation = 0, tolerance = 0;
};

// Relative distance of `stated` from [low, high], 0 inside.
double Distance(double stated, double low, double high) {
  if (stated >= low && stated <= high) return 0;
  const double edge = stated < low ? low : high;
  if (edge == 0) return std::fabs(stated) < kZeroShare ? 0 : 1e9;
  return std::fabs(stated - edge) / std::fabs(edge);
}

bool IsCount(const Fact& fact) {
  return fact.unit == Unit::kCount && fact.quantity != Quantity::kParameters &&
         fact.quantity != Quantity::kEmbeddingParameters && fact.quantity != Quantity::kTokensPerStep &&
         fact.quantity != Quantity::kTokensPerMicroBatch && fact.quantity != Quantity::kScores;
}

double Tolerance(const Figure& figure, double number, const Fact& fact) {
  const double digits = number != 0 && !figure.in_words ? 0.5 * figure.step / std::fabs(figure.number) : 0;
  if (figure.relation == v1::CLAIM_RELATION_ABOUT) return std::max(kAboutBand, digits);
  if (figure.in_words && figure.magnitude) return kWordFloor;  // "half a million"
  if (IsCount(fact)) return figure.magnitude ? kExactFloor : 1e-9;
  double floor = figure.in_words && figure.form != FigureForm::kPlain ? kWordFloor : kExactFloor;
  // "81 billion", "300 GB": zeros at the end say little.
  if (figure.form == FigureForm::kTimes && figure.step == 1 && figure.number < 10)
    floor = std::max(floor, kWordFloor / 2);
  return std::max(floor, std::min(digits, 0.12) * 1.001);
}

Comparison Compare(const Figure& figure, double stated, double high, const Fact& fact) {
  Comparison c;
  const double low_truth = fact.lowest(), high_truth = fact.highest();
  c.tolerance = std::hypot(Tolerance(figure, stated, fact), fact.error);
  const double unclear = figure.relation == v1::CLAIM_RELATION_ABOUT
                             ? std::max(kAboutLimit, c.tolerance) + fact.error
                             : c.tolerance + fact.error;
  switch (figure.relation) {
    case v1::CLAIM_RELATION_AT_LEAST:
      c.deviation = high_truth >= stated ? 0 : Distance(stated, low_truth, high_truth);
      break;
    case v1::CLAIM_RELATION_AT_MOST:
      c.deviation = low_truth <= stated ? 0 : Distance(stated, low_truth, high_truth);
      break;
    case v1::CLAIM_RELATION_BETWEEN:
      c.deviation = high_truth >= stated && low_truth <= high ? 0
                    : high_truth < stated                     ? Distance(stated, low_truth, high_truth)
                                                              : Distance(high, low_truth, high_truth);
      break;
    default:
      c.deviation = Distance(stated, low_truth, high_truth);
  }
  // A bound means what it says: only the fact's own error widens it.
  const bool bound =
      figure.relation == v1::CLAIM_RELATION_AT_LEAST || figure.relation == v1::CLAIM_RELATION_AT_MOST;
  if (bound) c.tolerance = std::max(0.005, fact.error);
  const bool far = (figure.relation == v1::CLAIM_RELATION_AT_MOST && high_truth < stated / kFarBound) ||
                   (figure.relation == v1::CLAIM_RELATION_AT_LEAST && low_truth > stated * kFarBound);
  if (far) {  // so, and as good as nothing said
    c.agreement = Agreement::kUnclear;
    return c;
  }
  c.agreement = c.deviation <= c.tolerance                                    ? Agreement::kYes
                : c.deviation <= (bound ? c.tolerance + fact.error : unclear) ? Agreement::kUnclear
                                                                              : Agreement::kNo;
  return c;
}

double BinaryScale(double scale) {
  for (double decimal = 1e3, binary = 1024; decimal < 1e17; decimal *= 1e3, binary *= 1024) {
    if (scale == decimal) return binary;
  }
  return scale;
}

}  // namespace

Judgement Judge(const Figure& figure, size_t unit, const std::vector<double>& factors, bool negated,
                const std::vector<Fact>& facts) {
  Judgement best;
  const UnitValue& kind = figure.units[unit];
  std::vector<double> scales = {kind.scale};
  if (kind.binary) scales.push_back(BinaryScale(kind.scale));
  std::vector<double> numbers = factors;
  if (numbers.empty()) numbers.push_back(figure.number);
  bool any = false;
  Agreement agreement = Agreement::kNo;
  for (size_t i = 0; i < facts.size(); ++i) {
    const Fact& fact = facts[i];
    // "zero" is a share, too.
    const bool zero = figure.number == 0 && kind.unit == Unit::kCount && fact.unit == Unit::kRatio;
    if (fact.unit != kind.unit && !zero && !(!factors.empty() && fact.unit == Unit::kRatio)) continue;
    for (const double scale : scales) {
      for (const double number : numbers) {
        const double use = factors.empty() ? scale : 1;
        const Comparison c = Compare(figure, number * use, figure.high * use, fact);
        const bool better =
            !any || c.agreement < agreement || (c.agreement == agreement && c.deviation < best.deviation);
        if (!better) continue;
        any = true;
        agreement = c.agreement;
        best.fact = static_cast<int>(i), best.deviation = c.deviation, best.tolerance = c.tolerance;
        best.stated = number * use, best.stated_high = figure.high * use;
      }
    }
  }
  if (!any) return best;
  switch (agreement) {
    case Agreement::kYes:
      best.verdict = negated ? v1::CLAIM_VERDICT_CONTRADICTED : v1::CLAIM_VERDICT_SUPPORTED;
      break;
    case Agreement::kNo:
      if (best.stated > 0 && facts[static_cast<size_t>(best.fact)].value > 0) {
        const double off = best.stated / facts[static_cast<size_t>(best.fact)].value;
        if (off > kAbsurd || off < 1 / kAbsurd) break;
      }
      best.verdict = negated ? v1::CLAIM_VERDICT_SUPPORTED : v1::CLAIM_VERDICT_CONTRADICTED;
      break;
    case Agreement::kUnclear:
      best.verdict = v1::CLAIM_VERDICT_NOT_CHECKABLE;
  }
  return best;
}

}  // namespace ringside::claims
