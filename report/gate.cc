#include "report/gate.h"

#include <algorithm>
#include <cmath>

#include "base/status_macros.h"
#include "fmt/format.h"
#include "report/statistics.h"

namespace ringside::report {
namespace {

constexpr size_t kMostOfNoise = 100'000;
constexpr int kComparisons = 1000;
constexpr double kFloorQuantile = 0.98;

absl::Status CheckTimes(const std::vector<double>& times_s, size_t most, const char* whose) {
  if (times_s.size() > most) {
    return absl::InvalidArgumentError(
        fmt::format("{}: {} repeats; at most {} are compared", whose, times_s.size(), most));
  }
  for (const double time_s : times_s) {
    if (std::isfinite(time_s) && time_s > 0) continue;
    return absl::InvalidArgumentError(fmt::format("{}: {} is no step time in seconds", whose, time_s));
  }
  return absl::OkStatus();
}

absl::Status CheckSettings(const GateSettings& s) {
  const bool sane = s.confidence > 0 && s.confidence < 1 && s.resamples >= 100 && s.resamples <= 1'000'000 &&
                    s.least_floor >= 0 && s.least_floor < 10 && s.relevant >= 0 && s.relevant < 10;
  return sane ? absl::OkStatus()
              : absl::InvalidArgumentError(
                    "gate: confidence is in (0, 1), resamples in [100, 1,000,000], floors "
                    "and changes are shares below 10");
}

double MedianRatio(const std::vector<double>& baseline_s, const std::vector<double>& candidate_s) {
  std::vector<double> ratios;
  ratios.reserve(baseline_s.size() * candidate_s.size());
  for (const double candidate : candidate_s) {
    for (const double baseline : baseline_s) ratios.push_back(candidate / baseline);
  }
  // The upper one of the middle two where there are two: nothing is gained by their mean.
  const auto middle = ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2);
  std::nth_element(ratios.begin(), middle, ratios.end());
  return *middle;
}

// Median ratios of repeats drawn with replacement.
std::vector<double> Resample(const std::vector<double>& baseline_s, const std::vector<double>& candidate_s,
                             const GateSettings& settings) {
  const bool pairs = settings.interleaved && baseline_s.size() == candidate_s.size();
  Random random(settings.seed);
  std::vector<double> baseline(baseline_s.size()), candidate(candidate_s.size()), ratios;
  ratios.reserve(static_cast<size_t>(settings.resamples));
  for (int i = 0; i < settings.resamples; ++i) {
    for (size_t k = 0; k < baseline.size(); ++k) {
      const size_t drawn = random.Below(baseline.size());
      baseline[k] = baseline_s[drawn];
      if (pairs) candidate[k] = candidate_s[drawn];
    }
    for (size_t k = 0; !pairs && k < candidate.size(); ++k) {
      candidate[k] = candidate_s[random.Below(candidate.size())];
    }
    ratios.push_back(MedianRatio(baseline, candidate));
  }
  return ratios;
}

Verdict VerdictOf(const GateResult& r, double relevant) {
  if (r.low > 1 && r.ratio > 1 + r.floor) return Verdict::kRegression;
  if (r.high < 1 && r.ratio < 1 / (1 + r.floor)) return Verdict::kImprovement;
  if (r.low >= 1 / (1 + relevant) && r.high <= 1 + relevant) return Verdict::kNoChange;
  return Verdict::kInconclusive;
}

double Percent(double ratio) {
  return 100 * (ratio - 1);
}

}  // namespace

std::string_view Name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNoChange:
      return "no change";
    case Verdict::kImprovement:
      return "improvement";
    case Verdict::kRegression:
      return "regression";
    case Verdict::kInconclusive:
      break;
  }
  return "inconclusive";
}

absl::StatusOr<GateResult> Judge(const std::vector<double>& baseline_s,
                                 const std::vector<double>& candidate_s, double floor,
                                 const GateSettings& settings) {
  RINGSIDE_RETURN_IF_ERROR(CheckSettings(settings));
  RINGSIDE_RETURN_IF_ERROR(CheckTimes(baseline_s, kMostRepeats, "baseline"));
  RINGSIDE_RETURN_IF_ERROR(CheckTimes(candidate_s, kMostRepeats, "candidate"));
  if (!std::isfinite(floor) || floor < 0) {
    return absl::InvalidArgumentError(fmt::format("gate: a noise floor of {} is no share", floor));
  }
  GateResult result;
  result.floor = std::max(floor, settings.least_floor);
  result.baseline_repeats = baseline_s.size();
  result.candidate_repeats = candidate_s.size();
  if (!baseline_s.empty() && !candidate_s.empty()) result.ratio = MedianRatio(baseline_s, candidate_s);
  if (std::min(baseline_s.size(), candidate_s.size()) < kLeastRepeats) {
    result.reason = fmt::format("{} and {} repeats; a verdict needs {} of both", baseline_s.size(),
                                candidate_s.size(), kLeastRepeats);
    return result;
  }
  const std::vector<double> ratios = Resample(baseline_s, candidate_s, settings);
  result.low = Quantile(ratios, (1 - settings.confidence) / 2);
  result.high = Quantile(ratios, (1 + settings.confidence) / 2);
  result.verdict = VerdictOf(result, std::max(settings.relevant, result.floor));
  result.reason = fmt::format(
      "step time {:+.1f} % ({:.0f} % interval {:+.1f} to {:+.1f} %), noise floor {:.1f} %, {} x {} repeats",
      Percent(result.ratio), 100 * settings.confidence, Percent(result.low), Percent(result.high),
      100 * result.floor, baseline_s.size(), candidate_s.size());
  return result;
}

absl::StatusOr<double> NoiseFloor(const std::vector<double>& repeats_s, size_t group,
                                  const GateSettings& settings) {
  RINGSIDE_RETURN_IF_ERROR(CheckSettings(settings));
  RINGSIDE_RETURN_IF_ERROR(CheckTimes(repeats_s, kMostOfNoise, "A/A repeats"));
  if (repeats_s.size() < 4 || group == 0) {
    return absl::InvalidArgumentError(
        fmt::format("noise floor: {} repeats of one program; 4 are the least", repeats_s.size()));
  }
  const size_t size = std::min({group, repeats_s.size() / 2, kMostRepeats});
  Random random(settings.seed);
  std::vector<double> first(size), second(size), deviations;
  deviations.reserve(kComparisons);
  for (int i = 0; i < kComparisons; ++i) {
    const size_t begin = random.Below(repeats_s.size() - 2 * size + 1);
    for (size_t k = 0; k < size; ++k) {
      const size_t swap = random.Below(2);
      first[k] = repeats_s[begin + 2 * k + swap];
      second[k] = repeats_s[begin + 2 * k + 1 - swap];
    }
    const double ratio = MedianRatio(second, first);
    deviations.push_back(std::max(ratio, 1 / ratio) - 1);
  }
  const double scale = std::sqrt(static_cast<double>(size) / static_cast<double>(group));
  return std::max(settings.least_floor, scale * Quantile(deviations, kFloorQuantile));
}

}  // namespace ringside::report
