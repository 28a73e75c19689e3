#include "report/factors.h"

#include <algorithm>

#include "base/check.h"
#include "report/statistics.h"

namespace ringside::report {

Factors FactorsOf(const trace::RunSummary& run) {
  RINGSIDE_CHECK(!run.ranks.empty());
  const auto n = static_cast<double>(run.ranks.size());
  double elapsed_s = 0, useful_s = 0, most_useful_s = 0, ideal_s = 0;
  for (const trace::RankSummary& rank : run.ranks) {
    elapsed_s += rank.step_s / n;
    useful_s += rank.compute_s;
    most_useful_s = std::max(most_useful_s, rank.compute_s);
    ideal_s = std::max(ideal_s, rank.step_s - rank.exposed_comm_s);
  }
  Factors f;
  if (run.tokens_per_step > 0) f.useful_s_per_token = useful_s / static_cast<double>(run.tokens_per_step);
  if (most_useful_s <= 0 || elapsed_s <= 0) return f;
  // Clocks of ranks disagree by their residual; no factor may go above 1 for it.
  ideal_s = std::clamp(ideal_s, most_useful_s, std::max(most_useful_s, elapsed_s));
  f.load_balance = useful_s / n / most_useful_s;
  f.serialisation = most_useful_s / ideal_s;
  f.transfer = std::min(1.0, ideal_s / elapsed_s);
  f.communication = f.serialisation * f.transfer;
  f.parallel = f.load_balance * f.communication;
  return f;
}

Factors MedianFactors(const std::vector<Factors>& repeats) {
  const auto median = [&](double Factors::*of) {
    std::vector<double> values;
    for (const Factors& f : repeats) values.push_back(f.*of);
    return Median(std::move(values));
  };
  return {median(&Factors::load_balance), median(&Factors::serialisation),
          median(&Factors::transfer),     median(&Factors::communication),
          median(&Factors::parallel),     median(&Factors::useful_s_per_token)};
}

}  // namespace ringside::report
