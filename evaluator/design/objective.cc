#include "evaluator/design/objective.h"

#include "base/status_macros.h"
#include "evaluator/design/training.h"
#include "fmt/format.h"

namespace ringside::evaluator {
namespace {

constexpr double kMiB = 1 << 20, kGiB = 1 << 30;

}  // namespace

absl::StatusOr<Worth> WorthOf(const v1::DesignQuestion& question, const Measurement& measured) {
  if (question.objective() == v1::OBJECTIVE_MEMORY)
    return Worth{static_cast<double>(measured.peak_bytes), "bytes", false};
  if (question.objective() != v1::OBJECTIVE_COST && question.objective() != v1::OBJECTIVE_TIME_TO_TRAIN)
    return Worth{measured.tokens_per_s, "tokens/s", true};
  RINGSIDE_ASSIGN_OR_RETURN(const Training training,
                            TrainingOf(question, measured.tokens_per_s, measured.ranks, std::nullopt));
  if (question.objective() == v1::OBJECTIVE_TIME_TO_TRAIN) return Worth{training.days, "days", false};
  const double device_s = 1e6 * measured.ranks / (measured.tokens_per_s * training.goodput);
  if (!question.has_price_per_device_hour()) return Worth{device_s, "device-seconds/M tokens", false};
  return Worth{device_s / 3600 * question.price_per_device_hour(), "USD/M tokens", false};
}

std::string ToString(const Worth& worth) {
  if (worth.unit == "bytes") {
    return worth.value < kGiB ? fmt::format("{:.2f} MiB", worth.value / kMiB)
                              : fmt::format("{:.2f} GiB", worth.value / kGiB);
  }
  if (worth.unit == "tokens/s") return fmt::format("{:.0f} tokens/s", worth.value);
  return fmt::format("{:.4g} {}", worth.value, worth.unit);
}

}  // namespace ringside::evaluator
