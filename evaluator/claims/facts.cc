#include "evaluator/claims/facts.h"

#include <utility>

#include "evaluator/claims/derive.h"

namespace ringside::claims {
namespace {

Fact Following(const Fact& from, Quantity quantity, Scope scope, Unit unit, double value,
               std::string_view formula) {
  Fact fact = from;
  fact.quantity = quantity;
  fact.scope = scope;
  fact.unit = unit;
  fact.value = value;
  fact.low = fact.high = 0;
  fact.minor = false;
  fact.formula = formula;
  return fact;
}

}  // namespace

Facts::Facts(std::optional<PlanShape> shape, Hardware hardware)
    : shape_(std::move(shape)), hardware_(std::move(hardware)) {
  if (shape_.has_value()) facts_ = DeriveFacts(*shape_, hardware_);
}

void Facts::Add(Fact fact) {
  const bool rate = fact.quantity == Quantity::kTokenRate && fact.scope == Scope::kTotal && fact.value > 0;
  facts_.push_back(fact);
  if (!rate || !shape_.has_value()) return;
  const PlanShape& s = *shape_;
  const double ranks = s.ranks(), tokens = static_cast<double>(s.tokens_per_step());
  facts_.push_back(Following(fact, Quantity::kTokenRate, Scope::kRank, Unit::kTokensPerSecond,
                             fact.value / ranks, "tokens/s / ranks"));
  facts_.push_back(Following(fact, Quantity::kStepTime, Scope::kStep, Unit::kSeconds, tokens / fact.value,
                             "tokens a step / (tokens/s)"));
  const FlopsOfToken flops = TokenFlops(s);
  Fact achieved = Following(fact, Quantity::kAchievedFlops, Scope::kRank, Unit::kFlopsPerSecond,
                            fact.value * flops.value / ranks, "FLOPs of a token * tokens/s / ranks");
  achieved.low = fact.value * flops.low / ranks, achieved.high = fact.value * flops.high / ranks;
  facts_.push_back(achieved);
  if (hardware_.peak_flops > 0) {
    Fact mfu =
        Following(achieved, Quantity::kMfu, Scope::kNone, Unit::kRatio, achieved.value / hardware_.peak_flops,
                  "FLOPs of a token * tokens/s / (ranks * peak FLOP/s)");
    mfu.low = achieved.low / hardware_.peak_flops, mfu.high = achieved.high / hardware_.peak_flops;
    facts_.push_back(mfu);
  }
  if (hardware_.price_per_hour > 0) {
    facts_.push_back(Following(fact, Quantity::kUsdPerMillionTokens, Scope::kNone, Unit::kUsd,
                               hardware_.price_per_hour * ranks / 3600 / fact.value * 1e6,
                               "ranks * price / (tokens/s)"));
  }
}

std::vector<const Fact*> Find(const std::vector<Fact>& facts, const FactQuery& query) {
  std::vector<const Fact*> found, other_op;
  for (const Fact& fact : facts) {
    if (fact.quantity != query.quantity) continue;
    if (query.axis != Axis::kNone && fact.axis != query.axis) continue;
    if (query.scope != Scope::kNone ? fact.scope != query.scope : fact.minor) continue;
    const bool op_said = query.op != OpName::kNone;
    if (op_said && fact.op != query.op) {
      other_op.push_back(&fact);
    } else {
      found.push_back(&fact);
    }
  }
  return found.empty() ? other_op : found;
}

}  // namespace ringside::claims
