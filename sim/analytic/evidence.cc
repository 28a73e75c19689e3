#include "sim/analytic/evidence.h"

#include <algorithm>
#include <cmath>

namespace ringside::sim::analytic {
namespace {

// 80 % of |ln(predicted / measured)|: `seen` with a fifth of the runs left out of the fit, `unseen` with the
// whole source left out (fit_stacks --cv --loo).
struct Kind {
  std::string_view name;
  double seen, unseen;
};
constexpr Kind kOneStage = {"one stage", 0.11, 0.17};
constexpr Kind kPipeline = {"pipeline", 0.10, 0.17};
constexpr Kind kSplitStages = {"split layers, stages in other nodes", 0.15, 0.23};
constexpr Kind kSplitAcrossNodes = {"layers split across nodes", 0.15, 0.23};
constexpr Kind kExperts = {"experts", 0.23, 0.30};
// Devices in no run: what leaving out the only source on MI300X and on power-limited parts gave.
constexpr double kUnseenDevice = 0.38;

const Kind& KindOf(const Problem& problem) {
  const Plan& plan = problem.plan;
  const double gpus = static_cast<double>(plan.tp) * plan.pp * plan.cp * plan.dp;
  if (problem.model.experts > 0) return kExperts;
  if (plan.tp > problem.fabric.domain) return kSplitAcrossNodes;
  if (plan.pp > 1 && plan.tp > 1 && gpus > problem.fabric.domain) return kSplitStages;
  return plan.pp > 1 ? kPipeline : kOneStage;
}

}  // namespace

std::string_view Name(Grade grade) {
  switch (grade) {
    case Grade::kMeasuredHere:
      return "measured here";
    case Grade::kCalibrated:
      return "calibrated";
    case Grade::kPublishedConstants:
      return "published constants only";
  }
  return "";
}

double Evidence::low() const {
  return std::exp(-spread);
}

double Evidence::high() const {
  return std::exp(spread);
}

Evidence EvidenceOf(const Problem& problem) {
  const Kind& kind = KindOf(problem);
  const bool device = problem.device->runs() > 0, stack = problem.stack->runs() > 0;
  Evidence evidence;
  evidence.kind = kind.name;
  evidence.grade = device && stack ? Grade::kCalibrated : Grade::kPublishedConstants;
  evidence.spread = device && stack ? kind.seen : kind.unseen;
  if (!device) evidence.spread = std::max(evidence.spread, kUnseenDevice);
  return evidence;
}

}  // namespace ringside::sim::analytic
