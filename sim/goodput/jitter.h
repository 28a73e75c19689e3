// How much longer than the mean a rank or a link takes, from step to step. Seeded, so that whatever uses it
// can be repeated.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "sim/goodput/random.h"

namespace ringside::sim {

// A factor with mean 1 and coefficient of variation `cv`; and ranks that are always slower: each with
// probability `slow_share`, by `slow_factor`, for as long as the job runs.
struct Jitter {
  enum class Kind { kNone, kLognormal, kGamma, kWeibull, kPareto };
  Kind kind = Kind::kNone;
  double cv = 0;
  double slow_share = 0;
  double slow_factor = 1;
};

// "lognormal:CV", "gamma:CV", "weibull:CV", "pareto:CV" or "none", and ",slow:SHARE:FACTOR" after it or
// alone. CV between 0.001 and 2, SHARE between 0 and 1, FACTOR between 1 and 1000. INVALID_ARGUMENT quotes
// the text.
absl::StatusOr<Jitter> ParseJitter(std::string_view text);
std::string JitterText(const Jitter& jitter);  // ParseJitter reads it back

// P(factor > x) of one rank in one step, over which ranks are slow, too. Exact to about 1e-13 even where it
// is tiny.
class JitterSurvival {
 public:
  explicit JitterSurvival(const Jitter& jitter);
  double operator()(double x) const;

 private:
  double Healthy(double x) const;
  Jitter jitter_;
  double a_ = 0, b_ = 1;  // of the kind: sigma and mu, shape and scale, tail index and minimum
};

// Draws factors. Does not read the state of anything else: the same calls give the same numbers.
class JitterSampler {
 public:
  JitterSampler(const Jitter& jitter, uint64_t seed);
  // Of a rank in a step (or of an op, if `event` numbers ops): a function of its arguments and the seed
  // alone, in whatever order it is asked.
  double Factor(int64_t rank, int64_t event) const;
  bool IsSlow(int64_t rank) const;

 private:
  double Healthy(Random* random) const;
  double Gamma(double shape, Random* random) const;
  Jitter jitter_;
  uint64_t seed_;
  double a_ = 0, b_ = 1;
};

}  // namespace ringside::sim
