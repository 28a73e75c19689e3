// How far a basis may be off, and which difference of two plans on it says nothing.
//
// On the catalogue the band of one step time is that of sim/analytic/evidence.h: 8 of 10 true steps are in
// it. Most of that error is the same for two plans of one model on one cluster (clocks, kernels, the stack),
// and cancels in their ratio; what is left was taken from published runs: 5,512 pairs of plans that ran the
// same model with the same batch on as many of the same devices, in 60 groups. By the difference that was
// predicted, the faster of two plans was predicted rightly
//
//   predicted difference           below 5 %   5-10   10-15   15-20   20-30   30-50   50-100
//   no layer split across nodes         63 %   76 %    88 %    90 %    92 %    94 %     97 %
//   one plan splits them                51 %   63 %    57 %    72 %    83 %    86 %     95 %
//
// so that 8 of 10 are right from kBetweenPlans on, and from kBetweenPlansAcrossNodes where one of the two
// plans splits its layers across nodes. Below, a candidate who chose the other plan may well be right: it
// costs nothing. On a device that no published run was on, the bands widen as those of single plans do.
//
// On local-cpu the errors of the four plans of the demo lie 4 to 12 points apart in one calibration
// (docs/measurements/prediction.md): kBetweenPlans there, too. Measured plans need no such band, they have
// the spread of their own steps (areas.h).
#pragma once

#include "ringside/v1/design.pb.h"
#include "sim/cost/gpu_cluster.h"

namespace ringside::plan {
struct Resolved;
}

namespace ringside::evaluator {

inline constexpr double kBetweenPlans = 0.10;  // natural logarithms
inline constexpr double kBetweenPlansAcrossNodes = 0.20;
inline constexpr double kUnseenFactor = 1.5;  // evidence.h: of spreads, seen to unseen

// Of a plan that is simulated on a cluster of the catalogue.
v1::ErrorBand CatalogueBand(const sim::GpuCluster& cluster, const plan::Resolved& resolved);
// Of a simulation with a profile of a CPU. `measured_here`: the profile was calibrated, not assumed.
v1::ErrorBand ProfileBand(bool measured_here);
// Of a run: the figures are what they are.
v1::ErrorBand MeasuredBand();

}  // namespace ringside::evaluator
