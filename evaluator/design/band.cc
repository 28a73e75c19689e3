#include "evaluator/design/band.h"

#include <string>

#include "fmt/format.h"
#include "plan/compile.h"
#include "sim/analytic/evidence.h"

namespace ringside::evaluator {
namespace {

constexpr double kCoverage = 0.8;

}  // namespace

v1::ErrorBand CatalogueBand(const sim::GpuCluster& cluster, const plan::Resolved& resolved) {
  sim::analytic::Problem problem;
  problem.device = &cluster.device;
  problem.stack = &cluster.stack;
  problem.fabric = cluster.fabric();
  problem.model.experts = resolved.experts;
  problem.plan.tp = resolved.tp, problem.plan.pp = resolved.pp;
  problem.plan.cp = resolved.cp, problem.plan.dp = resolved.dp;
  const sim::analytic::Evidence evidence = sim::analytic::EvidenceOf(problem);
  const bool seen = evidence.grade == sim::analytic::Grade::kCalibrated;
  const bool across = resolved.tp > cluster.devices_per_node;
  v1::ErrorBand band;
  band.set_grade(std::string(sim::analytic::Name(evidence.grade)));
  band.set_kind(std::string(evidence.kind));
  band.set_low(evidence.low());
  band.set_high(evidence.high());
  band.set_coverage(kCoverage);
  band.set_between_plans((across ? kBetweenPlansAcrossNodes : kBetweenPlans) * (seen ? 1 : kUnseenFactor));
  band.set_reason(fmt::format(
      "8 of 10 published runs of such plans ({}) lie within {:.2f} to {:.2f} times the predicted step time; "
      "two "
      "plans on the same devices share most of that error, and their order was right in 8 of 10 pairs from a "
      "difference of {:.0f} % on",
      evidence.kind, evidence.low(), evidence.high(), 100 * band.between_plans()));
  return band;
}

v1::ErrorBand ProfileBand(bool measured_here) {
  v1::ErrorBand band;
  band.set_grade(measured_here ? "measured here" : "assumed");
  band.set_kind("this machine");
  band.set_low(measured_here ? 0.86 : 0.5);
  band.set_high(measured_here ? 1.16 : 2);
  band.set_coverage(kCoverage);
  band.set_between_plans(kBetweenPlans);
  band.set_reason(
      measured_here
          ? "random plans on a calibrated machine, its links as they are, were within 17 % of the "
            "prediction; "
            "errors of plans of one calibration lie up to 12 points apart"
          : "the profile is assumed, not measured: absolute figures may be off by a factor, ratios of plans "
            "less so");
  return band;
}

v1::ErrorBand MeasuredBand() {
  v1::ErrorBand band;
  band.set_grade("measured");
  band.set_kind("run on this machine");
  band.set_low(1);
  band.set_high(1);
  band.set_coverage(1);
  band.set_reason("the plan was run; differences within the spread of its steps say nothing");
  return band;
}

}  // namespace ringside::evaluator
