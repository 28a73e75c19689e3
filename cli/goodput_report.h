// What `ringside goodput` found, for people and scripts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/goodput_inputs.h"
#include "nlohmann/json_fwd.hpp"
#include "sim/goodput/interval.h"
#include "sim/goodput/monte_carlo.h"

namespace ringside::cli {

struct GoodputReport {
  GoodputInputs inputs;                     // with the interval that was taken
  bool best_interval = false;               // it was looked for
  std::optional<sim::TimeShares> expected;  // closed form; absent where there is none
  sim::MonteCarloResult simulated;
  int runs = 0;
  double run_days = 0;
  sim::TrainingCost cost;  // of the expected shares, or else of the simulated
  double young_s = 0, daly_s = 0;
  std::vector<sim::IntervalPoint> curve;  // goodput by interval; empty: no closed form

  const sim::TimeShares& shares() const { return expected.has_value() ? *expected : simulated.mean; }
};

std::string GoodputText(const GoodputReport& report);
nlohmann::json GoodputJson(const GoodputReport& report);
std::string GoodputHtml(const GoodputReport& report);  // a page

// The curve in lines of text, intervals on a logarithmic axis; "o" marks the interval taken.
std::string CurveText(const std::vector<sim::IntervalPoint>& curve, double interval_s, double useful);
// The same as an SVG figure, with the intervals of Young and Daly.
std::string CurveSvg(const GoodputReport& report);

std::string Duration(double seconds);  // "2.8 s", "4.2 min", "3.1 h", "80.1 days"

}  // namespace ringside::cli
