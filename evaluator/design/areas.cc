#include "evaluator/design/areas.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "base/status_macros.h"
#include "evaluator/design/objective.h"
#include "fmt/format.h"

namespace ringside::evaluator {
namespace {

constexpr double kMiB = 1024.0 * 1024.0;

v1::AreaScore Area(std::string_view area, double score, std::string reason) {
  v1::AreaScore out;
  out.set_area(std::string(area));
  out.set_score(std::clamp(score, 0.0, 1.0));
  out.set_reason(std::move(reason));
  return out;
}

void AddEvidence(v1::AreaScore& area, std::string_view quantity, double value, std::string_view unit,
                 v1::Origin origin, std::string_view where) {
  v1::Evidence& evidence = *area.add_evidence();
  evidence.set_quantity(std::string(quantity));
  evidence.set_value(value);
  evidence.set_unit(std::string(unit));
  evidence.set_origin(origin);
  evidence.set_where(std::string(where));
}

// With `decimals`, or where that would print only zeros or a row of digits, to four figures: "0.0004",
// "1e+15".
std::string Figure(double value, int decimals) {
  if (value >= 10'000 && value < 1e9) decimals = 0;
  if (value >= 1e9 || value < 0.5 * std::pow(10, 1 - decimals)) return fmt::format("{:.4g}", value);
  return fmt::format("{:.{}f}", value, decimals);
}

// "40.00 MiB", or "61.20 GiB" where it is that much.
std::string Size(int64_t bytes) {
  return bytes < int64_t{1} << 30 ? fmt::format("{:.2f} MiB", bytes / kMiB)
                                  : fmt::format("{:.2f} GiB", bytes / kMiB / 1024);
}

// The share of the best plan's worth from which on an answer cannot be told from it (areas.h); at most 1.
double EdgeOf(double ratio, const Measurement& measured, const BestPlan& best, double between_plans) {
  const double steps = 1 - best.slower - ratio * measured.faster;
  return std::min({1.0, steps, std::exp(-between_plans)});
}

// "1000 tokens/s, 80.0 % of the 1250 tokens/s of the best plan found", and what the band makes of it.
std::string Compared(const Worth& worth, const Worth& best, double ratio, double edge, bool simulated) {
  const std::string share =
      fmt::format("{}, {:.1f} % of the best plan found ({})", ToString(worth), 100 * ratio, ToString(best));
  if (ratio > 1) return share + ", which it beats (capped at 1)";
  if (ratio == 1 || edge >= 1) return share;
  const char* what = simulated ? "the error between two simulated plans" : "the spread of the steps";
  if (ratio >= edge) return fmt::format("{}, which is within {}: as good", share, what);
  return fmt::format("{}, and {:.1f} % of what would be within {}", share, 100 * ratio / edge, what);
}

bool IsTight(const Measurement& measured) {
  return measured.limit_bytes > 0 &&
         static_cast<double>(measured.peak_bytes) >= kTightMemory * static_cast<double>(measured.limit_bytes);
}

}  // namespace

std::string Miss(double predicted, double actual) {
  const double ratio = predicted / actual;
  if (ratio < 1.005 && ratio > 0.995) return "within 0.5 %";
  const double times = ratio > 1 ? ratio : 1 / ratio;
  return fmt::format("{} times too {}",
                     times < 1000 ? fmt::format("{:.2f}", times) : fmt::format("{:.4g}", times),
                     ratio > 1 ? "high" : "low");
}

double LogScore(double predicted, double actual) {
  RINGSIDE_CHECK(predicted > 0 && actual > 0);
  return std::max(0.0, 1.0 - std::fabs(std::log2(predicted / actual)));
}

v1::AreaScore ScoreFeasible(const Measurement& measured, const LimitCheck& limits) {
  std::string reason =
      measured.limit_bytes > 0
          ? fmt::format("fits: the fullest rank peaks at {} of {}", Size(measured.peak_bytes),
                        Size(measured.limit_bytes))
          : fmt::format("fits: the fullest rank peaks at {}, with no limit set", Size(measured.peak_bytes));
  if (!limits.reason.empty()) reason += "; " + limits.reason;
  v1::AreaScore area = Area("feasibility", limits.kept ? 1 : 0, std::move(reason));
  AddEvidence(area, "peak_bytes", static_cast<double>(measured.peak_bytes), "bytes", measured.basis,
              measured.peak_where);
  for (const v1::Evidence& evidence : limits.evidence) *area.add_evidence() = evidence;
  return area;
}

v1::AreaScore ScoreInfeasible(const Infeasible& infeasible) {
  v1::AreaScore area = Area("feasibility", 0, infeasible.reason);
  for (const v1::Evidence& evidence : infeasible.evidence) *area.add_evidence() = evidence;
  return area;
}

absl::StatusOr<v1::AreaScore> ScoreEfficiency(const v1::DesignQuestion& question, const Measurement& measured,
                                              const BestPlan& best, double between_plans) {
  if (best.basis != measured.basis) {
    return absl::FailedPreconditionError(
        fmt::format("the answer was {} and the best plan {}: their figures are not comparable",
                    Name(measured.basis), Name(best.basis)));
  }
  if (!(best.tokens_per_s > 0) || best.peak_bytes <= 0) {
    return absl::FailedPreconditionError("the best plan found has no throughput or no peak memory");
  }
  const std::string best_where = fmt::format("{}; {}", best.where, best.source);
  Measurement yardstick = best.measurement;
  yardstick.tokens_per_s = best.tokens_per_s, yardstick.peak_bytes = best.peak_bytes;
  RINGSIDE_ASSIGN_OR_RETURN(const Worth worth, WorthOf(question, measured));
  RINGSIDE_ASSIGN_OR_RETURN(const Worth best_worth, WorthOf(question, yardstick));
  const double ratio = worth.Over(best_worth);
  if (question.objective() == v1::OBJECTIVE_MEMORY) {
    v1::AreaScore area = Area("efficiency", ratio, Compared(worth, best_worth, ratio, 1, false));
    AddEvidence(area, "peak_bytes", static_cast<double>(measured.peak_bytes), "bytes", measured.basis,
                measured.peak_where);
    AddEvidence(area, "best_peak_bytes", static_cast<double>(best.peak_bytes), "bytes", best.basis,
                best_where);
    return area;
  }
  const bool simulated = measured.basis == v1::ORIGIN_SIMULATED;
  const double edge = EdgeOf(ratio, measured, best, simulated ? between_plans : 0);
  v1::AreaScore area = Area("efficiency", ratio >= edge ? 1 : ratio / edge,
                            Compared(worth, best_worth, ratio, edge, simulated));
  AddEvidence(area, "tokens_per_s", measured.tokens_per_s, "tokens/s", measured.basis, measured.tokens_where);
  AddEvidence(area, "best_tokens_per_s", best.tokens_per_s, "tokens/s", best.basis, best_where);
  if (worth.unit != "tokens/s") {
    AddEvidence(area, "objective", worth.value, worth.unit, measured.basis, measured.tokens_where);
    AddEvidence(area, "best_objective", best_worth.value, worth.unit, best.basis, best_where);
  }
  AddEvidence(
      area, "band_from", std::max(0.0, edge), "1", measured.basis,
      simulated
          ? fmt::format("share of the best plan from which on two simulated plans are as good: "
                        "differences below {:.0f} % say nothing",
                        100 * between_plans)
          : fmt::format("share of the best plan from which on the spread of the steps tells nothing apart: "
                        "95 % intervals of the median step, the best plan's reaches {:.1f} % below its "
                        "tokens/s, the answer's {:.1f} % above",
                        100 * best.slower, 100 * measured.faster));
  return area;
}

v1::AreaScore ScoreThroughputPrediction(const v1::DesignPrediction& predicted, const Measurement& measured) {
  const bool given = predicted.has_tokens_per_s();
  v1::AreaScore area =
      given ? Area("throughput_prediction", LogScore(predicted.tokens_per_s(), measured.tokens_per_s),
                   fmt::format("predicted {} tokens/s, {} {}: {}", Figure(predicted.tokens_per_s(), 0),
                               Name(measured.basis), Figure(measured.tokens_per_s, 0),
                               Miss(predicted.tokens_per_s(), measured.tokens_per_s)))
            : Area("throughput_prediction", 0,
                   fmt::format("no prediction was given; {} {:.0f} tokens/s", Name(measured.basis),
                               measured.tokens_per_s));
  AddEvidence(area, "tokens_per_s", measured.tokens_per_s, "tokens/s", measured.basis, measured.tokens_where);
  return area;
}

v1::AreaScore ScoreMemoryPrediction(const v1::DesignPrediction& predicted, int64_t actual_bytes,
                                    v1::Origin origin, std::string_view where) {
  const double actual_mib = static_cast<double>(actual_bytes) / kMiB;
  const bool given = predicted.has_peak_memory_mib();
  v1::AreaScore area =
      given ? Area("memory_prediction", LogScore(predicted.peak_memory_mib(), actual_mib),
                   fmt::format("predicted {} MiB on the fullest rank, {} {}: {}",
                               Figure(predicted.peak_memory_mib(), 2), Name(origin), Figure(actual_mib, 2),
                               Miss(predicted.peak_memory_mib(), actual_mib)))
            : Area("memory_prediction", 0,
                   fmt::format("no prediction was given; {} {:.2f} MiB on the fullest rank", Name(origin),
                               actual_mib));
  AddEvidence(area, "peak_bytes", static_cast<double>(actual_bytes), "bytes", origin, where);
  return area;
}

v1::AreaScore ScoreBottleneck(const v1::DesignPrediction& predicted, const Measurement& measured) {
  RINGSIDE_CHECK(!measured.time.empty());
  const TimeShare& largest = measured.time.front();
  const std::string truth =
      fmt::format("{} takes {:.1f} % of the step", Name(largest.bottleneck), 100 * largest.share);
  const v1::Bottleneck named = predicted.bottleneck();
  v1::AreaScore area;
  if (named == v1::BOTTLENECK_UNSPECIFIED) {
    area = Area("bottleneck", 0, "none was named; " + truth);
  } else if (named == v1::BOTTLENECK_MEMORY) {
    area = IsTight(measured) ? Area("bottleneck", 1,
                                    fmt::format("named memory: {:.1f} % of the limit is used",
                                                100.0 * measured.peak_bytes / measured.limit_bytes))
                             : Area("bottleneck", 0, "named memory, which has room to spare; " + truth);
    AddEvidence(area, "peak_bytes", static_cast<double>(measured.peak_bytes), "bytes", measured.basis,
                measured.peak_where);
  } else {
    const auto found = std::find_if(measured.time.begin(), measured.time.end(),
                                    [&](const TimeShare& t) { return t.bottleneck == named; });
    const double share = found == measured.time.end() ? 0.0 : found->share;
    const std::string named_text = fmt::format("named {}", Name(named));
    if (named == largest.bottleneck || share == largest.share) {
      area = Area("bottleneck", 1,
                  fmt::format("{}: the largest part, {:.1f} % of the step", named_text, 100 * share));
    } else if (largest.share - share <= kTieBand) {
      area = Area(
          "bottleneck", kTieScore,
          fmt::format("{} ({:.1f} %), nearly as much as the largest: {}", named_text, 100 * share, truth));
    } else {
      area =
          Area("bottleneck", 0, fmt::format("{} ({:.1f} % of the step); {}", named_text, 100 * share, truth));
    }
  }
  for (const TimeShare& part : measured.time) {
    if (part.share <= 0) continue;
    AddEvidence(area, fmt::format("share_of_step/{}", Name(part.bottleneck)), part.share, "1", measured.basis,
                part.where);
  }
  if (measured.unnamed_share > 0) {
    AddEvidence(area, "share_of_step/skew_and_overhead", measured.unnamed_share, "1", measured.basis,
                "all ranks; waiting for late ranks and overhead, which no answer can name");
  }
  return area;
}

v1::AreaScore ScoreBottleneckOfInfeasible(const v1::DesignPrediction& predicted,
                                          const Infeasible& infeasible) {
  const v1::Bottleneck named = predicted.bottleneck();
  if (infeasible.needed_bytes <= 0) {
    return Area("bottleneck", 0, "the plan is not valid, so there is no step to attribute");
  }
  v1::AreaScore area =
      named == v1::BOTTLENECK_MEMORY
          ? Area("bottleneck", 1, "named memory, and the plan does not fit")
          : Area("bottleneck", 0,
                 fmt::format("{}; the plan does not fit, so it is memory",
                             named == v1::BOTTLENECK_UNSPECIFIED ? "none was named"
                                                                 : fmt::format("named {}", Name(named))));
  for (const v1::Evidence& evidence : infeasible.evidence) *area.add_evidence() = evidence;
  return area;
}

std::string_view Name(v1::Bottleneck bottleneck) {
  switch (bottleneck) {
    case v1::BOTTLENECK_COMPUTE:
      return "compute";
    case v1::BOTTLENECK_DP_COMMUNICATION:
      return "dp_communication";
    case v1::BOTTLENECK_TP_COMMUNICATION:
      return "tp_communication";
    case v1::BOTTLENECK_PP_COMMUNICATION:
      return "pp_communication";
    case v1::BOTTLENECK_CP_COMMUNICATION:
      return "cp_communication";
    case v1::BOTTLENECK_EP_COMMUNICATION:
      return "ep_communication";
    case v1::BOTTLENECK_PIPELINE_BUBBLE:
      return "pipeline_bubble";
    case v1::BOTTLENECK_MEMORY:
      return "memory";
    default:
      return "unspecified";
  }
}

std::string_view Name(v1::Origin origin) {
  switch (origin) {
    case v1::ORIGIN_MEASURED:
      return "measured";
    case v1::ORIGIN_SIMULATED:
      return "simulated";
    case v1::ORIGIN_EXACT:
      return "exact";
    default:
      return "not run";
  }
}

}  // namespace ringside::evaluator
