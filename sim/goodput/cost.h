// Time, energy and money until a number of tokens is trained.
#pragma once

#include "absl/status/statusor.h"
#include "sim/goodput/settings.h"

namespace ringside::sim {

// A device draws idle + (peak - idle) * utilisation while it trains and idle otherwise: linear, after X. Fan,
// W.-D. Weber and L. A. Barroso, Power provisioning for a warehouse-sized computer, ISCA 2007. Peak is the
// vendor's figure. Nodes of 8 H100 were seen at 76 % of theirs in the most intensive training
// (arXiv:2506.14551), so that utilisation 1 is an upper bound.
struct PowerModel {
  double peak_w = 0;
  double idle_w = 0;
  double utilisation = 1;  // while training
  double host_w = 0;       // per device: processors, network, fans
  double pue = 1;          // the building's draw over the machines'
};

struct TrainingJob {
  double gpus = 1;
  double spare_gpus = 0;   // paid for and idle
  double step_s = 0;       // as predicted or measured, without jitter
  double step_factor = 1;  // what jitter makes of it
  double tokens_per_step = 0;
  double tokens = 0;              // to train; 0: not asked
  double price_per_gpu_hour = 0;  // in whatever money; 0: not known
};

struct TrainingCost {
  double tokens_per_s = 0;          // while training
  double goodput_tokens_per_s = 0;  // over the whole of the time
  double wall_s = 0;                // of all tokens; 0: not asked
  double gpu_hours = 0;             // spare devices included
  double watts_per_gpu = 0;         // mean over the wall time, building included
  double joules_per_token = 0;
  double energy_mwh = 0;
  double price_per_million_tokens = 0;
  double price = 0;
};

// INVALID_ARGUMENT names the field that is negative, not finite or out of its range. Power of 0 leaves energy
// 0.
absl::StatusOr<TrainingCost> CostOfTraining(const TrainingJob& job, const TimeShares& shares,
                                            const PowerModel& power);

}  // namespace ringside::sim
