#include "sim/goodput/jitter.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "sim/goodput/incomplete_gamma.h"

namespace ringside::sim {
namespace {

constexpr double kLeastCv = 0.001, kMostCv = 2, kMostFactor = 1000;

// The shape whose Weibull law has this coefficient of variation, which falls as the shape grows.
double WeibullShape(double cv) {
  double low = 0.1, high = 2000;
  for (int i = 0; i < 200; ++i) {
    const double k = std::sqrt(low * high);
    // Variance over the squared mean, through logarithms: gamma functions of small arguments cancel.
    const double ratio = std::expm1(std::lgamma(1 + 2 / k) - 2 * std::lgamma(1 + 1 / k));
    (ratio > cv * cv ? low : high) = k;
  }
  return std::sqrt(low * high);
}

struct Constants {
  double a, b;
};

Constants ConstantsOf(const Jitter& jitter) {
  const double cv = jitter.cv;
  switch (jitter.kind) {
    case Jitter::Kind::kNone:
      return {0, 1};
    case Jitter::Kind::kLognormal: {
      const double variance = std::log1p(cv * cv);
      return {std::sqrt(variance), -variance / 2};
    }
    case Jitter::Kind::kGamma:
      return {1 / (cv * cv), cv * cv};
    case Jitter::Kind::kWeibull: {
      const double shape = WeibullShape(cv);
      return {shape, 1 / std::tgamma(1 + 1 / shape)};
    }
    case Jitter::Kind::kPareto: {
      // cv^2 = 1 / (a (a - 2)).
      const double index = 1 + std::sqrt(1 + 1 / (cv * cv));
      return {index, (index - 1) / index};
    }
  }
  RINGSIDE_CHECK(false);
}

std::optional<Jitter::Kind> KindOf(std::string_view name) {
  if (name == "lognormal") return Jitter::Kind::kLognormal;
  if (name == "gamma") return Jitter::Kind::kGamma;
  if (name == "weibull") return Jitter::Kind::kWeibull;
  if (name == "pareto") return Jitter::Kind::kPareto;
  return std::nullopt;
}

const char* NameOf(Jitter::Kind kind) {
  switch (kind) {
    case Jitter::Kind::kNone:
      return "none";
    case Jitter::Kind::kLognormal:
      return "lognormal";
    case Jitter::Kind::kGamma:
      return "gamma";
    case Jitter::Kind::kWeibull:
      return "weibull";
    case Jitter::Kind::kPareto:
      return "pareto";
  }
  return "none";
}

uint64_t Mixed(uint64_t a, uint64_t b) {
  return Random(a ^ (b * 0x9e3779b97f4a7c15u + 0x7f4a7c15u)).Next();
}

}  // namespace

absl::StatusOr<Jitter> ParseJitter(std::string_view text) {
  const auto wrong = [&](std::string_view what) {
    return absl::InvalidArgumentError(fmt::format(
        "jitter \"{}\": {}; expected e.g. lognormal:0.02, gamma:0.05,slow:0.001:1.3 or none", text, what));
  };
  Jitter jitter;
  bool has_kind = false, has_slow = false;
  const std::vector<std::string> parts = absl::StrSplit(absl::string_view(text.data(), text.size()), ',');
  for (const std::string& part : parts) {
    const std::vector<std::string> words = absl::StrSplit(part, ':');
    if (words[0] == "none" && words.size() == 1 && parts.size() == 1) return jitter;
    if (words[0] == "slow") {
      if (has_slow || words.size() != 3 || !absl::SimpleAtod(words[1], &jitter.slow_share) ||
          !absl::SimpleAtod(words[2], &jitter.slow_factor))
        return wrong("slow wants SHARE:FACTOR, once");
      if (!(jitter.slow_share >= 0 && jitter.slow_share <= 1)) return wrong("SHARE is not between 0 and 1");
      if (!(jitter.slow_factor >= 1 && jitter.slow_factor <= kMostFactor))
        return wrong("FACTOR is not between 1 and 1000");
      has_slow = true;
      continue;
    }
    const auto kind = KindOf(words[0]);
    if (!kind.has_value() || has_kind) return wrong("no such distribution, or two of them");
    if (words.size() != 2 || !absl::SimpleAtod(words[1], &jitter.cv))
      return wrong("the coefficient of variation is missing");
    if (!(jitter.cv >= kLeastCv && jitter.cv <= kMostCv))
      return wrong("the coefficient of variation is not between 0.001 and 2");
    jitter.kind = *kind;
    has_kind = true;
  }
  return jitter;
}

std::string JitterText(const Jitter& jitter) {
  const bool kind = jitter.kind != Jitter::Kind::kNone;
  std::string text = kind ? fmt::format("{}:{}", NameOf(jitter.kind), jitter.cv) : "";
  if (jitter.slow_share > 0)
    text += fmt::format("{}slow:{}:{}", kind ? "," : "", jitter.slow_share, jitter.slow_factor);
  return text.empty() ? "none" : text;
}

JitterSurvival::JitterSurvival(const Jitter& jitter) : jitter_(jitter) {
  const Constants c = ConstantsOf(jitter);
  a_ = c.a, b_ = c.b;
}

double JitterSurvival::Healthy(double x) const {
  if (x <= 0) return 1;
  switch (jitter_.kind) {
    case Jitter::Kind::kNone:
      return x < 1 ? 1 : 0;
    case Jitter::Kind::kLognormal:
      return 0.5 * std::erfc((std::log(x) - b_) / (a_ * std::sqrt(2.0)));
    case Jitter::Kind::kGamma:
      return UpperGamma(a_, x / b_);
    case Jitter::Kind::kWeibull:
      return std::exp(-std::pow(x / b_, a_));
    case Jitter::Kind::kPareto:
      return x <= b_ ? 1 : std::pow(b_ / x, a_);
  }
  return 0;
}

double JitterSurvival::operator()(double x) const {
  if (jitter_.slow_share <= 0) return Healthy(x);
  return (1 - jitter_.slow_share) * Healthy(x) + jitter_.slow_share * Healthy(x / jitter_.slow_factor);
}

JitterSampler::JitterSampler(const Jitter& jitter, uint64_t seed) : jitter_(jitter), seed_(seed) {
  const Constants c = ConstantsOf(jitter);
  a_ = c.a, b_ = c.b;
}

bool JitterSampler::IsSlow(int64_t rank) const {
  Random random(Mixed(seed_ + 1, static_cast<uint64_t>(rank)));
  return random.Uniform() < jitter_.slow_share;
}

double JitterSampler::Factor(int64_t rank, int64_t event) const {
  Random random(Mixed(Mixed(seed_, static_cast<uint64_t>(rank)), static_cast<uint64_t>(event)));
  const double slow = jitter_.slow_share > 0 && IsSlow(rank) ? jitter_.slow_factor : 1;
  return slow * Healthy(&random);
}

double JitterSampler::Healthy(Random* random) const {
  switch (jitter_.kind) {
    case Jitter::Kind::kNone:
      return 1;
    case Jitter::Kind::kLognormal:
      return std::exp(a_ * random->Normal() + b_);
    case Jitter::Kind::kGamma:
      return b_ * Gamma(a_, random);
    case Jitter::Kind::kWeibull:
      return b_ * std::pow(random->Exponential(), 1 / a_);
    case Jitter::Kind::kPareto:
      return b_ * std::exp(random->Exponential() / a_);
  }
  return 1;
}

// Marsaglia and Tsang, A simple method for generating gamma variables, 2000.
double JitterSampler::Gamma(double shape, Random* random) const {
  if (shape < 1) return Gamma(shape + 1, random) * std::pow(random->Uniform(), 1 / shape);
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  while (true) {
    const double z = random->Normal(), v = std::pow(1 + c * z, 3);
    if (1 + c * z <= 0) continue;
    if (std::log(random->Uniform()) < z * z / 2 + d - d * v + d * std::log(v)) return d * v;
  }
}

}  // namespace ringside::sim
