// Facts that closed forms do not know: what a measurement or a simulation says, what compiled programs
// allocate, what the catalogue says of the machines.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "evaluator/claims/facts.h"
#include "evaluator/design/measurement.h"
#include "plan/compile.h"
#include "plan/memory.h"

namespace ringside::claims {

// Of the catalogue's device and links; of devices that it does not have what the scenario says itself. Rates
// as the vendor gives them, for one direction.
Hardware HardwareOf(const plan::Resolved& resolved);

// Closed forms and hardware. Cheap: to be kept per plan.
Facts FactsOf(const plan::Resolved& resolved);

// Below it a measured figure is not called different: a run is disturbed as a whole, which the spread of its
// steps does not show.
inline constexpr double kLeastMeasuredError = 0.03;
// Band of a simulated time where nothing better is known (sim/analytic/evidence.h: pipelines and split
// layers).
inline constexpr double kSimulatedError = 0.15;

// tokens/s, the shares of the step, peak memory and its parts.
class MeasurementFacts final : public FactSource {
 public:
  // `measurement` outlives this. `simulated_error`: relative, where its basis is simulated.
  explicit MeasurementFacts(const evaluator::Measurement& measurement,
                            double simulated_error = kSimulatedError)
      : measurement_(measurement), simulated_error_(simulated_error) {}
  void AddFacts(Facts* facts) const override;

 private:
  const evaluator::Measurement& measurement_;
  const double simulated_error_;
};

// Peak and activations of the fullest rank, exactly as its program has them (sim::PeakOfPlan, or
// plan::PredictPeakMemory of a compiled one).
class PeakFacts final : public FactSource {
 public:
  PeakFacts(const plan::PeakMemory& peak, std::string where) : peak_(peak), where_(std::move(where)) {}
  void AddFacts(Facts* facts) const override;

 private:
  const plan::PeakMemory peak_;
  const std::string where_;
};

}  // namespace ringside::claims
