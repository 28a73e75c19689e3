#include "sim/goodput/cost.h"

#include <fmt/format.h>

#include <cmath>

#include "base/status_macros.h"

namespace ringside::sim {
namespace {

absl::Status CheckBetween(std::string_view field, double value, double least, double most) {
  if (!(value >= least) || value > most)
    return absl::InvalidArgumentError(
        fmt::format("{}: {} is not between {:g} and {:g}", field, value, least, most));
  return absl::OkStatus();
}

absl::Status Check(const TrainingJob& job, const TimeShares& shares, const PowerModel& power) {
  RINGSIDE_RETURN_IF_ERROR(CheckBetween("GPUs", job.gpus, 1, 1e8));
  RINGSIDE_RETURN_IF_ERROR(CheckBetween("spare GPUs", job.spare_gpus, 0, 1e8));
  RINGSIDE_RETURN_IF_ERROR(CheckBetween("step", job.step_s, 1e-6, 1e6));
  RINGSIDE_RETURN_IF_ERROR(CheckBetween("slowdown by jitter", job.step_factor, 1, 1e6));
  RINGSIDE_RETURN_IF_ERROR(CheckBetween("tokens per step", job.tokens_per_step, 1, 1e12));
  RINGSIDE_RETURN_IF_ERROR(CheckBetween("tokens", job.tokens, 0, 1e18));
  RINGSIDE_RETURN_IF_ERROR(CheckBetween("price per GPU-hour", job.price_per_gpu_hour, 0, 1e6));
  RINGSIDE_RETURN_IF_ERROR(CheckBetween("peak power", power.peak_w, 0, 1e5));
  RINGSIDE_RETURN_IF_ERROR(CheckBetween("idle power", power.idle_w, 0, power.peak_w));
  RINGSIDE_RETURN_IF_ERROR(CheckBetween("utilisation", power.utilisation, 0, 1));
  RINGSIDE_RETURN_IF_ERROR(CheckBetween("host power", power.host_w, 0, 1e5));
  RINGSIDE_RETURN_IF_ERROR(CheckBetween("PUE", power.pue, 1, 3));
  if (!(shares.useful > 0)) return absl::InvalidArgumentError("nothing is ever trained: no goodput");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TrainingCost> CostOfTraining(const TrainingJob& job, const TimeShares& shares,
                                            const PowerModel& power) {
  RINGSIDE_RETURN_IF_ERROR(Check(job, shares, power));
  TrainingCost cost;
  cost.tokens_per_s = job.tokens_per_step / (job.step_s * job.step_factor);
  cost.goodput_tokens_per_s = cost.tokens_per_s * shares.useful;
  const double paid_gpus = job.gpus + job.spare_gpus;
  const double token_gpu_hours = paid_gpus / cost.goodput_tokens_per_s / 3600;
  cost.price_per_million_tokens = 1e6 * token_gpu_hours * job.price_per_gpu_hour;
  // Work that is lost later drew as much as what is kept.
  const double busy = (shares.useful + shares.lost + shares.slowdown) * job.gpus / paid_gpus;
  const double device_w = power.idle_w + busy * power.utilisation * (power.peak_w - power.idle_w);
  cost.watts_per_gpu = (device_w + power.host_w) * power.pue;
  cost.joules_per_token = cost.watts_per_gpu * 3600 * token_gpu_hours;
  cost.wall_s = job.tokens / cost.goodput_tokens_per_s;
  cost.gpu_hours = token_gpu_hours * job.tokens;
  cost.energy_mwh = cost.joules_per_token * job.tokens / 3.6e9;
  cost.price = cost.gpu_hours * job.price_per_gpu_hour;
  return cost;
}

}  // namespace ringside::sim
